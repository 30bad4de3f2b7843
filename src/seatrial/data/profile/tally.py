"""How often each value of one column occurs: exactly while there are few different ones, then only the frequent
ones.

Values are known by their 64-bit hashes. While there are at most `limit` of them, a table addressed by the top bits
of the hash counts them all. Then the table is given up, and values that are frequent among some thousand places of
a block are counted in that block and all later ones: one that has a share above `FREQUENT` is seen with a
probability of more than 0.999 in each block, and what was not seen is bounded by that share, which `Items.missed`
says. Called by the takers of `numbers` and `texts`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile import hashing
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.limits import FREQUENT, SHOWN
from seatrial.data.profile.records import Items

Written: TypeAlias = Callable[[NDArray[np.intp]], list[str]]
"""The texts of the values at some places of a block."""

_LOOKED_AT: Final = 4096
_HITS: Final = 8
_FEWEST_BITS, _MOST_BITS = 10, 16


class Tally:
    """Counts of the values of one column."""

    def __init__(self, limit: int, kept: int) -> None:
        self._limit, self._kept = limit, kept
        self.counts: dict[int, int] = {}
        self.names: dict[int, str] = {}
        self.complete = True
        self._missed = 0

    def add(self, hashes: U64, written: Written) -> None:
        """Count the values of a block; `written` gives texts of those seen for the first time."""
        if not hashes.size:
            return
        if self.complete:
            different, first, counts = np.unique(hashes, return_index=True, return_counts=True)
            if self._grows_too_much(different):
                self._give_up()
            else:
                self._count(different.tolist(), first, counts.tolist(), written)
                return
        self._count_frequent(hashes, written)

    def _grows_too_much(self, different: U64) -> bool:
        if len(different) > self._limit:
            return True
        return len(self.counts) + sum(key not in self.counts for key in different.tolist()) > self._limit

    def _count(self, keys: list[int], first: NDArray[np.intp], counts: list[int], written: Written) -> None:
        fresh = [place for place, key in enumerate(keys) if key not in self.counts]
        if fresh:
            for place, name in zip(fresh, written(first[fresh]), strict=True):
                self.names[keys[place]] = name
        for key, count in zip(keys, counts, strict=True):
            self.counts[key] = self.counts.get(key, 0) + count

    def _give_up(self) -> None:
        """Keep the most frequent values; the others may have been frequent too, up to the least kept count."""
        self.complete = False
        ordered = sorted(self.counts, key=lambda key: (-self.counts[key], self.names[key]))
        self._missed = self.counts[ordered[self._kept]] if len(ordered) > self._kept else 0
        for key in ordered[self._kept :]:
            del self.counts[key], self.names[key]

    def _count_frequent(self, hashes: U64, written: Written) -> None:
        size = len(hashes)
        if size <= _LOOKED_AT:
            places = np.arange(size)
            least = max(2, int(size * FREQUENT))
        else:
            places = _PLACES * size >> 32
            least = _HITS
        different, first, counts = np.unique(hashes[places], return_index=True, return_counts=True)
        often = np.flatnonzero(counts >= least)
        often = often[np.argsort(-counts[often], kind="stable")]
        for place in often.tolist():
            key = int(different[place])
            if key not in self.counts and len(self.counts) < 2 * self._kept:
                self.counts[key] = 0
                self.names[key] = written(places[first[place : place + 1]])[0]
        for key in self.counts:
            self.counts[key] += int(np.count_nonzero(hashes == np.uint64(key)))
        self._missed += int(size * FREQUENT) + 1

    def keys(self) -> U64:
        """The hashes of the values that are counted."""
        return np.fromiter(self.counts, dtype=np.uint64, count=len(self.counts))

    def items(self) -> Items:
        """All values and their counts, or the most frequent ones."""
        ordered = sorted(((self.names[key], count) for key, count in self.counts.items()), key=_most_first)
        if self.complete:
            return Items(counts=tuple(ordered), complete=True)
        return Items(counts=tuple(ordered[: self._kept]), complete=False, missed=self._missed)


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def shown(text: str, digest: str) -> str:
    """A value as it is kept: whole if it is short."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…{digest}"


def _spread() -> NDArray[np.int64]:
    """Fixed random fractions of 2^32, so that no period of the data fits them."""
    scattered = hashing.finished(np.arange(1, _LOOKED_AT + 1, dtype=np.uint64))
    return np.sort(scattered >> np.uint64(32)).astype(np.int64)


_PLACES: Final = _spread()

"""How often each value of one column occurs: exactly while there are few different ones, then only the frequent
ones.

Values are known by their 64-bit hashes. While there are at most `limit` of them, a table counts them all. Then it
is given up, and values that are frequent among some thousand places of a block are counted in that block and all
later ones. One that has a share above `FREQUENT` of a block is found in it with a probability of more than 0.999;
what was not found is bounded by that share, which `Items.missed` says. The first block after the table is sorted
whole, so that a file of fewer rows than a block has its frequent values exactly, ten times as far down. Called by the
takers of numbers, texts and times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile import hashing
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.limits import FREQUENT
from seatrial.data.profile.records import Items
from seatrial.data.profile.table import Table
from seatrial.data.profile.unique import unique

Written: TypeAlias = Callable[[NDArray[np.intp]], list[str]]
"""The texts of the values at some places of a block."""

_LOOKED_AT: Final = 4096
_HITS: Final = 8
_FINE: Final = FREQUENT / 10
"""The share above which a value is found in the block that is looked at whole."""
_FIRST_LOOK: Final = 1024
_TOGETHER: Final = 16
"""Keys from which on one table for all is cheaper than a comparison for each."""


class Tally:
    """Counts of the values of one column."""

    def __init__(self, limit: int, kept: int) -> None:
        self._limit, self._kept = limit, kept
        self._table = Table()
        self._names: list[str] = []
        self.counts: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._frequent: dict[int, int] = {}
        self._names_of_frequent: dict[int, str] = {}
        self._missed = 0
        self._whole = True
        self.complete = True

    @property
    def keys(self) -> U64:
        """The hashes of all values, in the order of `counts`; meant for a tally that is complete."""
        return self._table.keys

    def add(self, hashes: U64, written: Written) -> NDArray[np.intp] | None:
        """Count the values of a block, and number them; None once there are too many different ones.

        `written` gives the texts of those that are seen for the first time.
        """
        if not self.complete:
            self._count_frequent(hashes, written)
            return None
        numbers = None if self._too_many_at_first(hashes, written) else self._table.find(hashes)
        if numbers is None or (self._table.lacking and not self._learn(hashes, numbers, written)):
            self._give_up()
            self._count_frequent(hashes, written)
            return None
        self.counts += np.bincount(numbers, minlength=len(self.counts))
        return numbers

    def _too_many_at_first(self, hashes: U64, written: Written) -> bool:
        """Look at the beginning of the first block: few different values are learned from it, and more than may be
        counted are noticed, either of them at a small part of what the whole block costs."""
        if len(self._table) or len(hashes) <= _LOOKED_AT:
            return False
        first = hashes[:_FIRST_LOOK]
        if len(unique(first)) < _FIRST_LOOK // 2:
            self._learn(first, np.full(_FIRST_LOOK, -1), written)
            return False
        some = hashes[: 2 * self._limit]
        return len(some) < len(hashes) and len(unique(some)) > self._limit

    def _learn(self, hashes: U64, numbers: NDArray[np.intp], written: Written) -> bool:
        """Number what is not known yet; False if that were too many."""
        places = np.flatnonzero(numbers < 0)
        unknown = hashes[places]
        fresh = unique(unknown)
        known, more = len(self._table), len(fresh)
        if known + more > self._limit:
            return False
        self._table.insert(fresh)
        found = self._table.find(unknown)
        first = np.empty(more, dtype=np.intp)
        first[found[::-1] - known] = places[::-1]  # the last one that is written stays, which is the first occurrence
        self._names += written(first)
        self.counts = np.concatenate([self.counts, np.zeros(more, dtype=np.int64)])
        numbers[places] = found
        return True

    def _give_up(self) -> None:
        """Keep the frequent values; each other one occurred no more often than the first that is dropped."""
        self.complete = False
        least = max(2, int(self.counts.sum() * FREQUENT / 2))
        order = np.lexsort((self._table.keys, -self.counts))
        keep = min(self._kept, int(np.count_nonzero(self.counts >= least)))
        self._missed = int(self.counts[order[keep]]) if len(order) > keep else 0
        for place in order[:keep].tolist():
            key = int(self._table.keys[place])
            self._frequent[key], self._names_of_frequent[key] = int(self.counts[place]), self._names[place]
        self._table, self._names = Table(), []

    def _count_frequent(self, hashes: U64, written: Written) -> None:
        size = len(hashes)
        whole, finest = self._whole or size <= _LOOKED_AT, _FINE if self._whole else FREQUENT
        self._whole = False
        ordered = np.sort(hashes if whole else hashes[_PLACES * size >> 32])
        least = max(2, int(size * finest)) if whole else _HITS
        often = ordered[least - 1 :][ordered[least - 1 :] == ordered[: len(ordered) - least + 1]]
        keys, counts = np.unique(often, return_counts=True)
        dropped = 0
        if len(keys) > 2 * self._kept:
            order = np.argsort(-counts, kind="stable")
            dropped = int(counts[order[2 * self._kept]])
            keys = np.sort(keys[order[: 2 * self._kept]])
        for key in keys.tolist():
            if key not in self._frequent and len(self._frequent) < 2 * self._kept:
                self._frequent[key] = 0
                self._names_of_frequent[key] = written(np.flatnonzero(hashes == np.uint64(key))[:1])[0]
        for key, count in zip(self._frequent, _counts_of([*self._frequent], hashes), strict=True):
            self._frequent[key] += count
        self._missed += int(size * finest) + 1 + dropped

    def items(self) -> Items:
        """All values and their counts, or the most frequent ones."""
        if self.complete:
            counted = zip(self._names, self.counts.tolist(), strict=True)
            return Items(counts=tuple(_ordered(_added(counted))), complete=True)
        frequent = ((self._names_of_frequent[key], count) for key, count in self._frequent.items())
        ordered = _ordered([item for item in _added(frequent) if 2 * item[1] > self._missed])
        dropped = ordered[self._kept][1] if len(ordered) > self._kept else 0
        return Items(counts=tuple(ordered[: self._kept]), complete=False, missed=self._missed + dropped)


def _counts_of(keys: list[int], hashes: U64) -> list[int]:
    """How often each of some keys occurs: looked for one by one, or all together where they are many."""
    if len(keys) < _TOGETHER:
        return [int(np.count_nonzero(hashes == np.uint64(key))) for key in keys]
    table = Table()
    table.insert(np.array(keys, dtype=np.uint64))
    counts: list[int] = np.bincount(table.find(hashes) + 1, minlength=len(keys) + 1)[1:].tolist()
    return counts


def _added(counted: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Values that are written alike are one."""
    found = list(counted)
    counts = dict(found)
    if len(counts) == len(found):
        return found
    counts = {}
    for name, count in found:
        counts[name] = counts.get(name, 0) + count
    return list(counts.items())


def _ordered(items: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The most frequent first, equally frequent ones by name: two plain sorts cost half of one that makes keys."""
    return sorted(sorted(items), key=itemgetter(1), reverse=True)


def _spread() -> NDArray[np.int64]:
    """Fixed random fractions of 2^32, so that no period of the data fits them."""
    scattered = hashing.finished(np.arange(1, _LOOKED_AT + 1, dtype=np.uint64))
    return np.sort(scattered >> np.uint64(32)).astype(np.int64)


_PLACES: Final = _spread()

"""A table of 64-bit hashes that gives each one a small number, for whole arrays at once.

The top bits of a hash are its slot. A hash whose slot belongs to another one is searched for in a short sorted
list; the table is so much larger than what it holds that there are few of them. Called by `tally` and `texts`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile.hashing import U64

_FEWEST_BITS: Final = 10
_MOST_BITS: Final = 16
_ROOM: Final = 64
"""Slots for each hash, as long as the table is not at its largest."""


class Table:
    """Hashes, numbered from 0 in the order in which they came."""

    def __init__(self) -> None:
        self.keys: U64 = np.zeros(0, dtype=np.uint64)
        self.lacking = False
        """Whether the hashes that were looked for last were not all there."""
        self._build()

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, hashes: U64) -> NDArray[np.intp]:
        """The number of each hash, -1 for one that is not there."""
        if not len(self.keys):
            self.lacking = bool(hashes.size)
            return np.full(len(hashes), -1, dtype=np.intp)
        slots = (hashes >> self._shift).view(np.int64)
        found = self._numbers.take(slots, mode="wrap")
        astray = self._held.take(slots, mode="wrap") != hashes
        self.lacking = False
        if astray.any():
            places = np.flatnonzero(astray & (found >= 0))  # nothing was ever turned away from a slot that is free
            found[places] = self._among_crowded(hashes[places])
            self.lacking = bool((found < 0).any())
        return found

    def insert(self, hashes: U64) -> None:
        """Number some hashes that are not there yet, each given once."""
        known = len(self.keys)
        self.keys = np.concatenate([self.keys, hashes])
        if _bits_for(len(self.keys)) != self._bits:
            self._build()
        else:
            self._put(np.arange(known, len(self.keys)))

    def _build(self) -> None:
        self._bits = _bits_for(len(self.keys))
        self._shift = np.uint64(64 - self._bits)
        # A slot that is free holds a hash that belongs into another slot, so it is never found.
        self._held: U64 = ~(np.arange(1 << self._bits, dtype=np.uint64) << self._shift)
        self._numbers: NDArray[np.intp] = np.full(1 << self._bits, -1, dtype=np.intp)
        self._crowded_numbers = np.zeros(0, dtype=np.intp)
        self._put(np.arange(len(self.keys)))

    def _put(self, numbers: NDArray[np.intp]) -> None:
        """Give each key, known by its number, its slot, or a place among the crowded if another has that."""
        slots = (self.keys[numbers] >> self._shift).astype(np.intp)
        free = np.flatnonzero(self._numbers[slots] < 0)
        used, first = np.unique(slots[free], return_index=True)
        mine = numbers[free[first]]
        self._held[used], self._numbers[used] = self.keys[mine], mine
        crowded = np.concatenate([self._crowded_numbers, numbers[self._numbers[slots] != numbers]])
        self._crowded_numbers = crowded[np.argsort(self.keys[crowded])]
        self._crowded = self.keys[self._crowded_numbers]

    def _among_crowded(self, hashes: U64) -> NDArray[np.intp]:
        if not len(self._crowded):
            return np.full(len(hashes), -1, dtype=np.intp)
        places = np.minimum(np.searchsorted(self._crowded, hashes), len(self._crowded) - 1)
        return np.where(self._crowded[places] == hashes, self._crowded_numbers[places], -1)


def _bits_for(size: int) -> int:
    """The binary logarithm of the number of slots for so many hashes."""
    return min(max((size * _ROOM).bit_length(), _FEWEST_BITS), _MOST_BITS)

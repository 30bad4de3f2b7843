"""In how many runs the rows of each column come: whether a file is sorted, or grouped, by a column. Called by `taking`.

A run is a stretch of successive rows in one bin. Whoever sorts a file by a column leaves one run for each bin that has
rows, whatever the direction, and whatever the words; rows in any other order have nearly as many runs as rows. Bins
are compared as the bytes they are in a block, which costs a few microseconds for each column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile.records import Runs

Codes = NDArray[np.uint8]


class RunTaker:
    """The runs of some columns so far. `places` are theirs among the codes of a block."""

    def __init__(self, places: Sequence[int]) -> None:
        self._places = tuple(places)
        self._counts = [0] * len(self._places)
        self._first: list[int] = []
        self._last: list[int] = []

    def add(self, codes: Codes) -> None:
        """Take in the bins of the next block, a row for each column."""
        if not codes.shape[1] or not self._places:
            return
        for index, place in enumerate(self._places):
            own = codes[place]
            self._counts[index] += int(np.count_nonzero(own[1:] != own[:-1]))
            self._counts[index] += int(not self._last or self._last[index] != own[0])
        self._first = self._first or [int(codes[place, 0]) for place in self._places]
        self._last = [int(codes[place, -1]) for place in self._places]

    def finish(self) -> list[Runs]:
        """The runs over all blocks, in the order of the places."""
        if not self._last:
            return [Runs(count=0, first=-1, last=-1) for _ in self._places]
        return [
            Runs(count=count, first=first, last=last)
            for count, first, last in zip(self._counts, self._first, self._last, strict=True)
        ]


def joined(one: Runs, other: Runs) -> Runs:
    """The runs of the rows of both, one after the other."""
    if not one.count or not other.count:
        return one if one.count else other
    return Runs(count=one.count + other.count - (one.last == other.first), first=one.first, last=other.last)

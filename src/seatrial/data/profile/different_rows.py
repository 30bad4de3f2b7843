"""The coded rows of a sample, while it is taken and when two are added. Called by `rows` and `merging`.

Different rows are kept with their counts, not rows one by one: in a table of few categories the 2048 smallest digests
would otherwise be copies of a handful of rows, and nothing could be learned of how its columns belong together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.policy import SAMPLE_ROWS
from seatrial.data.profile.unique import unique

U64 = NDArray[np.uint64]
Codes = NDArray[np.uint8]
_ENOUGH = 2 * SAMPLE_ROWS


class DifferentRows:
    """The different rows with the smallest digests, their bins, and how often each occurs.

    A row that is among the smallest at the end was so from its first occurrence on, so all of them are counted. What
    equal rows have in common, order and partition cannot change.
    """

    def __init__(self, width: int) -> None:
        self.digests: U64 = np.zeros(0, dtype=np.uint64)
        self.counts = np.zeros(0, dtype=np.int64)
        self.codes: Codes = np.zeros((0, width), dtype=np.uint8)

    def candidates(self, digests: U64) -> NDArray[np.intp]:
        """The places of digests that may be counted."""
        if len(self.digests) < SAMPLE_ROWS:
            return _first(digests)
        return np.flatnonzero(digests <= self.digests[-1])

    def add(self, digests: U64, counts: NDArray[np.int64], codes: Codes) -> None:
        """Take in some rows, which may be equal to each other and to known ones."""
        if not digests.size:
            return
        different, first, place = np.unique(
            np.concatenate([self.digests, digests]), return_index=True, return_inverse=True
        )
        total = np.zeros(len(different), dtype=np.int64)
        np.add.at(total, place, np.concatenate([self.counts, counts]))
        kept = first[:SAMPLE_ROWS]
        known = len(self.digests)
        rows = np.empty((len(kept), self.codes.shape[1]), dtype=np.uint8)
        old = kept < known
        rows[old], rows[~old] = self.codes[kept[old]], codes[kept[~old] - known]
        self.digests, self.counts, self.codes = different[:SAMPLE_ROWS], total[:SAMPLE_ROWS], rows


def _first(digests: U64) -> NDArray[np.intp]:
    """The places of digests of a block among whose different ones the smallest are: few of a large block, if not too
    many are repeated, because sorting all would cost more than all that follows."""
    if len(digests) > 2 * _ENOUGH:
        places = np.flatnonzero(digests <= np.partition(digests, _ENOUGH)[_ENOUGH])
        if len(unique(digests[places])) >= SAMPLE_ROWS:
            return places
    return np.arange(len(digests))

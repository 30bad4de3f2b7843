"""How often each value of an id occurs, of a sample of its values. Called by `taking`, for ids.

Of a column whose values are all different, no value is frequent, and a sketch of how many are different errs by more
than the few that matter. But the values with the smallest digests are a random sample of the different values, the
same in whatever order rows come, and each is counted exactly: if one id in a hundred occurs twice, so does one in a
hundred of the sample. Samples of two partitions are added by taking the smallest of both.
"""

from __future__ import annotations

import numpy as np

from seatrial.data.policy import SAMPLE_ROWS
from seatrial.data.profile import hashing
from seatrial.data.profile.different_rows import DifferentRows
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.records import SampledValues


class ValueSample:
    """The sample of one column so far."""

    def __init__(self) -> None:
        self._kept = DifferentRows(0)

    def add(self, hashes: U64) -> None:
        """Take in the hashes of a block's values, without nulls."""
        digests = hashing.row_digests(hashes)
        digests = digests[self._kept.candidates(digests)]
        different, counts = np.unique(digests, return_counts=True)
        self._take(different[:SAMPLE_ROWS], counts[:SAMPLE_ROWS])

    def _take(self, different: U64, counts: np.ndarray) -> None:
        self._kept.add(different, counts, np.zeros((len(different), 0), dtype=np.uint8))

    def put(self, sampled: SampledValues) -> None:
        """Take in a sample of other rows."""
        self._take(np.asarray(sampled.digests, dtype=np.uint64), np.asarray(sampled.counts, dtype=np.int64))

    def finish(self) -> SampledValues:
        """The sample of all that was taken in."""
        return SampledValues(digests=tuple(self._kept.digests.tolist()), counts=tuple(self._kept.counts.tolist()))


def added(one: SampledValues, other: SampledValues) -> SampledValues:
    """The sample of the rows of both."""
    both = ValueSample()
    both.put(one)
    both.put(other)
    return both.finish()

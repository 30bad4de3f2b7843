"""Digests of rows, cut so that what is left can be compared.

`RowSample` keeps the smallest digests. Below the largest kept one the dataset holds no other row, so the share of rows
there that repeat each other, or are found in another dataset, is that of the whole dataset, up to chance. Used by
`shared_rows.py` and `duplicates.py`. The unit of chance is the distinct row: its copies are all below the cut or none.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.joint.tables import digests
from seatrial.data.profile.records import Profile

Counts = NDArray[np.int64]
Digests = NDArray[np.uint64]


class Region(Struct, frozen=True, kw_only=True):
    """Distinct digests below a cut, ascending, with how often each occurs."""

    values: NDArray[np.uint64]
    counts: Counts

    @property
    def rows(self) -> int:
        return int(self.counts.sum())


def region(taken: Digests, rows: int, *, end: int | None = None) -> Region:
    """What lies below `end`, and below the last kept digest where not all rows were kept (its copies may be
    cut off)."""
    values, counts = np.unique(taken, return_counts=True)
    ends = [limit for limit in (end, cut(taken, rows)) if limit is not None]
    if ends:
        kept = values < np.uint64(min(ends))
        values, counts = values[kept], counts[kept]
    return Region(values=values, counts=counts.astype(np.int64))


def cut(taken: Digests, rows: int) -> int | None:
    """The digest below which the sample is complete, None where it is complete throughout."""
    return None if len(taken) >= rows else int(taken.max(initial=np.uint64(0)))


def joined(old: Region, new: Region) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How often each distinct row of either side occurs on both."""
    values = np.sort(np.concatenate([old.values, new.values]), kind="stable")  # two runs, which it merges
    first = np.ones(len(values), dtype=np.bool_)
    first[1:] = values[1:] != values[:-1]
    values = values[first]
    before, after = np.zeros(len(values)), np.zeros(len(values))
    before[np.searchsorted(values, old.values)] = old.counts
    after[np.searchsorted(values, new.values)] = new.counts
    return before, after


def both_regions(reference: Profile, current: Profile, *, bare: bool) -> tuple[Region, Region]:
    """The two datasets below the smaller of their cuts. `bare`: rows without their ids."""
    old, new = (digests(side.sample.bare_hashes if bare else side.sample.hashes) for side in (reference, current))
    return below_both(old, reference.rows, new, current.rows)


def below_both(old: Digests, old_rows: int, new: Digests, new_rows: int) -> tuple[Region, Region]:
    """Two samples of so many rows below the smaller of their cuts."""
    ends = [end for end in (cut(old, old_rows), cut(new, new_rows)) if end is not None]
    end = min(ends) if ends else None
    return region(old, old_rows, end=end), region(new, new_rows, end=end)

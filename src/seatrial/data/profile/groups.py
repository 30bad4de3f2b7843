"""Counts by group of clusters, so that a comparison can see how much rows of one cluster are alike.

Rows of one user, site or day are not independent, and treating them so makes every p value too small. Clusters are
spread over `GROUPS` groups by their digests, and for each group the pooled bins of each column are counted. With n_g
rows in group g, a share p_g of them in some bins, p the share over all n rows, and G groups that have rows, the design
effect of a share is

    deff = [G / (G - 1) * sum_g n_g^2 (p_g - p)^2 / n^2] / [p (1 - p) / n]

the variance between groups over that of independent rows (Kish 1965, Survey Sampling, chapter 5). For a table, its mean
over the bins is the first-order correction of Rao and Scott (1981, J. Am. Stat. Assoc. 76:221). n / deff rows are
worth as much as n independent ones. Clusters that fall into one group count as one, which only costs degrees of
freedom.

Bins are pooled by their score, the rank in the reference, so the pools have about equal counts there. Called by
`taking`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile import limits
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.records import ColumnProfile

_SHIFT = np.uint64(64 - limits.GROUPS.bit_length() + 1)
_POOLED = limits.GROUP_BINS - 1


def groups_of(hashes: U64) -> NDArray[np.intp]:
    """The group of each row, by the hash of its cluster."""
    return (hashes >> _SHIFT).astype(np.intp)


def pools_of(scores: Sequence[int]) -> tuple[int, ...]:
    """The pooled bin of each bin."""
    return tuple((score + 32) * _POOLED // 64 for score in scores)


class GroupTaker:
    """Counts so far. `columns`: place in a block's codes, name, and the score of each bin."""

    def __init__(self, columns: Sequence[tuple[int, str, Sequence[int]]]) -> None:
        self._columns = [(place, name, _table(scores)) for place, name, scores in columns if scores]
        self._counts = np.zeros((len(self._columns), limits.GROUPS * limits.GROUP_BINS), dtype=np.int64)

    def add(self, groups: NDArray[np.intp], codes: NDArray[np.uint8]) -> None:
        """Take in a block: the group of each row, and bins, a row for each column."""
        first = groups * limits.GROUP_BINS
        for counts, (place, _, table) in zip(self._counts, self._columns, strict=True):
            counts += np.bincount(first + table[codes[place]], minlength=len(counts))

    def finish(self, columns: Mapping[str, ColumnProfile]) -> dict[str, ColumnProfile]:
        """The profiles of the columns that take part, with their counts by group."""
        shape = (limits.GROUPS, limits.GROUP_BINS)
        return {
            name: msgspec.structs.replace(columns[name], groups=tuple(map(tuple, counts.reshape(shape).tolist())))
            for counts, (_, name, _) in zip(self._counts, self._columns, strict=True)
        }


def _table(scores: Sequence[int]) -> NDArray[np.intp]:
    """The pooled bin of each code; nulls come last."""
    table = np.full(256, _POOLED, dtype=np.intp)
    pools = pools_of(scores)[: limits.LAST_CODE + 1]
    table[: len(pools)] = pools
    return table

"""AUC of rows that are looked at in pieces: scores are sorted into bins, and rows of one bin count as ties.

Called by `measuring`. A first look at a million scores, evenly spaced over the file, says where the edges are: at
quantiles, so that bins hold about equally many rows, and at both sides of a score that many rows share. A second look
counts positives and negatives by bin, which gives the area and each bin's placements (DeLong, DeLong and Clarke-Pearson
1988, Biometrics 44:837); a third adds up what each row's placement in both models comes to.

What it costs is known: two rows of different classes in one bin count a half, where they count 0, a half or 1. So the
area is off by at most half the share of such pairs, and a bin that holds a single score is off by nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real, Whole
from seatrial.metrics.ranks import placements

BINS: Final = 1 << 16
"""Bins of one model's scores over all rows."""

LOOK: Final = 1 << 20
"""Scores that say where the edges are."""

MOST_CELLS: Final = 1 << 22
"""Bins times groups; with more groups than fit, bins are put together."""

_SHARED = 1 / 256
"""The share of all rows from which on a bin of one score is never put together with others."""


class Edges(Struct, frozen=True, kw_only=True):
    """Where bins begin; the first begins below all scores. `single` says which bins can hold one score only, `shared`
    which of those many rows share."""

    at: Real
    single: NDArray[np.bool_]
    shared: NDArray[np.bool_]

    @property
    def bins(self) -> int:
        return len(self.at) + 1

    def of(self, score: Real) -> NDArray[np.int64]:
        """The bin of each score."""
        found: NDArray[np.int64] = np.searchsorted(self.at, score, side="right")
        return found


def edges_of(look: Real, bins: int = BINS) -> Edges:
    """Edges from some of the scores."""
    ordered = np.sort(look)
    distinct, count = np.unique(ordered, return_counts=True)
    if 2 * len(distinct) <= bins:
        shared, at = distinct, distinct
    else:
        shared = distinct[count * bins >= len(ordered)]  # as many rows share it as a bin is to hold
        at = ordered[(np.arange(1, bins) * len(ordered)) // bins]
    edges = np.unique(np.concatenate([at, shared, np.nextafter(shared, np.inf)]))
    single = np.zeros(len(edges) + 1, dtype=bool)
    single[1:-1] = edges[1:] == np.nextafter(edges[:-1], np.inf)
    held = np.bincount(np.searchsorted(edges, ordered, side="right"), minlength=len(edges) + 1)
    return Edges(at=edges, single=single, shared=single & (held >= _SHARED * len(ordered)))


class Histogram:
    """Rows by group, bin and class. Bins are put together where groups are many."""

    def __init__(self, edges: Edges, groups: int) -> None:
        self._bin = _put_together(edges, max(1, -(-edges.bins * groups // MOST_CELLS)))
        self.bins = edges.bins if self._bin is None else int(self._bin[-1]) + 1
        self.groups = groups
        single = edges.single
        if self._bin is not None:
            one = np.bincount(self._bin) == 1
            single = np.bincount(self._bin, weights=edges.single).astype(bool) & one
        self._single = single
        self._count = np.zeros(groups * self.bins * 2, dtype=np.int64)

    def cell(self, at: NDArray[np.int64], group: Whole | None, positive: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The place of each row in a table by group, bin and class."""
        code = at if self._bin is None else self._bin[at]
        if group is not None:
            code = code + group.astype(np.int64) * self.bins
        return code * 2 + positive

    def add(self, at: NDArray[np.int64], group: Whole | None, positive: NDArray[np.bool_]) -> None:
        """The next rows, whose bins are `at`."""
        self._count += np.bincount(self.cell(at, group, positive), minlength=len(self._count))

    def areas(self) -> tuple[list[Area | None], Real]:
        """The area of each group, None where it has one class only; and what a row adds to it, by `cell`."""
        table = self._count.reshape(self.groups, self.bins, 2).astype(np.float64)
        influence = np.zeros_like(table)
        areas: list[Area | None] = []
        for group in range(self.groups):
            negatives, positives = table[group, :, 0], table[group, :, 1]
            hits, misses = positives.sum(), negatives.sum()
            if hits == 0 or misses == 0:
                areas.append(None)
                continue
            found = placements(positives, negatives)
            influence[group, :, 0], influence[group, :, 1] = found.of_negative, found.of_positive
            tied = float((positives * negatives)[~self._single].sum() / hits / misses)
            areas.append(Area(value=found.area, error=tied / 2, bins=int(((positives + negatives) > 0).sum())))
        return areas, influence.reshape(-1)

    def classes(self) -> Real:
        """Negatives and positives by group."""
        made: Real = self._count.reshape(self.groups, self.bins, 2).sum(axis=1).astype(np.float64)
        return made


def _put_together(edges: Edges, step: int) -> NDArray[np.int64] | None:
    """The coarser bin of each bin: of `step` neighbours, but for scores that many rows share."""
    if step == 1:
        return None
    begins = np.arange(edges.bins) % step == 0
    begins |= edges.shared
    begins[1:] |= edges.shared[:-1]
    return np.cumsum(begins) - 1


class Area(Struct, frozen=True, kw_only=True):
    """An area from `bins` bins that hold rows; the exact one lies within `error` of it."""

    value: float
    error: float
    bins: int


def said(areas: Sequence[Area]) -> str:
    """How an AUC was found, for the finding."""
    bins, error = max(each.bins for each in areas), max(each.error for each in areas)
    off = f"at most {_at_most(error)} from the exact one" if error > 0 else "which is exact for these"
    return f"AUC from {bins:,} bins of scores, {off}"


def _at_most(error: float) -> str:
    """One digit, rounded up: what is said must hold."""
    places = -math.floor(math.log10(error))
    return f"{math.ceil(error * 10**places) / 10**places:.{max(places, 0)}f}"

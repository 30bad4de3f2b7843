"""Figures: what a metric came to for one group of rows, and how sure that is.

Made by `measure`, read by gates. A figure carries the moments of what each independent unit (a row, a cluster of
rows, a query) adds to the difference of the two models, so that a gate needs no rows to judge it.

Subtle: `telling` and `effective` count units, and say whether a normal approximation can be believed. A loss whose
variance comes from three rows has a standard error like any other, and no meaning.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real
from seatrial.metrics.sums import sum_by
from seatrial.stats.tango import PairedCounts


class Spread(Struct, frozen=True, kw_only=True):
    """How a figure (or a difference of two) is spread: `variance` of the estimate, over `units`; `skewness` of what a
    unit adds; `telling` units that add anything, `effective` of them by weight, (sum of squares)^2 / sum of fourths."""

    variance: float
    units: int
    skewness: float
    telling: int
    effective: float


class Figure(Struct, frozen=True, kw_only=True):
    """One metric on one group of rows. `candidate` is NaN where the metric has no value there, and `undefined` says
    why.

    `n` counts rows, `support` those of the smallest denominator of either model. `paired` and `share` are counts for
    metrics that are shares of rows chosen by their label; an exact or score interval is then possible. `of_candidate`
    is the spread of the candidate's own value, `of_difference` that of candidate minus `ratio` times baseline.
    """

    n: int
    candidate: float
    support: float
    of_candidate: Spread
    baseline: float | None = None
    of_difference: Spread | None = None
    paired: PairedCounts | None = None
    share: tuple[int, int] | None = None
    undefined: str | None = None
    unit: str = "row"

    @property
    def difference(self) -> float | None:
        """Candidate minus baseline."""
        return None if self.baseline is None else self.candidate - self.baseline


class Moments(Struct, frozen=True, kw_only=True):
    """Sums of what units add, by group: of powers one to four, units that add anything, and units."""

    first: Real
    second: Real
    third: Real
    fourth: Real
    telling: Real
    units: Real

    def spread(self, group: int, rows: float, *, corrected: bool = False) -> Spread:
        """The spread of a figure that is the mean of `rows` rows' influence. Sums of units vary about their mean, with
        units / (units - 1) for having estimated it, unless the metric has `corrected` its influences itself."""
        units = float(self.units[group])
        mean = float(self.first[group]) / units
        second = max(float(self.second[group]) - units * mean * mean, 0.0)
        third = float(self.third[group]) - 3 * mean * float(self.second[group]) + 2 * units * mean**3
        factor = 1.0 if corrected else (units / (units - 1) if units > 1 else np.inf)
        deviation = (second / units) ** 0.5
        fourth = float(self.fourth[group])
        return Spread(
            variance=factor * second / (rows * rows) if second > 0 else 0.0,
            units=int(units),
            skewness=(third / units) / deviation**3 if deviation > 0 else 0.0,
            telling=int(self.telling[group]),
            effective=float(self.second[group]) ** 2 / fourth if fourth > 0 else 0.0,
        )


def moments_of(
    added: Real,
    group: NDArray[np.int64] | None,
    groups: int,
    *,
    weight: Real | None = None,
    telling: Real | None = None,
) -> Moments:
    """Moments by group of what each unit adds; `weight` counts equal units. `telling` overrules which add anything."""

    def summed(values: Real) -> Real:
        weighted = values if weight is None else values * weight
        return np.array([weighted.sum()]) if group is None else sum_by(group, groups, weighted)

    square = added * added
    there = np.ones_like(added)
    tells = (np.abs(added) > 1e-12).astype(np.float64) if telling is None else telling
    return Moments(
        first=summed(added),
        second=summed(square),
        third=summed(square * added),
        fourth=summed(square * square),
        telling=summed(tells),
        units=summed(there),
    )


def by_unit(
    added: Real, group: NDArray[np.int64], groups: int, unit: NDArray[np.int64], units: int
) -> tuple[Real, NDArray[np.int64]]:
    """What each unit adds to each group that it has rows in: the sums, and their groups."""
    code = group * units + unit
    if groups * units <= 4 * len(added) + 1024:
        sums = sum_by(code, groups * units, added)
        found = np.flatnonzero(sum_by(code, groups * units))
        return sums[found], found // units
    found, at = np.unique(code, return_inverse=True)
    return sum_by(at, len(found), added), found // units

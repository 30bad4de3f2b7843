"""Figures: what a metric came to for one group of rows, and how sure that is.

Made by `measure`, read by gates. A figure carries the moments of what each independent unit (a row, a cluster of
rows, a query) adds to the difference of the two models, so that a gate needs no rows to judge it.

Subtle: moments say by themselves whether a bound can be believed (`effective_units`). A loss whose spread comes from
three rows has a standard error like any other, and no meaning.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real
from seatrial.metrics.sums import sum_by
from seatrial.stats.noninferiority import COUNTS_LEAST
from seatrial.stats.skewed_mean import Moments
from seatrial.stats.tango import PairedCounts


class Figure(Struct, frozen=True, kw_only=True):
    """One metric on one group of rows. `candidate` is NaN where the metric has no value there, and `undefined` says
    why.

    `n` counts rows, `support` those of the smallest denominator of either model. `paired` and `share` are counts for
    metrics that are shares of rows; an exact or score interval is then possible. Labels alone give the denominator of
    a share that is `fixed`, so that two models have it in common; only such are counted in pairs. `own` are the
    moments of the candidate's value, `apart` those of candidate minus `ratio` times baseline; None where they cannot
    be known. `least` is the effective number of units below which moments decide nothing. `reach` is the most that
    one unit's answer can move `units` times the candidate's value; `swing`, of metrics of counts, the mean over rows
    of the square of how far the right answer and a wrong one lie apart on that scale, and `carried` the share of rows
    that carry it. `note` says how the figure was found, where that is not as the metric is defined, or what is strange
    in its rows.
    """

    n: int
    candidate: float
    support: float
    own: Moments | None
    baseline: float | None = None
    apart: Moments | None = None
    reach: float = math.inf
    least: float = COUNTS_LEAST
    paired: PairedCounts | None = None
    share: tuple[int, int] | None = None
    fixed: bool = False
    swing: float | None = None
    carried: float = 1.0
    undefined: str | None = None
    unit: str = "row"
    note: str | None = None

    @property
    def difference(self) -> float | None:
        """Candidate minus baseline; of counts where there are any, which may know of more rows than the values do."""
        if self.paired is not None:
            return self.paired.difference
        return None if self.baseline is None else self.candidate - self.baseline


class UnitSums(Struct, frozen=True, kw_only=True):
    """Sums of what units add, by group: of powers one to four, and units."""

    powers: tuple[Real, Real, Real, Real]
    units: Real

    def moments(self, group: int, size: float, value: float, *, corrected: bool = False) -> Moments | None:
        """The moments of a figure of `value` that is the mean of `size` influences, on the scale of the figure; None
        where one unit alone cannot vary, or numbers are too large for their powers. A metric may have `corrected` its
        influences for finite numbers itself."""
        n = float(self.units[group])
        first, second, third, fourth = (float(power[group]) for power in self.powers)
        if n < 2 or not all(map(math.isfinite, (value, first, third, fourth))):
            return None
        mean = first / n
        squares = second - n * mean * mean
        cubes = third - 3 * mean * second + 2 * n * mean**3
        fourths = fourth - 4 * mean * third + 6 * mean * mean * second - 3 * n * mean**4
        scale = n / size * (((n - 1) / n) ** 0.5 if corrected else 1.0)
        return Moments(
            n=int(n),
            mean=value,
            squares=max(squares, 0.0) * scale**2,
            cubes=cubes * scale**3,
            fourths=max(fourths, 0.0) * scale**4,
        )


def unit_sums(added: Real, group: NDArray[np.int64] | None, groups: int, *, weight: Real | None = None) -> UnitSums:
    """Sums by group of what each unit adds; `weight` counts equal units."""

    def summed(values: Real) -> Real:
        weighted = values if weight is None else values * weight
        return np.array([weighted.sum()]) if group is None else sum_by(group, groups, weighted)

    square = added * added
    powers = (summed(added), summed(square), summed(square * added), summed(square * square))
    return UnitSums(powers=powers, units=summed(np.ones_like(added)))


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

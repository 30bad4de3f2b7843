"""From power sums to figures: what `from_rows` makes of all rows at once.

Called by `measuring`. The influence of a row on a mean, a root of a mean square or a share of a variance is a weighted
sum of its numbers, so that its moments are known from theirs (`power_sums`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from seatrial.evidence.sample import Real, Whole
from seatrial.metrics.by_row import ByRow
from seatrial.metrics.figures import Figure
from seatrial.metrics.large.power_sums import PowerSums
from seatrial.metrics.large.score_bins import Area, said
from seatrial.metrics.sums import sum_by
from seatrial.stats.noninferiority import MEANS_LEAST, RANKS_LEAST


class RowSums:
    """Sums of a metric's numbers: the candidate's, candidate minus baseline, and for `r2` the truth and its square."""

    def __init__(self, sides: int, groups: int, of_square: str | None = None) -> None:
        self.sides = sides
        self.of_square = of_square
        self.sums = PowerSums(sides + (2 if of_square == "r2" else 0), groups)
        self.came_true: Real | None = None
        self._origin: float | None = None

    def add(self, rows: ByRow, group: Whole | None) -> None:
        """The next rows."""
        first, *others = rows.values
        numbers = [first, *(first - other for other in others)]
        if self.of_square == "r2" and rows.truth is not None:
            if self._origin is None:  # squares are taken from here, not from 0: labels may lie far from it
                self._origin = float(rows.truth.mean())
            off = rows.truth - self._origin
            numbers += [off, off * off]
        self.sums.add(numbers, group)
        if rows.came_true is not None:
            groups = len(self.sums.rows)
            at = np.zeros(len(first), dtype=np.int64) if group is None else group
            came = sum_by(at[rows.came_true], groups)
            self.came_true = came if self.came_true is None else self.came_true + came

    def means(self) -> list[Real]:
        """Of each side's numbers, by group."""
        first = self.sums.mean(0)
        return [first] if self.sides == 1 else [first, first - self.sums.mean(1)]


class _Slope(Struct, frozen=True, kw_only=True):
    """A figure by group as a function of a mean and of the variance of the truth, and its gradient."""

    value: Real
    by_mean: Real
    by_variance: Real


def figures_of_sums(rows: RowSums, ratio: float) -> tuple[Figure, ...]:
    """The figures of a metric that is a mean over rows, by group."""
    sums, means = rows.sums, rows.means()
    centre = sums.mean(rows.sides) if rows.of_square == "r2" else np.zeros_like(sums.rows)
    variance = sums.mean(rows.sides + 1) - centre**2 if rows.of_square == "r2" else centre
    slopes = [_slope(rows.of_square, mean, variance) for mean in means]
    weights = [1.0] if rows.sides == 1 else [1.0, -ratio]
    own = _influence(rows, slopes[:1], means[:1], [1.0], centre, variance)
    both = _influence(rows, slopes, means, weights, centre, variance)
    own_sums = sums.unit_sums(*own)
    apart = sums.unit_sums(*both) if rows.sides == 2 else None
    nothing = "all labels are equal" if rows.of_square == "r2" else "its numbers are too large to be added up"
    made = []
    for group in range(len(sums.rows)):
        n, values = float(sums.rows[group]), [float(slope.value[group]) for slope in slopes]
        defined = bool(np.isfinite(values).all())
        made.append(
            Figure(
                n=int(n),
                candidate=values[0],
                baseline=values[1] if rows.sides == 2 else None,
                support=n if rows.came_true is None else _rarer(rows.came_true[group], n),
                own=own_sums.moments(group, n, values[0]),
                least=MEANS_LEAST,
                apart=None if apart is None else apart.moments(group, n, values[0] - ratio * values[-1]),
                undefined=None if defined else nothing,
            )
        )
    return tuple(made)


def _rarer(came_true: float, n: float) -> float:
    return float(min(came_true, n - came_true))


def _slope(of_square: str | None, mean: Real, variance: Real) -> _Slope:
    nothing = np.zeros_like(mean)
    if of_square is None:
        return _Slope(value=mean, by_mean=np.ones_like(mean), by_variance=nothing)
    if of_square == "rmse":
        root = np.sqrt(np.maximum(mean, 0.0))
        return _Slope(value=root, by_mean=np.divide(0.5, root, out=nothing.copy(), where=root > 0), by_variance=nothing)
    there = variance > 0
    by_mean = np.divide(-1.0, variance, out=nothing.copy(), where=there)
    return _Slope(
        value=np.where(there, 1 + mean * by_mean, np.nan), by_mean=by_mean, by_variance=mean * by_mean * by_mean
    )


def _influence(
    rows: RowSums,
    slopes: Sequence[_Slope],
    means: Sequence[Real],
    factors: Sequence[float],
    centre: Real,
    variance: Real,
) -> tuple[list[Real], Real]:
    """The weights of the numbers and the constant: of the candidate, or of candidate - ratio * baseline."""
    by_mean = [factor * slope.by_mean for factor, slope in zip(factors, slopes, strict=True)]
    constant = -sum(weight * mean for weight, mean in zip(by_mean, means, strict=True))
    weights = [sum(by_mean, np.zeros_like(centre))]
    if rows.sides == 2:  # the baseline is candidate less difference
        weights.append(-by_mean[1] if len(by_mean) == 2 else np.zeros_like(centre))
    if rows.of_square == "r2":  # (truth - centre)^2 - variance
        by_variance = sum(
            (factor * slope.by_variance for factor, slope in zip(factors, slopes, strict=True)), np.zeros_like(centre)
        )
        weights += [-2 * centre * by_variance, by_variance]
        constant = constant + by_variance * (centre**2 - variance)
    return weights, np.asarray(constant)


class RankSums(Struct, kw_only=True):
    """The areas of each side by group, and the sums of what rows add to them. `why` says why a group has none."""

    areas: list[list[Area | None]]
    sums: PowerSums
    support: Real
    why: list[str | None]


def figures_of_areas(ranked: RankSums, ratio: float) -> tuple[Figure, ...]:
    """The figures of AUC, by group."""
    sums, both = ranked.sums, len(ranked.areas) == 2
    one, zero = np.ones_like(sums.rows), np.zeros_like(sums.rows)
    own = sums.unit_sums([one, zero] if both else [one], zero)
    apart = sums.unit_sums([(1 - ratio) * one, ratio * one], zero) if both else None
    made = []
    for group, n in enumerate(sums.rows.tolist()):
        areas = [area for side in ranked.areas if (area := side[group]) is not None]
        if len(areas) < len(ranked.areas):
            nan = float("nan")
            why = ranked.why[group]
            made.append(
                Figure(
                    n=int(n),
                    candidate=nan,
                    baseline=nan if both else None,
                    support=0.0,
                    own=None,
                    least=RANKS_LEAST,
                    undefined=why,
                )
            )
            continue
        values = [area.value for area in areas]
        made.append(
            Figure(
                n=int(n),
                candidate=values[0],
                baseline=values[1] if both else None,
                support=float(ranked.support[group]),
                own=own.moments(group, n, values[0], corrected=True),
                least=RANKS_LEAST,
                apart=None
                if apart is None
                else apart.moments(group, n, values[0] - ratio * values[-1], corrected=True),
                note=said(areas),
            )
        )
    return tuple(made)

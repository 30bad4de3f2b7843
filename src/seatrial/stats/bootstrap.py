"""The bootstrap of a table of counts, for any figure that is a function of counts.

Rows that fall into the same cell (label, answer of one model, answer of the other; or one cell for each value) are
exchangeable, so resampling a million rows is drawing eight binomial counts: a thousand replicates of twenty groups cost
hundredths of a second. Called by tests and benchmarks, which hold the bounds from influence values against it: no gate
decides by it (docs/design/gates.md).

The last axis of a table holds the cells; all axes before it are strata (groups), each resampled with its own number of
rows. A figure takes tables with any number of further axes in front and returns one value, or an array of values, for
each.

What is subtle: a replicate in which the figure is not defined (0 / 0) leaves its bounds undefined, because nobody knows
on which side it would have fallen. A figure that never varies gets bounds without a width: the bootstrap knows nothing
of what was not seen, so least counts are the caller's duty here as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from seatrial.stats import normal
from seatrial.stats.chance import multinomials

_Array = NDArray[np.float64]
Figure: TypeAlias = Callable[[NDArray[np.int64]], NDArray[np.float64]]


class Resampled(Struct, frozen=True, kw_only=True):
    """A figure of the table itself, and of its replicates along the first axis."""

    observed: _Array
    replicates: _Array


class Bounds(Struct, frozen=True, kw_only=True):
    """Lower and upper bounds in the shape of the figure; NaN where they are not defined."""

    lower: _Array
    upper: _Array


def resampled(counts: ArrayLike, figure: Figure, *, replicates: int, seed: int) -> Resampled:
    """The figure of `replicates` tables drawn from `counts`. Efron (1979), Ann. Stat. 7:1."""
    table = np.asarray(counts, dtype=np.int64)
    if replicates < 1:
        raise ValueError(f"{replicates} replicates say nothing")
    drawn = multinomials(seed, table, replicates=replicates)
    return Resampled(
        observed=np.asarray(figure(table[None])[0], dtype=np.float64),
        replicates=np.asarray(figure(drawn), dtype=np.float64),
    )


def percentile(sample: Resampled, *, alpha: float) -> Bounds:
    """Quantiles of the replicates. Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13."""
    levels = np.full(sample.observed.shape, alpha)
    return Bounds(lower=_quantile(sample, levels), upper=_quantile(sample, 1.0 - levels))


def basic(sample: Resampled, *, alpha: float) -> Bounds:
    """Quantiles mirrored at the figure. Davison and Hinkley (1997), Bootstrap Methods, equation 5.6."""
    mirrored = percentile(sample, alpha=alpha)
    return Bounds(
        lower=np.asarray(2 * sample.observed - mirrored.upper), upper=np.asarray(2 * sample.observed - mirrored.lower)
    )


def bca(sample: Resampled, counts: ArrayLike, figure: Figure, *, alpha: float) -> Bounds:
    """Quantiles at levels corrected for bias and skewness: second-order correct on each side.

    Efron (1987), J. Am. Stat. Assoc. 82:171; DiCiccio and Efron (1996), Stat. Sci. 11:189, section 2; written as in
    Efron and Tibshirani (1993), equations 14.10 and 14.14. Where all replicates lie on one side of the figure no
    correction exists, and no bounds do.
    """
    acceleration = jackknifed_acceleration(counts, figure)
    below = np.mean(sample.replicates < sample.observed, axis=0)
    bias = below + np.mean(sample.replicates == sample.observed, axis=0) / 2
    z = normal.upper_quantile(alpha)
    lower, upper = (_corrected(bias, acceleration, side) for side in (-z, z))
    return Bounds(lower=_quantile(sample, lower), upper=_quantile(sample, upper))


def jackknifed_acceleration(counts: ArrayLike, figure: Figure) -> _Array:
    """A sixth of the skewness of what each row adds, from the table without one row of each cell in turn.

    Efron and Tibshirani (1993), equation 14.15; with strata as Davison and Hinkley (1997), section 5.3.2. 0 where no
    row makes a difference.
    """
    table = np.asarray(counts, dtype=np.int64)
    held = np.argwhere(table > 0)
    without = np.repeat(table[None], len(held), axis=0)
    without[(np.arange(len(held)), *held.T)] -= 1
    values = np.asarray(figure(without), dtype=np.float64)
    stratum = np.ravel_multi_index(tuple(held.T[:-1]), table.shape[:-1]) if table.ndim > 1 else np.zeros(len(held), int)
    times = table[tuple(held.T)].astype(np.float64)
    second, third = np.zeros(values.shape[1:]), np.zeros(values.shape[1:])
    for one in np.unique(stratum):
        own, rows = values[stratum == one], times[stratum == one]
        total = rows.sum()
        away = (np.tensordot(rows, own, axes=1) / total - own) * (total - 1) / total
        second += np.tensordot(rows, away * away, axes=1)
        third += np.tensordot(rows, away * away * away, axes=1)
    moves = second > 0.0
    scale = np.where(moves, second, 1.0) ** 1.5
    return np.where(np.isnan(second), np.nan, np.where(moves, third / (6.0 * scale), 0.0))


def _corrected(bias: _Array, acceleration: _Array, z: float) -> _Array:
    """The level that stands in for that of z: Phi(z0 + (z0 + z) / (1 - a (z0 + z)))."""
    levels = np.full(bias.shape, np.nan)
    for place in np.ndindex(*bias.shape):
        below, a = float(bias[place]), float(acceleration[place])
        if not 0.0 < below < 1.0:
            continue
        z0 = -normal.upper_quantile(below)
        shrink = 1.0 - a * (z0 + z)
        if shrink > 0.0:
            levels[place] = normal.cdf(z0 + (z0 + z) / shrink)
    return levels


def _quantile(sample: Resampled, levels: _Array) -> _Array:
    """The replicate of rank (B + 1) level, between two ranks on the line that joins them; NaN among them gives NaN."""
    ordered = np.sort(sample.replicates, axis=0)  # NaN sorts last
    count = ordered.shape[0]
    unknown = np.isnan(levels) | np.isnan(ordered[-1])
    rank = np.clip(np.where(unknown, 0.5, levels) * (count + 1) - 1.0, 0.0, count - 1.0)
    below = np.floor(rank).astype(np.intp)
    part = rank - below
    left = np.take_along_axis(ordered, below[None], axis=0)[0]
    right = np.take_along_axis(ordered, np.minimum(below + 1, count - 1)[None], axis=0)[0]
    with np.errstate(invalid="ignore"):  # of two infinite neighbours, the left one is taken
        between = np.where((part > 0.0) & (left != right), left + part * (right - left), left)
    return np.where(unknown, np.nan, between)

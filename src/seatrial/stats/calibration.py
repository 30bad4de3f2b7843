"""How far probabilities lie from frequencies: the root mean square calibration error, without the bias of small bins.

Called by the calibration gate with sums by bin. The usual expected calibration error is never 0: a perfect model with
1,000 rows in 15 bins shows 0.04, because each bin's share is off by chance, and that is what is averaged. Kumar,
Liang and Ma (2019, NeurIPS, Verified uncertainty calibration, section 4) take the variance of each bin away from its
squared gap; the sum is then right on average, and can be negative.

Bounds: bins are independent and their gaps nearly normal, so that the debiased sum of squares has variance 4 sum w^2
g^2 v + 2 sum w^2 v^2, for weights w, true gaps g and variances v. The first term is at most 4 max(w v) times the sum
itself; with that, "the sum is t" is rejected where (estimate - t)^2 > z^2 (4 max(w v) t + 2 sum w^2 v^2), a quadratic
in t. The variance is that under the hypothesis, as in a score test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from seatrial.stats.gamma import chi2_sides
from seatrial.stats.interval import Interval
from seatrial.stats.normal import upper_quantile


class Bin(Struct, frozen=True, kw_only=True):
    """Rows with scores close to each other: how many, their mean score, and the share of them that came true."""

    n: int
    score: float
    share: float


class Noise(Struct, frozen=True, kw_only=True):
    """What chance alone adds to the sum of squares: over bins w v, its sum, its largest, and the sum of its squares."""

    total: float
    furthest: float
    squares: float


class CalibrationError(Struct, frozen=True, kw_only=True):
    """The error and its bounds, the plain expected calibration error that people compare with, how many rows came true
    or did not, whichever is less, and what chance adds."""

    error: float
    interval: Interval
    plain: float
    rarer: float
    noise: Noise


def calibration_error(bins: Sequence[Bin], *, alpha: float, design: float = 1.0) -> CalibrationError:
    """The debiased root mean square gap of bins of two rows or more, bounded with error `alpha` on each side.

    `design` is how much larger variances are than those of independent rows. Raises ValueError for no bins.
    """
    total = sum(each.n for each in bins)
    if not bins or min(each.n for each in bins) < 2:
        raise ValueError("calibration needs bins of at least two rows")
    square = furthest = noise = plain = came = all_noise = 0.0
    for each in bins:
        weight, gap = each.n / total, each.share - each.score
        plainly, variance = design * _plain_variance(each), design * _variance(each)
        square += weight * (gap * gap - plainly)  # what is taken away must be right on average, not on the safe side
        furthest = max(furthest, weight * variance)
        all_noise += weight * variance
        noise += 2 * (weight * variance) ** 2
        plain += weight * abs(gap)
        came += each.n * each.share
    z2 = upper_quantile(alpha) ** 2
    centre = square + 2 * furthest * z2
    half = math.sqrt(max(centre * centre - square * square + z2 * noise, 0.0))
    return CalibrationError(
        error=math.sqrt(max(square, 0.0)),
        interval=Interval(lower=math.sqrt(max(centre - half, 0.0)), upper=math.sqrt(max(centre + half, 0.0))),
        plain=plain,
        rarer=min(came, total - came),
        noise=Noise(total=all_noise, furthest=furthest, squares=noise / 2),
    )


def chance_within(noise: Noise, limit: float, *, alpha: float, times: float = 1.0, more: float = 1.0) -> float:
    """How often a calibrated model's upper bound is within `limit`, with `times` the rows in `more` times as many bins.

    Approximate. What a bin adds falls with all rows, not with its own: more bins add more.

    The bound is within where the debiased sum is at most t - z sqrt(4 F t + 2 S), for t the squared limit, F the
    largest and S the squares of what bins add. By chance that sum is a weighted sum of chi-squares less its mean, taken
    for one chi-square with the same mean and variance (Satterthwaite 1946, Biometrics Bulletin 2:110).
    """
    if noise.total <= 0.0:
        return 1.0
    total, furthest, squares = noise.total * more / times, noise.furthest / times, noise.squares * more / times**2
    t, freedom = limit * limit, total**2 / squares
    most = t - upper_quantile(alpha) * math.sqrt(4 * furthest * t + 2 * squares)
    return chi2_sides(freedom * (1 + most / total), freedom)[0]


def _plain_variance(one: Bin) -> float:
    return one.share * (1 - one.share) / (one.n - 1)


def _variance(one: Bin) -> float:
    """Of a bin's share, for bounds. Where all or none came true, the rows could still have differed: one more of each
    is added (Agresti and Coull 1998, The American Statistician 52:119)."""
    if 0.0 < one.share < 1.0:
        return _plain_variance(one)
    share = (one.share * one.n + 1) / (one.n + 2)
    return share * (1 - share) / (one.n + 2)

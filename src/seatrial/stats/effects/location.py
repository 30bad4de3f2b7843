"""How far a distribution has moved: the area under the curve, in standard deviations.

`shift` takes counts of ordered bins, `auc` scores of two groups. Both estimate A = P(later > earlier) + P(equal) / 2.
Its variance is DeLong's (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837; for bins Bamber 1975, J. Math.
Psychol. 12:387), which holds for distributions of unlike shape; p uses the tie-corrected permutation variance (Lehmann
1975, Nonparametrics, section 1.4) and skewness. Two normal distributions that lie x standard deviations apart have
A = Phi(x / sqrt 2); so the effect is sqrt 2 times the normal quantile of A, by the delta method. With 50
rows and three standard deviations between, where hardly a pair overlaps, the lower bound errs 15 % instead of 5 (for
500 rows 8 %); it then lies far above any floor.

Rows that all fell into one bin have no variance to show, and an upper bound without one would exclude any shift after a
single row. So for the upper bound one row of the other side is added to each before its variance is taken. The lower
bound does without: an alarm needs a small p besides, and near a full separation one row would outweigh all others.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seatrial.stats import normal, permutation
from seatrial.stats.effects.record import Effect, folded, rows_needed

FARTHEST = 10.0
"""The standard deviations shown where no value of one side lies beyond any of the other."""

_SD_PER_AUC = math.sqrt(2) * math.sqrt(2 * math.pi)  # the slope at A = 1/2


def shift(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> Effect:
    """The shift between counts of the same ordered bins. Raises ValueError where a side is empty."""
    earlier, later = counts_of(reference), counts_of(current)
    n, m = float(earlier.sum()), float(later.sum())
    if not (n > 0 and m > 0):
        raise ValueError("a shift needs rows on both sides")
    below = (np.cumsum(earlier) - earlier / 2) / n
    beneath = (np.cumsum(later) - later / 2) / m
    area = float(below @ later) / m
    spread_current, spread_reference = _variance(below, later), _variance(beneath, earlier)
    wide_current, wide_reference = _variance(below, later + earlier / n), _variance(beneath, earlier + later / m)
    pooled = earlier + later
    n_effective, m_effective = n / deff_reference, m / deff_current
    law = permutation.dealt_out(pooled, m_effective / (n_effective + m_effective), n_effective + m_effective)
    error = math.sqrt(spread_reference / n_effective + spread_current / m_effective)
    under_null = math.sqrt(law.variance * (1 / n_effective + 1 / m_effective))
    wide = math.sqrt(wide_reference / n_effective + wide_current / m_effective)
    signed, low, high = _in_sd(area, (error, wide), (n_effective, m_effective), confidence)
    return Effect(
        statistic="auc_in_sd",
        estimate=abs(signed),
        signed=signed,
        low=low,
        high=high,
        p=permutation.two_sided((area - 0.5) / under_null, law.skewness) if under_null > 0 else 1.0,
        n_needed=rows_needed(
            law.variance * _SD_PER_AUC**2,
            law.variance * _SD_PER_AUC**2,
            n_effective,
            confidence=confidence,
            floor=floor,
            detect=detect,
            alpha=alpha,
            deff_current=deff_current,
        ),
        parts=int(np.count_nonzero(pooled)),
    )


def counts_of(values: ArrayLike) -> NDArray[np.float64]:
    """Counts as floats: products of two counts of 1e10 do not fit into 64 bits."""
    counts = np.asarray(values, dtype=np.float64)
    if counts.ndim != 1 or not bool(np.all(counts >= 0)):
        raise ValueError("counts are one row of numbers, none below 0")
    return counts


def _variance(scores: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """The variance of scores that occur so often."""
    rows = float(counts.sum())
    mean = float(scores @ counts) / rows
    return float(((scores - mean) ** 2) @ counts) / max(rows - 1, 1.0)


def _in_sd(
    area: float, errors: tuple[float, float], rows: tuple[float, float], confidence: float
) -> tuple[float, float, float]:
    """The signed shift and the bounds of its size; of the errors the first is for the lower, the second for the upper
    bound."""
    error, wide = errors
    fewer, pairs = min(rows), rows[0] * rows[1]
    if wide <= 0.0:  # one bin for all rows, in which nothing can be told apart
        return 0.0, 0.0, FARTHEST
    if error <= 0.0 and area != 0.5:
        # No overlap. Rows paired off are independent, and all of them agree: A >= alpha^(1/pairs), exactly.
        least = math.exp(math.log(1 - confidence) / max(fewer, 1.0))
        low = max(0.0, math.sqrt(2) * -normal.upper_quantile(least))
        return math.copysign(FARTHEST, area - 0.5), min(low, FARTHEST), FARTHEST
    edge = 1 / (2 * pairs + 2)
    quantile = -normal.upper_quantile(min(max(area, edge), 1 - edge))
    signed = math.sqrt(2) * quantile
    per_area = math.sqrt(2) / normal.density(quantile)
    low, _ = folded(signed, error * per_area, confidence=confidence)
    _, high = folded(signed, wide * per_area, confidence=confidence)
    return signed, min(low, FARTHEST), min(high, FARTHEST)

"""How far apart two whole distributions are, whatever the difference: Jensen-Shannon in standard deviations.

8 JS is the square of the effect, on the scale where a small normal shift by x has the effect x. Its plug-in estimate is
biased upwards by (B - 1)(1/n + 1/m), enough for a clean column with many values to alarm; the bias is taken away,
and the bounds invert a noncentral chi-square law whose mean and variance match those of the estimate. For small
differences that is the classical law of the G statistic (Kullback 1959; Menendez et al. 1997); for large ones
the variance is that of the delta method, which the local law overstates or understates.

p is the larger of two. Pearson's statistic is held against its law under permutation, a gamma law with the
exact mean and variance (Haldane 1940, Biometrika 31:346; Dawson 1954, Biometrika 41:280); the G statistic
against chi-square. In the deep tail, where many columns are judged at once, Pearson's square makes too much of
a rare bin that got more rows by chance, and the logarithm of G too much of one that got none: each is right
where the other is wrong.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seatrial.stats import normal, pooling
from seatrial.stats.distances import chi_square, js_of_shares
from seatrial.stats.effects.location import counts_of
from seatrial.stats.effects.record import POWER, Effect, fewest_rows
from seatrial.stats.gamma import upper_gamma
from seatrial.stats.noncentral import noncentrality_bounds

FARTHEST = math.sqrt(8 * math.log(2))
"""The effect where nothing overlaps."""

_Array = NDArray[np.float64]


def shape(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    ordered: bool = True,
    bins: int = 20,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> Effect:
    """The difference of two lists of counts, after pooling: to at most `bins` where `ordered`, else rare ones to one.

    Raises ValueError where a side is empty.
    """
    earlier, later = counts_of(reference), counts_of(current)
    if earlier.shape != later.shape or not (earlier.sum() > 0 and later.sum() > 0):
        raise ValueError("a shape needs rows in the same bins on both sides")
    earlier, later = earlier / deff_reference, later / deff_current
    n, m = float(earlier.sum()), float(later.sum())
    both, smaller = earlier + later, min(n, m) / (n + m)
    labels = pooling.in_order(both, smaller, bins=bins) if ordered else pooling.by_mass(both, smaller)
    earlier, later = pooling.pooled(earlier, labels), pooling.pooled(later, labels)
    freedom = earlier.size - 1
    if freedom < 1:
        return Effect(
            statistic="js_in_sd", estimate=0.0, signed=0.0, low=0.0, high=FARTHEST, p=1.0, n_needed=None, parts=1
        )
    squared, low, high = _bounds(earlier / n, later / m, n, m, confidence)
    needed = _needed(freedom, n, confidence, floor, detect, alpha, deff_current)
    return Effect(
        statistic="js_in_sd",
        estimate=math.sqrt(squared),
        signed=math.sqrt(squared),
        low=low,
        high=high,
        p=_p(earlier, later, n, m),
        n_needed=needed,
        parts=freedom + 1,
    )


def _bounds(p: _Array, q: _Array, n: float, m: float, confidence: float) -> tuple[float, float, float]:
    """The squared effect without its bias, and bounds of the effect."""
    freedom, scale = p.size - 1, 1 / n + 1 / m
    raw = 8 * js_of_shares(p, q)
    bias = float((q * (1 - p) / (p + q)).sum()) * 2 / n + float((p * (1 - q) / (p + q)).sum()) * 2 / m
    squared = min(max(raw - bias, 0.0), FARTHEST**2)
    unit = scale * _stretch(p, q, n, m, raw)
    low, high = noncentrality_bounds((raw - bias) / unit + freedom, freedom, confidence=confidence)
    return squared, min(math.sqrt(low * unit), FARTHEST), min(math.sqrt(high * unit), FARTHEST)


def _stretch(p: _Array, q: _Array, n: float, m: float, raw: float) -> float:
    """The variance of 8 JS by the delta method, over that of the local law: 1 where the difference is small."""
    if raw <= 0.0:
        return 1.0
    smooth_p, smooth_q = (p * n + 0.5) / (n + 0.5 * p.size), (q * m + 0.5) / (m + 0.5 * q.size)
    middle = (smooth_p + smooth_q) / 2
    log_p, log_q = np.log(smooth_p / middle), np.log(smooth_q / middle)
    mean_p, mean_q = float(smooth_p @ log_p), float(smooth_q @ log_q)
    variance_p = float(smooth_p @ (log_p - mean_p) ** 2) / 4
    variance_q = float(smooth_q @ (log_q - mean_q) ** 2) / 4
    raw_smooth = 8 * (mean_p + mean_q) / 2
    ratio = 16 * (variance_p / n + variance_q / m) / ((1 / n + 1 / m) * max(raw_smooth, 1e-300))
    return min(max(ratio, 0.05), 4.0)


def _p(earlier: _Array, later: _Array, n: float, m: float) -> float:
    """The larger p of Pearson's statistic, by its law under permutation, and of G."""
    statistic, total, bins = chi_square(earlier, later), n + m, earlier.size
    if statistic <= 0.0 or total <= 4.0:
        return 1.0
    mean = total / (total - 1) * (bins - 1)
    variance = _permutation_variance(total, bins, 1 / n + 1 / m, float((1 / (earlier + later)).sum()))
    if variance <= 0.0:
        return 1.0
    pearson = upper_gamma(mean * mean / variance, statistic * mean / variance)
    return max(pearson, upper_gamma((bins - 1) / 2, _g(earlier, later, n, m) / 2))


def _g(earlier: _Array, later: _Array, n: float, m: float) -> float:
    """The G statistic: twice the log likelihood ratio of two distributions over one. Wilks (1935)."""
    both, total = earlier + later, n + m
    terms = (
        float((counts[counts > 0] * np.log(counts[counts > 0] * total / (both[counts > 0] * size))).sum())
        for counts, size in ((earlier, n), (later, m))
    )
    return max(0.0, 2 * sum(terms))


def _permutation_variance(total: float, bins: int, side_inverse: float, bin_inverse: float) -> float:
    """The variance of Pearson's statistic over all tables of two rows with the same margins: Dawson (1954)."""
    v_side, v_bin = (total - 2) / (total - 1), (bins - 1) * (total - bins) / (total - 1)
    w_side, w_bin = (total * side_inverse - 4) / (total - 2), (total * bin_inverse - bins * bins) / (total - 2)
    common = 2 * total / (total - 3) * (v_side - w_side) * (v_bin - w_bin)
    return common + total * total / (total - 1) * w_side * w_bin


@lru_cache(maxsize=256)  # columns of one table mostly have the same rows
def _needed(
    freedom: int, n: float, confidence: float, floor: float, detect: float, alpha: float, deff: float
) -> int | None:
    """Rows at which a noncentral law of effect `detect` clears `floor` and `alpha` with the planned power."""
    if not detect > floor:
        return None
    power = normal.upper_quantile(1 - POWER)

    def enough(m: float) -> bool:
        scale = 1 / n + 1 / m
        truth, limit = detect * detect / scale, floor * floor / scale
        seen = freedom + truth - power * math.sqrt(2 * (freedom + 2 * truth))
        bar = freedom + limit + normal.upper_quantile(1 - confidence) * math.sqrt(2 * (freedom + 2 * limit))
        z = normal.upper_quantile(alpha)
        cube = freedom * (1 - 2 / (9 * freedom) + z * math.sqrt(2 / (9 * freedom))) ** 3  # Wilson and Hilferty
        return seen >= max(bar, cube)

    return fewest_rows(enough, deff=deff)

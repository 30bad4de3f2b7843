"""The noncentral chi-square distribution, and the bounds of its noncentrality.

The law of a distance between two samples that truly differ. Up to 400 the distribution is summed as the mixture of
central ones that it is (Poisson weights), to about 1e-12. Above, a saddlepoint formula is used:
Lugannani and Rice (1980), Adv. Appl. Probab. 12:475. Its relative error, measured against the sum, is below 2e-4 there
and falls as the noncentrality grows; a bound moves by less than a thousandth of its standard error.
"""

from __future__ import annotations

import math
from functools import cache

from seatrial.stats import normal
from seatrial.stats.gamma import chi2_sides
from seatrial.stats.interval import crossing

_SUMMED = 400.0


def noncentral_chi2_sides(x: float, df: float, nc: float) -> tuple[float, float]:
    """P(X <= x) and P(X > x)."""
    if x <= 0.0:
        return 0.0, 1.0
    if nc <= 0.0:
        return chi2_sides(x, df)
    return _mixture(x, df, nc) if nc + df <= _SUMMED else _saddlepoint(x, df, nc)


def _mixture(x: float, df: float, nc: float) -> tuple[float, float]:
    """Outwards from the likeliest term, each central distribution from its neighbour."""
    half, a = x / 2, df / 2
    mode = int(nc / 2)
    weight = math.exp(mode * math.log(nc / 2) - nc / 2 - math.lgamma(mode + 1))
    lower, upper = chi2_sides(x, df + 2 * mode)
    step = math.exp((a + mode) * math.log(half) - half - math.lgamma(a + mode + 1))  # lower(j) - lower(j + 1)
    below, above = weight * lower, weight * upper
    w, cdf, sf, gap, j = weight, lower, upper, step, mode
    while w > 1e-17 * weight:
        cdf, sf = max(cdf - gap, 0.0), sf + gap
        j += 1
        gap *= half / (a + j)
        w *= nc / 2 / j
        below += w * cdf
        above += w * sf
    w, cdf, sf, gap = weight, lower, upper, step
    for j in range(mode, 0, -1):
        gap *= (a + j) / half
        cdf, sf = cdf + gap, max(sf - gap, 0.0)
        w *= j / (nc / 2)
        below += w * cdf
        above += w * sf
        if w < 1e-17 * weight:
            break
    return min(1.0, below), min(1.0, above)


def _saddlepoint(x: float, df: float, nc: float) -> tuple[float, float]:
    root = math.sqrt(df * df + 4 * nc * x)
    inverse = (df + root) / (2 * x)  # 1 - 2 t at the saddlepoint
    t = (1 - inverse) / 2
    exponent = -df / 2 * math.log(inverse) + nc * t / inverse - t * x
    r = math.copysign(math.sqrt(max(-2 * exponent, 0.0)), t)
    second = 2 * df / inverse**2 + 4 * nc / inverse**3
    u = t * math.sqrt(second)
    if abs(r) < 1e-4:
        third = 8 * df / inverse**3 + 24 * nc / inverse**4
        skew = third / second**1.5 / 6 * normal.density(r)  # the limit of 1/u - 1/r
        return normal.cdf(r) + skew, normal.sf(r) - skew
    gap = normal.density(r) * (1 / u - 1 / r)
    return min(max(normal.cdf(r) - gap, 0.0), 1.0), min(max(normal.sf(r) + gap, 0.0), 1.0)


def noncentrality_bounds(x: float, df: float, *, confidence: float) -> tuple[float, float]:
    """The noncentralities that a value of `x` leaves possible: each bound is wrong with probability 1 - confidence.

    Low is 0 where `x` is not significant at 1 - confidence, high is 0 where `x` is so small that even no noncentrality
    is implausible.
    """
    target = normal.upper_quantile(1 - confidence)
    guess = math.sqrt(max(x - df, 0.0))
    reach = 2 * target + 3

    @cache  # both searches begin at 0
    def beyond(root: float) -> float:
        """How far, in standard errors, x lies above what a noncentrality of root^2 leads to."""
        below, above = noncentral_chi2_sides(x, df, root * root)
        return normal.of_sides(below, above)

    start = beyond(0.0)
    widest = guess + reach + math.sqrt(math.sqrt(2 * df)) * 2
    low = crossing(lambda root: beyond(root) - target, 0.0, guess + 1, precision=1e-9) if start > target else 0.0
    high = crossing(lambda root: beyond(root) + target, 0.0, widest, precision=1e-9) if start > -target else 0.0
    return low * low, high * high

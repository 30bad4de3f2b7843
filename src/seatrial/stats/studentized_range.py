"""The range of k normal means in units of their standard error: how far apart equal groups look by chance.

The largest minus the smallest of twenty equal groups is 3.7 standard errors on average, so a gap between groups cannot
be held against the law of one difference. Called by `group_range.py`. Student (1927), Biometrika
19:151; Tukey (1953), The problem of multiple comparisons.

Both integrals, over the largest mean and over the estimated standard error, run over the whole line with integrands
that are analytic and die away fast at both ends: there the trapezoidal rule is not a crude rule but the best one, its
error falling exponentially with the step (Trefethen and Weideman 2014, SIAM Review 56:385). The tail is integrated
itself, never 1 minus the rest, so it keeps its digits however small.
"""

from __future__ import annotations

import math
from functools import lru_cache

from seatrial.stats import normal
from seatrial.stats.binomial_terms import stirling_error
from seatrial.stats.interval import crossing

_REACH = 9.0  # standard errors beyond which a normal density is below 1e-18
_STEP = 0.125
_FALL = 42.0  # exp(-42) of the height is where an integrand may be cut off
_TINY = 1e-300


def tail(q: float, groups: int, freedom: float = math.inf) -> float:
    """P(Q > q) for the range of `groups` means over a standard error estimated with `freedom` degrees of freedom."""
    _check(groups, freedom)
    if q <= 0.0:
        return 1.0
    if math.isinf(freedom):
        return _normal_tail(q, groups)
    return _student_tail(q, groups, freedom)


@lru_cache(maxsize=256)  # one gate asks for the same quantile once a metric
def upper_quantile(alpha: float, groups: int, freedom: float = math.inf) -> float:
    """The q that the studentised range exceeds with probability `alpha`, 0 < alpha < 1."""
    _check(groups, freedom)
    z = normal.upper_quantile(alpha)

    def height(log_q: float) -> float:
        beyond = tail(math.exp(log_q), groups, freedom)
        return normal.of_sides(1.0 - beyond, beyond) - z

    low, high = 0.0, 0.5
    while height(high) < 0.0:
        low, high = high, high + 0.5
    while height(low) > 0.0:
        low, high = low - 1.0, low
    return math.exp(crossing(height, low, high, precision=1e-13))


def _check(groups: int, freedom: float) -> None:
    if groups < 2:
        raise ValueError(f"{groups} groups have no range")
    if not freedom > 0.0:
        raise ValueError(f"{freedom} is no number of degrees of freedom")


def _normal_tail(q: float, groups: int) -> float:
    """With a known standard error: k times the integral over the largest mean z of its density at z, times the chance
    that all others lie below it but not all within q of it."""
    others = groups - 1
    total, z = 0.0, -_REACH
    while z <= q + _REACH:
        below = max(normal.cdf(z), _TINY)
        outside = min(normal.cdf(z - q) / below, 1.0)
        some_outside = -math.expm1(others * math.log1p(-outside)) if outside < 1.0 else 1.0
        total += normal.density(z) * below**others * some_outside
        z += _STEP
    return min(1.0, groups * total * _STEP)


def _student_tail(q: float, groups: int, freedom: float) -> float:
    """Averaged over the estimated standard error exp(u): its density in u is c exp(v (u - expm1(2 u) / 2))."""
    half = freedom / 2
    constant = 2 * math.sqrt(half / (2 * math.pi)) * math.exp(-stirling_error(half))
    width = 1 / math.sqrt(2 * freedom)
    step = min(0.25 * width, 0.1)
    total = _averaged(q, groups, freedom, step, 0) + _averaged(q, groups, freedom, -step, 1)
    return min(1.0, constant * step * total)


def _averaged(q: float, groups: int, freedom: float, step: float, first: int) -> float:
    total, index = 0.0, first
    while True:
        u = index * step
        log_density = freedom * (u - math.expm1(2 * u) / 2)
        if log_density < -_FALL:
            return total
        total += math.exp(log_density) * _normal_tail(q * math.exp(u), groups)
        index += 1

"""The incomplete gamma function, and what it is the tail of: chi-square and Poisson.

Series, continued fraction (Press et al., Numerical Recipes, section 6.2) or, for large parameters, an integral of the
tail. The side that is small is the one computed, so a p value keeps its relative accuracy down
to 1e-300.
"""

from __future__ import annotations

import math

from seatrial.stats import normal
from seatrial.stats.binomial_terms import log_poisson
from seatrial.stats.interval import crossing
from seatrial.stats.quadrature import tail_area

_LARGE = 400.0  # from here on, the integral is quicker than the fraction
_TINY = 1e-300


def lower_gamma(a: float, x: float) -> float:
    """P(a, x): the probability that a gamma variable of shape a is at most x."""
    return _sides(a, x)[0]


def upper_gamma(a: float, x: float) -> float:
    """Q(a, x) = 1 - P(a, x)."""
    return _sides(a, x)[1]


def _sides(a: float, x: float) -> tuple[float, float]:
    if not (a > 0.0 and x >= 0.0):
        raise ValueError(f"an incomplete gamma function of shape {a} at {x} is not defined")
    if x == 0.0:
        return 0.0, 1.0
    if math.isinf(x):
        return 1.0, 0.0
    if x < a + (1.0 if a < _LARGE else 0.0):
        lower = _integral(a, x, -1.0) if a >= _LARGE else _series(a, x)
        return lower, 1.0 - lower
    upper = _integral(a, x, 1.0) if a >= _LARGE else _fraction(a, x)
    return 1.0 - upper, upper


def _front(a: float, x: float) -> float:
    """x^a e^-x / Gamma(a + 1)."""
    return math.exp(log_poisson(a, x))


def _series(a: float, x: float) -> float:
    term = total = 1.0
    step = a
    while term > total * 1e-17:
        step += 1.0
        term *= x / step
        total += term
    return _front(a, x) * total


def _fraction(a: float, x: float) -> float:
    b = x + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    h = d
    for i in range(1, 5_000):
        an = -i * (i - a)
        b += 2.0
        d = 1.0 / (an * d + b or _TINY)
        c = b + an / c or _TINY
        h *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return _front(a, x) * a * h


def _integral(a: float, x: float, side: float) -> float:
    """The tail above (side 1) or below (side -1) x."""
    power = a - 1.0

    def log_ratio(s: float) -> float:
        return power * math.log1p(side * s / x) - side * s if s < x or side > 0 else -math.inf

    slope = max(side * (1.0 - power / x), 0.0)
    most = math.inf if side > 0 else x
    area = tail_area(log_ratio, slope=slope, curvature=power / (x * x), most=most)
    return min(1.0, _front(a, x) * a / x * area)


def chi2_sides(x: float, df: float) -> tuple[float, float]:
    """P(X <= x) and P(X > x) for a chi-square variable with `df` degrees of freedom."""
    return _sides(df / 2, x / 2) if x > 0 else (0.0, 1.0)


def poisson_tail(k: float, mean: float) -> float:
    """P(X >= k) for X ~ Poisson(mean)."""
    return 1.0 if k <= 0 else lower_gamma(k, mean)


def poisson_head(k: float, mean: float) -> float:
    """P(X <= k) for X ~ Poisson(mean)."""
    return 0.0 if k < 0 else upper_gamma(k + 1.0, mean)


def poisson_low(k: float, *, confidence: float) -> float:
    """The mean at which k or more are seen with probability 1 - confidence only (Garwood 1936, Biometrika 28:437)."""
    return gamma_quantile(k, 1 - confidence) if k > 0 else 0.0


def poisson_high(k: float, *, confidence: float) -> float:
    """The mean at which k or fewer are seen with probability 1 - confidence only."""
    return gamma_quantile(k + 1.0, confidence)


def gamma_quantile(a: float, probability: float) -> float:
    """The x with P(a, x) = probability, 0 < probability < 1."""
    target = -normal.upper_quantile(probability)

    def height(x: float) -> float:
        return target - normal.of_sides(*_sides(a, x))

    reach = (abs(target) + 1.5) * math.sqrt(a)
    low, high = max(0.0, a - reach), a + reach + target * target + 2
    if height(low) * height(high) > 0.0:
        low, high = 0.0, 10 * high
    return crossing(height, low, high, precision=1e-13)

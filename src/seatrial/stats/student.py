"""Student's t distribution; called where a variance was estimated from few rows and a normal tail is too thin.

Student (1908), Biometrika 6:1. The tail is an incomplete beta function. The quantile is a series in the inverse of the
degrees of freedom where these are many; else it is searched for on the scale of normal quantiles, where it is nearly
straight.
"""

from __future__ import annotations

import math

from seatrial.stats import normal
from seatrial.stats.beta import beta_sides
from seatrial.stats.interval import crossing

_MANY = 1e5
"""Degrees of freedom from which on the normal distribution is as good, to a thousandth at five standard errors."""

_SERIES_FROM = 100.0
"""Degrees of freedom, times 1 + z^2, from which on the quantile's series has twelve digits."""


def two_sided(t: float, freedom: float) -> float:
    """P(|T| >= |t|), by the incomplete beta function."""
    if not freedom > 0.0:
        raise ValueError(f"{freedom} is no number of degrees of freedom")
    if freedom >= _MANY:
        return normal.two_sided(t)
    if not math.isfinite(t):
        return 0.0
    square = t * t
    if square > freedom:  # 1 - x has no digits where x is close to 1
        return beta_sides(freedom / 2, 0.5, freedom / (freedom + square))[0]
    return beta_sides(0.5, freedom / 2, square / (freedom + square))[1]


def upper_quantile(alpha: float, freedom: float) -> float:
    """The t that a Student variable with `freedom` degrees of freedom exceeds with probability `alpha`, 0 < alpha < 1.

    To ten digits. Infinitely many degrees of freedom give the normal quantile.
    """
    if not freedom > 0.0:
        raise ValueError(f"{freedom} is no number of degrees of freedom")
    z = normal.upper_quantile(alpha)
    if alpha >= 0.5:
        return -upper_quantile(1.0 - alpha, freedom) if alpha > 0.5 else 0.0
    if freedom >= _SERIES_FROM * (1.0 + z * z):
        return _series(z, 1.0 / freedom)

    def height(log_t: float) -> float:
        tail = two_sided(math.exp(log_t), freedom) / 2
        return normal.of_sides(1.0 - tail, tail) - z

    low = high = math.log(z)  # Student's tails are the heavier ones
    while height(high) < 0.0:
        low, high = high, high + 1.0
    return math.exp(crossing(height, low, high, precision=1e-14))


def _series(z: float, inverse: float) -> float:
    """Abramowitz and Stegun (1964), 26.7.5: z plus polynomials in it over powers of the degrees of freedom."""
    square = z * z
    first = (square + 1) / 4
    second = ((5 * square + 16) * square + 3) / 96
    third = (((3 * square + 19) * square + 17) * square - 15) / 384
    fourth = ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92160
    return z * (1 + inverse * (first + inverse * (second + inverse * (third + inverse * fourth))))

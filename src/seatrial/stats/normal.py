"""The standard normal distribution, from the standard library so that a gate need not load scipy."""

from __future__ import annotations

import math
from statistics import NormalDist

_STANDARD = NormalDist()
_FAR = 40.0  # beyond every tail that a float can tell from 0


def upper_quantile(tail: float) -> float:
    """The z that a standard normal variable exceeds with probability `tail`, 0 < tail < 1.

    Wichura (1988), Algorithm AS 241, Applied Statistics 37:477, accurate to about 16 digits.
    Raises ValueError (StatisticsError) outside the open unit interval.
    """
    return -_STANDARD.inv_cdf(tail)


def cdf(z: float) -> float:
    """P(Z <= z), with full relative accuracy in the lower tail."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def sf(z: float) -> float:
    """P(Z > z), with full relative accuracy in the upper tail: 0.0 only beyond z = 38, where it is below 1e-307."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def density(z: float) -> float:
    """The density at z."""
    return math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


def two_sided(z: float) -> float:
    """P(|Z| >= |z|)."""
    return math.erfc(abs(z) / math.sqrt(2))


def of_sides(below: float, above: float) -> float:
    """The z with `below` before it and `above` beyond it, from the smaller one, so that no tail loses digits."""
    if below < above:
        return _STANDARD.inv_cdf(below) if below > 0.0 else -_FAR
    return -_STANDARD.inv_cdf(above) if above > 0.0 else _FAR

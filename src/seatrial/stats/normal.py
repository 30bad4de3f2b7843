"""The standard normal quantile, from the standard library so that a gate need not load scipy."""

from __future__ import annotations

from statistics import NormalDist

_STANDARD = NormalDist()


def upper_quantile(tail: float) -> float:
    """The z that a standard normal variable exceeds with probability `tail`, 0 < tail < 1.

    Wichura (1988), Algorithm AS 241, Applied Statistics 37:477, accurate to about 16 digits.
    Raises ValueError (StatisticsError) outside the open unit interval.
    """
    return -_STANDARD.inv_cdf(tail)

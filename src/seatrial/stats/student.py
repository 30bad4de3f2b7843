"""Student's t distribution; called where a variance was estimated from few rows and a normal tail is too thin."""

from __future__ import annotations

import math

from seatrial.stats import normal
from seatrial.stats.beta import beta_sides

_MANY = 1e5
"""Degrees of freedom from which on the normal distribution is as good, to a thousandth at five standard errors."""


def two_sided(t: float, freedom: float) -> float:
    """P(|T| >= |t|), by the incomplete beta function."""
    if not freedom > 0.0:
        raise ValueError(f"{freedom} is no number of degrees of freedom")
    if freedom >= _MANY:
        return normal.two_sided(t)
    if not math.isfinite(t):
        return 0.0
    square = t * t
    return beta_sides(0.5, freedom / 2, square / (freedom + square))[1]

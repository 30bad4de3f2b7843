"""How findings keep figures: to twelve decimals.

The last digits of a logarithm differ between machines; the twelfth decimal of an accuracy does
not. A finding made twice from the same evidence is therefore the same bytes.
"""

from __future__ import annotations

import math

from seatrial.stats.interval import Interval

_DECIMALS = 12


def kept(value: float) -> float:
    """A figure as a finding keeps it; never a negative zero."""
    return round(value, _DECIMALS) + 0.0


def kept_interval(interval: Interval) -> tuple[float, float] | None:
    """An interval as a finding keeps it; None where it has no ends."""
    if not (math.isfinite(interval.lower) and math.isfinite(interval.upper)):
        return None
    return kept(interval.lower), kept(interval.upper)

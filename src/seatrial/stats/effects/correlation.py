"""The difference of two rank correlations of independent samples.

Fisher's z with Bonett and Wright's variance for Spearman's coefficient, (1 + r^2 / 2) / (n - 3) (2000, Psychometrika
65:23), which near r = 0 agrees with the 1.06 of Fieller, Hartley and Pearson (1957). Bounds of the difference by
Zou (2007), Psychological Methods 12:399, from those of each side.
"""

from __future__ import annotations

import math

from seatrial.stats import normal
from seatrial.stats.effects.record import Effect, folded_interval, rows_needed

_LARGEST = 1 - 1e-12
_FIELLER = 1.06


def correlation_difference(
    r_reference: float,
    n_reference: float,
    r_current: float,
    n_current: float,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> Effect:
    """Current minus reference rank correlation, as Unit CORRELATION. Fewer than five rows on a side say nothing."""
    n, m = n_reference / deff_reference, n_current / deff_current
    signed = r_current - r_reference
    if not (n > 4 and m > 4):
        return Effect(
            statistic="spearman_difference",
            estimate=abs(signed),
            signed=signed,
            low=0.0,
            high=2.0,
            p=1.0,
            n_needed=None,
        )
    earlier, later = _clip(r_reference), _clip(r_current)
    pooled = math.tanh((n * math.atanh(earlier) + m * math.atanh(later)) / (n + m))
    under_null = math.sqrt(_variance(pooled) * (1 / (n - 3) + 1 / (m - 3)))
    p = normal.two_sided((math.atanh(later) - math.atanh(earlier)) / under_null)
    z = normal.upper_quantile(1 - confidence)
    from_earlier, from_later = _ends(earlier, n, z), _ends(later, m, z)
    lower = later - earlier - math.hypot(later - from_later[0], from_earlier[1] - earlier)
    upper = later - earlier + math.hypot(from_later[1] - later, earlier - from_earlier[0])
    low, high = folded_interval(lower, upper, p, confidence=confidence)
    planned = abs(earlier) - detect  # towards 0, where a coefficient is less certain
    return Effect(
        statistic="spearman_difference",
        estimate=abs(signed),
        signed=signed,
        low=low,
        high=high,
        p=p,
        n_needed=rows_needed(
            _spread(planned if planned > -1 else 0.0),
            _spread(earlier),
            n - 3,
            confidence=confidence,
            floor=floor,
            detect=detect,
            alpha=alpha,
            deff_current=deff_current,
            fewest=5,
        ),
    )


def _clip(r: float) -> float:
    if not -1.0 <= r <= 1.0:
        raise ValueError(f"{r} is not a correlation")
    return min(max(r, -_LARGEST), _LARGEST)


def _variance(r: float) -> float:
    return max(1 + r * r / 2, _FIELLER)


def _spread(r: float) -> float:
    """The variance of the coefficient itself, times rows."""
    return (1 - r * r) ** 2 * _variance(r)


def _ends(r: float, n: float, z: float) -> tuple[float, float]:
    half = z * math.sqrt(_variance(r) / (n - 3))
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)

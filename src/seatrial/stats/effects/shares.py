"""Differences of shares of rows: nulls, flags, one category against the rest.

Bounds are Miettinen and Nurminen's, p is that of Fisher's exact test with the mid-p correction. Both hold for rare
events and for sides of very unequal size.
"""

from __future__ import annotations

import math

from seatrial.stats.effects.record import Effect, folded_interval, rows_needed
from seatrial.stats.hypergeometric import two_sided_mid_p
from seatrial.stats.two_shares import difference_interval


def cohens_h(reference: float, current: float) -> float:
    """Cohen's h of two shares: standard deviations on the arcsine scale. Cohen (1988), chapter 6."""
    return 2 * math.asin(math.sqrt(current)) - 2 * math.asin(math.sqrt(reference))


def share(
    k_reference: float,
    n_reference: float,
    k_current: float,
    n_current: float,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> Effect:
    """The share of the current rows minus that of the reference, as Unit SHARE."""
    if not (0 <= k_reference <= n_reference and 0 <= k_current <= n_current and n_reference >= 1 and n_current >= 1):
        raise ValueError(f"{k_reference} of {n_reference} and {k_current} of {n_current} are not shares of rows")
    n, m = n_reference / deff_reference, n_current / deff_current
    before, after = k_reference / deff_reference, k_current / deff_current
    p = two_sided_mid_p(after, m, before + after, n + m)
    bounds = difference_interval(after, m, before, n, alpha=1 - confidence)
    low, high = folded_interval(bounds.lower, bounds.upper, p, confidence=confidence)
    signed = k_current / n_current - k_reference / n_reference
    planned = min(max(k_reference / n_reference, 0.0) + detect, 1.0)
    return Effect(
        statistic="share_difference",
        estimate=abs(signed),
        signed=signed,
        low=low,
        high=high,
        p=p,
        n_needed=rows_needed(
            max(planned * (1 - planned), detect * (1 - min(detect, 1.0))),
            k_reference / n_reference * (1 - k_reference / n_reference),
            n,
            confidence=confidence,
            floor=floor,
            detect=detect,
            alpha=alpha,
            deff_current=deff_current,
        ),
    )

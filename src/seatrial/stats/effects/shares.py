"""Differences of shares of rows: nulls, flags, one category against the rest.

Bounds are Miettinen and Nurminen's, p is that of Fisher's exact test with the mid-p correction. Both hold for rare
events and for sides of very unequal size.
"""

from __future__ import annotations

import math
from functools import lru_cache

from seatrial.stats import normal
from seatrial.stats.effects.record import POWER, Effect, fewest_rows, folded_interval
from seatrial.stats.hypergeometric import two_sided_mid_p
from seatrial.stats.two_shares import difference_interval, difference_score


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
    p = share_p(k_reference, n_reference, k_current, n_current, deff_reference, deff_current)
    bounds = difference_interval(after, m, before, n, alpha=1 - confidence)
    low, high = folded_interval(bounds.lower, bounds.upper, p, confidence=confidence)
    signed = k_current / n_current - k_reference / n_reference
    return Effect(
        statistic="share_difference",
        estimate=abs(signed),
        signed=signed,
        low=low,
        high=high,
        p=p,
        n_needed=_needed(before / n, n, confidence, floor, detect, alpha, deff_current),
    )


@lru_cache(maxsize=256)  # of the value that is chosen by it, it is asked for again
def share_p(
    k_reference: float,
    n_reference: float,
    k_current: float,
    n_current: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> float:
    """The p of `share` alone, which tells the likeliest of many differences for a third of the work."""
    n, m = n_reference / deff_reference, n_current / deff_current
    before, after = k_reference / deff_reference, k_current / deff_current
    return two_sided_mid_p(after, m, before + after, n + m)


@lru_cache(maxsize=256)  # columns of one table mostly have the same rows
def _needed(
    before: float, n: float, confidence: float, floor: float, detect: float, alpha: float, deff: float
) -> int | None:
    """Rows at which the score tests of no difference and of `floor` both reject a share that moved by `detect`."""
    if before + detect > 1:
        before = 1 - before  # there is only room for the other direction, which is the same seen from the other side
    truth = before + detect
    if truth > 1:
        return None
    power, z, bar = (normal.upper_quantile(tail) for tail in (1 - POWER, 1 - confidence, alpha / 2))

    def enough(m: float) -> bool:
        error = math.sqrt(truth * (1 - truth) / m + before * (1 - before) / n)
        seen = m * (truth - power * error) - 0.5  # counts are coarse
        if seen < 1 or seen / m - before <= floor:
            return False
        return (
            difference_score(seen, m, before * n, n, floor) >= z
            and difference_score(seen, m, before * n, n, 0.0) >= bar
        )

    return fewest_rows(enough, deff=deff)

"""How many requests would decide where these could not: every `n_needed` of the latency gate.

Widths shrink with the root of the number of requests, as long as the requests stay as dependent as they were. No
plan falls below the number at which a bound exists at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seatrial.gates.latency.series import Figures
from seatrial.stats.normal import upper_quantile
from seatrial.stats.rows import MOST, Assuming, Rows, share_rows_needed


def for_quantile(
    figures: Figures, waits: Sequence[float], *, share: float, limit: float, alpha: float, power: float
) -> Rows:
    """Requests that would tell a quantile from its limit: that a share of the waits is within it is the same claim."""
    n = figures.n
    within = sum(wait <= limit for wait in waits)
    plan = share_rows_needed(within, n, limit=share, alpha=alpha, power=power)
    needed = None if plan.needed is None else math.ceil(max(plan.needed, n) * figures.inflation)
    if needed is None and figures.fewest > n:
        needed = figures.fewest
    if needed is None or needed > MOST:
        return Rows(needed=None, assuming=Assuming.AS_SEEN)
    return Rows(needed=max(needed, figures.fewest, n + 1), assuming=Assuming.AS_SEEN)


def for_mean(figures: Figures, *, limit: float, alpha: float, power: float) -> Rows:
    """Requests that would tell a mean from its limit, if both stay as seen."""
    bounds = figures.bounds
    end = bounds.upper if bounds.estimate <= limit else bounds.lower
    if end is None:
        return Rows(needed=figures.fewest, assuming=Assuming.AS_SEEN)
    half = abs(end - bounds.estimate)
    return as_seen(figures.n, half=half, distance=abs(limit - bounds.estimate), alpha=alpha, power=power)


def for_comparison(
    n: int, *, seen: float, half: float | None, margin: float, fewest: int, alpha: float, power: float
) -> Rows:
    """Requests to each model that would decide, all on the scale of the interval (logarithms for a share).

    `half` is its half width on the upper side, or the best guess at it where that side has no end. Planned for equally
    fast models; where that many are there already, for the difference that was seen.
    """
    if half is None:
        return Rows(needed=max(fewest, n + 1), assuming=Assuming.EQUAL)
    needed = _needed(n, half, margin, alpha, power)
    if needed is not None and max(needed, fewest) > n:
        return Rows(needed=max(needed, fewest), assuming=Assuming.EQUAL)
    return as_seen(n, half=half, distance=abs(margin - seen), alpha=alpha, power=power)


def as_seen(n: int, *, half: float, distance: float, alpha: float, power: float) -> Rows:
    """Requests at which an interval with this half width would clear a limit this far away."""
    needed = _needed(n, half, distance, alpha, power)
    return Rows(needed=None if needed is None else max(needed, n + 1), assuming=Assuming.AS_SEEN)


def _needed(n: int, half: float, distance: float, alpha: float, power: float) -> int | None:
    factor = half * (1.0 + upper_quantile(1.0 - power) / upper_quantile(alpha))
    if not math.isfinite(factor) or factor * math.sqrt(n) >= distance * math.sqrt(MOST):
        return None
    return math.ceil(n * (factor / distance) ** 2)

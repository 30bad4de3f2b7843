"""What every measure of a difference returns, and the arithmetic they share: folding a sign away, planning rows.

Called by the files beside it; their callers see `Effect`. The subtle part is the lower bound of a size: |x| has no
sign, so that two one-sided bounds of x would each have their chance to err, and twice the promise would be broken
where there is no difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from msgspec import Struct

from seatrial.stats import normal

POWER = 0.9
"""The chance with which `n_needed` rows show an effect of `detect`."""

USUAL_LEVEL = 0.05
USUAL_POWER = 0.8
"""Of the usual test (Cohen 1988, Statistical Power Analysis): what it cannot show, an estimate says little about."""

MOST_ROWS = 10**12
"""A plan beyond this many rows is no plan."""


class Effect(Struct, frozen=True, kw_only=True):
    """How far apart two things are.

    `estimate` is the size, never negative, `signed` the same with its direction (current minus reference).
    `low` and `high` bound the size; each is wrong with probability 1 - confidence at most. `p` is two-sided, of no
    difference at all. `n_needed` are the current rows that show an effect of `detect` to be above `floor`, at the
    level planned for, with probability 0.9; None where no number would. `parts` is what the statistic was counted in
    (bins after pooling, degrees of freedom), for whoever explains it.
    """

    statistic: str
    estimate: float
    low: float
    high: float
    p: float
    n_needed: int | None
    signed: float
    parts: int | None = None


def folded(estimate: float, error: float, *, confidence: float) -> tuple[float, float]:
    """Bounds of |x| where `estimate` of x is normal with standard error `error`.

    Low inverts the law of |estimate|; high is the larger end of the two-sided interval, which never errs more than
    it may and does not collapse where the estimate happens to be near 0.
    """
    size = abs(estimate)
    if error <= 0.0:
        return size, size
    z = normal.upper_quantile(1 - confidence)
    high = size + z * error
    seen = size / error
    if normal.two_sided(seen) >= 1 - confidence:
        return 0.0, high
    low, top = 0.0, seen
    for _ in range(50):
        middle = (low + top) / 2
        if normal.sf(seen - middle) + normal.sf(seen + middle) <= 1 - confidence:
            low = middle
        else:
            top = middle
    return low * error, high


def folded_interval(lower: float, upper: float, p: float, *, confidence: float) -> tuple[float, float]:
    """Bounds of |x| out of one-sided bounds of x; low only where no difference is implausible at 1 - confidence."""
    high = max(abs(lower), abs(upper))
    if p > 1 - confidence:
        return 0.0, high
    return max(0.0, lower, -upper), high


def smallest_shown(error: float) -> float:
    """The smallest effect that the usual test shows where its estimate has the standard error `error`."""
    return (normal.upper_quantile(USUAL_LEVEL / 2) + normal.upper_quantile(1 - USUAL_POWER)) * error


def rows_needed(
    current: float,
    reference: float,
    n_reference: float,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_current: float = 1.0,
    fewest: int = 2,
) -> int | None:
    """Current rows at which an effect of `detect` is significant at `alpha` and its lower bound exceeds `floor`.

    `current` and `reference` are the variances of the effect's estimate times the rows of each side, so that its
    variance is current / n + reference / n_reference.
    """
    if not detect > max(floor, 0.0):
        return None
    power = normal.upper_quantile(1 - POWER)
    error = min(
        detect / (normal.upper_quantile(alpha / 2) + power),
        (detect - floor) / (normal.upper_quantile(1 - confidence) + power),
    )
    left = error * error - (reference / n_reference if n_reference > 0 else math.inf)
    if not left > 0.0:
        return None
    rows = max(math.ceil(current / left * deff_current), fewest)
    return rows if rows <= MOST_ROWS else None


def fewest_rows(enough: Callable[[float], bool], *, deff: float) -> int | None:
    """The least number of rows, within a thousandth, from which on there are enough; None beyond MOST_ROWS."""
    if not enough(float(MOST_ROWS)):
        return None
    low, high = 1.0, float(MOST_ROWS)
    while high > low * 1.001 and high - low > 0.5:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if enough(middle) else (middle, high)
    return math.ceil(high * deff)

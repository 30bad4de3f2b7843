"""A share of rows beyond what is to be expected, where what was seen comes in few events.

Shared by the checks for repeated rows. Two questions are asked of the same counts, and the less certain answer is
taken: a normal approximation over distinct rows, right where many rows coincide by chance, and an exact one for few
events (given how many there were on both sides, the current ones are binomial: Przyborowski and Wilenski 1940,
Biometrika 31:313), right where nearly none do.
"""

from __future__ import annotations

import math

from msgspec import Struct

from seatrial.stats import normal
from seatrial.stats.proportion import clopper_pearson


class Excess(Struct, frozen=True, kw_only=True):
    """How much larger a share is than expected, its bounds, and p of none at all."""

    value: float
    low: float
    high: float
    p: float


def excess(
    events: float, rows: int, expected: float, expected_rows: int, *, variance: float, times: float, confidence: float
) -> Excess:
    """The share events / rows less `times` the share expected / expected_rows.

    `variance` is that of this difference, over distinct rows.
    """
    share, usual = events / rows, times * expected / expected_rows
    value = share - usual
    error = math.sqrt(max(variance, 1.0 / rows**2))
    z = normal.upper_quantile(1.0 - confidence)
    few = clopper_pearson(min(round(events), rows), rows, alpha=1.0 - confidence)
    return Excess(
        value=value,
        low=min(value - z * error, few.lower - usual),
        high=max(value + z * error, few.upper - usual),
        p=max(normal.sf(value / error), _few_events(events, rows, expected, expected_rows / times)),
    )


def _few_events(events: float, rows: int, expected: float, expected_rows: float) -> float:
    """P(as many or more of all events in `rows`), were both sides alike."""
    total = round(events) + round(expected)
    if total == 0:
        return 1.0
    share = rows / (rows + expected_rows)
    if total > 5000:  # the normal approximation is exact enough, and summing is not free
        return normal.sf((events - total * share) / math.sqrt(total * share * (1 - share)))
    return _binomial_tail(round(events), total, share)


def _binomial_tail(k: int, n: int, share: float) -> float:
    if k <= 0:
        return 1.0
    log_odds = math.log(share) - math.log1p(-share)
    term = (
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(share) + (n - k) * math.log1p(-share)
    )
    logs = [term]
    for x in range(k, n):
        term += math.log(n - x) - math.log(x + 1) + log_odds
        logs.append(term)
    most = max(logs)
    return min(1.0, math.exp(most) * math.fsum(math.exp(log - most) for log in logs))

"""Tails of the hypergeometric distribution: the exact law of a share in one sample, given both samples together.

Terms are summed outwards from the first until they vanish; where the distribution is wider than 300 the sum is an
integral, to a relative error of 1e-7 (Euler and Maclaurin's formula). Both keep their relative accuracy down to 1e-300.
"""

from __future__ import annotations

import math

from seatrial.stats.binomial_terms import log_hypergeometric
from seatrial.stats.quadrature import tail_area

_WIDE = 300.0


def hypergeometric_tail(k: float, drawn: float, good: float, total: float, *, mid: bool = False) -> float:
    """P(X >= k) of the `good` ones among `drawn` of `total`; with `mid`, P(X > k) + P(X = k) / 2."""
    lowest, highest = max(0.0, drawn + good - total), min(drawn, good)
    if k > highest:
        return 0.0
    if k < lowest or (k == lowest and not mid):
        return 1.0
    mean = drawn * good / total
    if k <= mean:
        return 1.0 - _above(drawn - k, drawn, total - good, total, mid=mid, inclusive=False)
    return _above(k, drawn, good, total, mid=mid, inclusive=True)


def two_sided_mid_p(k: float, drawn: float, good: float, total: float) -> float:
    """Twice the smaller mid-p tail, at most 1: Lancaster (1961), J. Am. Stat. Assoc. 56:223."""
    if min(drawn, good, total - drawn, total - good) <= 0:
        return 1.0
    if k > drawn * good / total:
        return min(1.0, 2 * _above(k, drawn, good, total, mid=True, inclusive=True))
    return min(1.0, 2 * _above(drawn - k, drawn, total - good, total, mid=True, inclusive=True))


def _above(k: float, drawn: float, good: float, total: float, *, mid: bool, inclusive: bool) -> float:
    """P(X > k), with P(X = k) or half of it added as asked, for k at or above the mean."""
    log_first = log_hypergeometric(k, drawn, good, total)
    if log_first == -math.inf:
        return 0.0
    own = 0.5 if mid else (1.0 if inclusive else 0.0)
    share = good / total
    spread = math.sqrt(drawn * share * (1 - share) * (total - drawn) / max(total - 1, 1))
    relative = _wide(k, drawn, good, total, log_first) if spread > _WIDE else _sum(k, drawn, good, total)
    return min(1.0, math.exp(log_first) * (own + relative))


def _sum(k: float, drawn: float, good: float, total: float) -> float:
    """Sum over x > k of P(X = x) / P(X = k)."""
    term, result, x = 1.0, 0.0, k
    bad = total - good - drawn
    while True:
        term *= (drawn - x) * (good - x) / ((x + 1) * (bad + x + 1))
        if not term > result * 1e-17:
            return result
        result += term
        x += 1


def _wide(k: float, drawn: float, good: float, total: float, log_first: float) -> float:
    bad = total - good - drawn

    def log_ratio(s: float) -> float:
        return log_hypergeometric(k + s, drawn, good, total) - log_first

    slope = math.log((k + 0.5) * (bad + k + 0.5) / ((drawn - k + 0.5) * (good - k + 0.5)))
    curvature = 1 / (k + 1) + 1 / (bad + k + 1) + 1 / (drawn - k + 1) + 1 / (good - k + 1)
    most = min(drawn, good) - k
    area = tail_area(log_ratio, slope=max(slope, 0.0), curvature=curvature, most=most)
    return area - 0.5 + slope / 12

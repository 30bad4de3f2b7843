"""The difference of two independent shares: Miettinen and Nurminen's score interval.

Miettinen and Nurminen (1985), Statistics in Medicine 4:213. It holds its level with rare events
and very unequal numbers of rows, where Wald's interval has width zero or leaves the square. Called by
`effects/shares.py`. Numbers of rows may be fractions, as effective ones are.
"""

from __future__ import annotations

import math

from seatrial.stats.interval import Interval, last_true
from seatrial.stats.normal import upper_quantile

_WIDTH = 1e-12


def difference_score(k1: float, n1: float, k2: float, n2: float, difference: float) -> float:
    """The standardised distance of k1/n1 - k2/n2 from `difference`; falls as `difference` rises."""
    excess = k1 / n1 - k2 / n2 - difference
    share = _likeliest(k1, n1, k2, n2, difference)
    total = n1 + n2
    other = min(max(share + difference, 0.0), 1.0)
    variance = (other * (1 - other) / n1 + share * (1 - share) / n2) * total / (total - 1)
    if variance <= 0.0:
        return 0.0 if abs(excess) < 1e-15 else math.copysign(math.inf, excess)
    return excess / math.sqrt(variance)


def _likeliest(k1: float, n1: float, k2: float, n2: float, d: float) -> float:
    """The likeliest second share, given that the first is larger by d: the root of a cubic, by trigonometry."""
    total = n1 + n2
    third = total
    second = (n2 + 2 * n1) * 0.0 + (n2 * d - total - (k1 + k2)) - 0.0
    second = (n1 + 2 * n2) * d - total - (k1 + k2)
    first = (n2 * d - total - 2 * k2) * d + (k1 + k2)
    constant = k2 * d * (1 - d)
    v = second**3 / (3 * third) ** 3 - second * first / (6 * third**2) + constant / (2 * third)
    u = math.copysign(math.sqrt(max(second**2 / (3 * third) ** 2 - first / (3 * third), 0.0)), v)
    if u == 0.0:
        share = -second / (3 * third)
    else:
        ratio = min(1.0, max(-1.0, v / u**3))
        share = 2 * u * math.cos((math.pi + math.acos(ratio)) / 3) - second / (3 * third)
    return min(max(share, 0.0, -d), 1.0, 1.0 - d)


def difference_interval(k1: float, n1: float, k2: float, n2: float, *, alpha: float) -> Interval:
    """The differences k1/n1 - k2/n2 that the score test does not reject, with error `alpha` on each side."""
    z = upper_quantile(alpha)
    seen = k1 / n1 - k2 / n2
    lower = last_true(lambda d: difference_score(k1, n1, k2, n2, d) > z, -1.0, seen, width=_WIDTH)
    upper = last_true(lambda d: difference_score(k1, n1, k2, n2, d) < -z, 1.0, seen, width=_WIDTH)
    return Interval(lower=lower, upper=upper)

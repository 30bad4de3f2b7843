"""The difference of two independent shares: Miettinen and Nurminen's score interval.

Miettinen and Nurminen (1985), Statistics in Medicine 4:213. It holds its level with rare events
and very unequal numbers of rows, where Wald's interval has width zero or leaves the square. Called by
`effects/shares.py`. Numbers of rows may be fractions, as effective ones are.
"""

from __future__ import annotations

import math
from functools import cache

from seatrial.stats.interval import Interval, crossing
from seatrial.stats.normal import upper_quantile

_PRECISION = 1e-12
_FAR = 40.0


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
    """The likeliest second share, given that the first is larger by d: the root of a cubic, by trigonometry.

    Farrington and Manning (1990), Statistics in Medicine 9:1447. The arc cosine gives half the digits where a share
    is tiny; Newton's steps on the cubic give the others back.
    """
    total = n1 + n2
    c3, c2 = total, (n1 + 2 * n2) * d - total - (k1 + k2)
    c1, c0 = (n2 * d - total - 2 * k2) * d + (k1 + k2), k2 * d * (1 - d)
    third = c2 / (3 * c3)
    v = third**3 - c2 * c1 / (6 * c3 * c3) + c0 / (2 * c3)
    u = math.copysign(math.sqrt(max(third * third - c1 / (3 * c3), 0.0)), v)
    ratio = v / u**3 if u != 0.0 else 1.0
    share = 2 * u * math.cos((math.pi + math.acos(min(1.0, max(-1.0, ratio)))) / 3) - third
    for _ in range(30):
        slope = (3 * c3 * share + 2 * c2) * share + c1
        step = (((c3 * share + c2) * share + c1) * share + c0) / slope if slope != 0.0 else 0.0
        if not 1e-14 * abs(share) < abs(step) < 1e-4:
            break
        share -= step
    return min(max(share, 0.0, -d), 1.0, 1.0 - d)


def difference_interval(k1: float, n1: float, k2: float, n2: float, *, alpha: float) -> Interval:
    """The differences k1/n1 - k2/n2 that the score test does not reject, with error `alpha` on each side."""
    z, seen = upper_quantile(alpha), k1 / n1 - k2 / n2

    @cache  # the ends of a search are asked for twice
    def score(d: float) -> float:
        return difference_score(k1, n1, k2, n2, d)

    def above(d: float) -> float:
        return _tamed(score(d) - z)

    def below(d: float) -> float:
        return _tamed(score(d) + z)

    reach = 3 * z * (math.hypot(0.5 / math.sqrt(n1), 0.5 / math.sqrt(n2)) + z / n1 + z / n2)
    near, far = max(-1.0, seen - reach), min(1.0, seen + reach)
    lower = crossing(above, near if above(near) > 0 else -1.0, seen, precision=_PRECISION)
    upper = crossing(below, seen, far if below(far) < 0 else 1.0, precision=_PRECISION)
    return Interval(lower=max(lower, -1.0), upper=min(upper, 1.0))


def _tamed(score: float) -> float:
    """Infinite at the ends of the range, where false position could not use it."""
    return min(max(score, -_FAR), _FAR)

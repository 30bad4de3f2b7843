"""The ratio of two independent shares, by the normal law of its logarithm.

Katz, Baptista, Azen and Pike (1978), Biometrics 34:469. Called where a ratio of two rates is shown or limited, such as
a selection rate against another ("four fifths").

What is subtle: the variance of a logarithm, 1/x - 1/n, knows nothing of a share of 0 and pretends to know everything
about a share of 1. A count of 0 leaves the side that it concerns without a bound; a full count enters the variance as
half a row less than full, so that two flawless groups are not said to be exactly equal.
"""

from __future__ import annotations

import math

from seatrial.stats.interval import Interval
from seatrial.stats.normal import upper_quantile


def ratio_interval(right1: int, n1: int, right2: int, n2: int, *, alpha: float) -> Interval:
    """First over second share, with error `alpha` on each side.

    (0, inf) where the first count is 0 or the second is 0: nothing is known then, by this method, but that ratios are
    not negative.
    """
    for right, n in ((right1, n1), (right2, n2)):
        if n < 1 or not 0 <= right <= n:
            raise ValueError(f"{right} of {n} is not a share of rows")
    if right1 == 0 or right2 == 0:
        return Interval(lower=0.0, upper=math.inf)
    middle = math.log(right1 / n1) - math.log(right2 / n2)
    half = upper_quantile(alpha) * math.sqrt(_variance(right1, n1) + _variance(right2, n2))
    return Interval(lower=math.exp(middle - half), upper=math.exp(middle + half))


def _variance(right: int, n: int) -> float:
    held = min(right, n - 0.5)
    return 1 / held - 1 / n

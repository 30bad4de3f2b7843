"""Intervals for one proportion, such as an accuracy: `right` rows out of `n`.

Called by the performance gate and by the planning of rows. Wilson's interval is the one to
show: its average coverage is close to its name. Its one-sided error is not: at 20 rows it
reaches 7.8 % where 5 % is promised (docs/decisions/0003). So a gate that promises a confidence
uses Clopper and Pearson's interval, whose error never exceeds the promise.

All levels here are one-sided: `alpha` is the error on each side, and the two-sided level of the
interval is 1 - 2 alpha.
"""

from __future__ import annotations

import math

from seatrial.stats.beta import beta_quantile
from seatrial.stats.interval import Interval
from seatrial.stats.normal import upper_quantile


def wilson(right: int, n: int, *, alpha: float) -> Interval:
    """The score interval for `right` of `n`, with error `alpha` on each side.

    Wilson (1927), J. Am. Stat. Assoc. 22:209. Raises ValueError for impossible counts.
    """
    _check(right, n)
    z2 = upper_quantile(alpha) ** 2
    share = right / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Interval(
        lower=0.0 if right == 0 else max(0.0, centre - half),
        upper=1.0 if right == n else min(1.0, centre + half),
    )


def clopper_pearson(right: int, n: int, *, alpha: float) -> Interval:
    """The exact interval for `right` of `n`: each side errs with probability at most `alpha`.

    Clopper and Pearson (1934), Biometrika 26:404. Raises ValueError for impossible counts.
    """
    _check(right, n)
    return Interval(lower=_exact_lower(right, n, alpha), upper=1.0 - _exact_lower(n - right, n, alpha))


def _exact_lower(right: int, n: int, alpha: float) -> float:
    """The largest share at which seeing `right` or more of `n` has a probability of at most `alpha`."""
    if right == 0:
        return 0.0
    return min(beta_quantile(right, n - right + 1, alpha), right / n)


def _check(right: int, n: int) -> None:
    if n < 1 or not 0 <= right <= n:
        raise ValueError(f"{right} of {n} is not a share of rows")

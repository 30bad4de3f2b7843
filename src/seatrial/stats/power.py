"""What a gate can decide before anything is trained: rows for a power, power of some rows, margins rows can enforce.

Called by `gate --power` and, through `rows.py`, by every "needed" of an INCONCLUSIVE. A gate that can never pass with
the rows at hand is a fault of the configuration, and is found here instead of after a day of training.

`alpha` is one-sided throughout, `power` the probability of PASS under what is planned: by default that both models are
equally good. Formulas for means are those of large samples; for one share, and for cases that all have to pass, they
are exact, but for `share_rows`, whose formula is the usual approximation. Ranges of groups are planned in `alike.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from seatrial.stats import normal
from seatrial.stats.beta import binomial_tail
from seatrial.stats.normal import upper_quantile

_MOST_ROWS = 10**12
_HALVINGS = 40  # of a range of limits: to the twelfth digit


def mean_rows(variance: float, *, margin: float, alpha: float, power: float, difference: float = 0.0) -> int:
    """Rows at which a lower bound of a mean difference clears -margin with probability `power`.

    (z_{1-alpha} + z_power)^2 variance / (margin + difference)^2, the usual normal-theory formula (Julious 2004,
    Statistics in Medicine 23:1921). `variance` is that of one row's (or cluster's) difference, `difference`
    the true one that is planned for. Raises ValueError where no number of rows would do.
    """
    gap = margin + difference
    if not gap > 0.0:
        raise ValueError(f"no number of rows shows a difference of {difference} to be above {-margin}")
    factor = upper_quantile(alpha) + upper_quantile(1 - power)
    return math.ceil(factor * factor * variance / (gap * gap))


def mean_power(n: int, variance: float, *, margin: float, alpha: float, difference: float = 0.0) -> float:
    """The probability that n rows clear -margin: the normal law of the studentised mean."""
    gap = margin + difference
    if variance <= 0.0:
        return 1.0 if gap > 0.0 else 0.0
    return normal.cdf(gap * math.sqrt(n / variance) - upper_quantile(alpha))


def smallest_margin(n: int, variance: float, *, alpha: float, power: float, difference: float = 0.0) -> float:
    """The smallest margin that n rows clear with probability `power`; a mean's inverse of `mean_rows`."""
    factor = upper_quantile(alpha) + upper_quantile(1 - power)
    return factor * math.sqrt(variance / n) - difference


def smallest_paired_margin(n: int, disagreement: float, *, alpha: float, power: float) -> float:
    """The same for shares on the same rows, where also two models that never disagree need rows: z^2 / (n + z^2)."""
    square = upper_quantile(alpha) ** 2
    return max(smallest_margin(n, disagreement, alpha=alpha, power=power), square / (n + square))


def all_pass_rows(rate: float, *, alpha: float) -> int:
    """Cases that all have to pass to show a pass rate above `rate`: log alpha / log rate, 0 < rate < 1.

    What Clopper and Pearson's bound asks of a flawless sample: 59, 299 and 2,995 for 95, 99 and 99.9 % at alpha 0.05.
    """
    return math.ceil(math.log(alpha) / math.log(rate))


def all_pass_rate(n: int, *, alpha: float) -> float:
    """The pass rate that n cases without a failure show: the inverse of `all_pass_rows`."""
    return math.exp(math.log(alpha) / n)


def share_rows(share: float, *, limit: float, alpha: float, power: float) -> int:
    """Rows at which a share is shown to lie on its side of `limit` with probability `power`.

    (z_{1-alpha} sqrt(p0 q0) + z_power sqrt(p1 q1))^2 / (p1 - p0)^2 with p0 the limit and p1 the share (Fleiss, Levin
    and Paik 2003, section 2.3); never fewer than a flawless, or an all wrong, sample needs.
    """
    if share == limit:
        raise ValueError(f"no number of rows tells a share of {share} from a limit of {limit}")
    deviation = upper_quantile(alpha) * math.sqrt(limit * (1 - limit))
    deviation += upper_quantile(1 - power) * math.sqrt(share * (1 - share))
    chance = limit if share > limit else 1 - limit  # of one more row on the extreme side, at the limit
    fewest = all_pass_rows(chance, alpha=alpha) if 0 < chance < 1 else 0
    return max(math.ceil((deviation / (share - limit)) ** 2), fewest)


def share_power(n: int, share: float, *, limit: float, alpha: float) -> float:
    """The probability that Clopper and Pearson's bound puts `share` on its side of `limit`: exact, by counting.

    The bound lies above the limit from the first count whose tail at the limit is below alpha.
    """
    if share < limit:
        return share_power(n, 1 - share, limit=1 - limit, alpha=alpha)
    low, high = 0, n + 1  # the first such count lies in here; n + 1 where there is none
    while low < high:
        middle = (low + high) // 2
        if binomial_tail(middle, n, limit) < alpha:
            high = middle
        else:
            low = middle + 1
    return binomial_tail(low, n, share)


def fewest(chance: Callable[[float], float], n: int, *, power: float) -> int | None:
    """The fewest rows at which `chance`, which grows with them, is `power`; None where 10^12 are not enough. The search
    starts at `n`."""
    low, high = 0, max(n, 2)
    while chance(high) < power:
        low, high = high, 2 * high
        if high > _MOST_ROWS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= power else (middle, high)
    return high


def tightest(chance: Callable[[float], float], widest: float, *, power: float) -> float | None:
    """The least limit, up to `widest`, at which `chance`, which grows with it, is `power`; None where none is."""
    low, high = 0.0, widest
    if chance(high) < power:
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(middle) >= power else (middle, high)
    return high

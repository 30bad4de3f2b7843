"""Intervals for a quantile from order statistics: exact for independent values, whatever their distribution.

How many of `n` values lie above the p-quantile is a binomial count, so the k-th largest value is an upper bound of
the quantile with a probability that depends on n, p and k alone, not on the shape (Conover 1999, Practical
Nonparametric Statistics, section 3.2; David and Nagaraja 2003, Order Statistics, section 7.1). Ties and jumps of the
distribution make the interval more careful, never less.

Dependent values: the count then varies as that of `n / inflation` independent ones (see `dependence`), and the same
binomial is taken at that size, between whole numbers by the incomplete beta function. This is Heidelberger and
Lewis's idea (1984, Operations Research 32:185) with the exact law in place of the normal one.

What is subtle: a bound may not exist. With fewer than 299 values nothing bounds the 99th percentile from above at
95 %, because even the largest of them is below it too often; then the end is None, never a guess. Pure Python:
configuration asks how many values are the fewest, and no start-up may pay for numpy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seatrial.stats.beta import beta_sides
from seatrial.stats.square_and_add import Bounds


def quantile_bounds(ordered: Sequence[float], share: float, *, alpha: float, inflation: float = 1.0) -> Bounds:
    """The `share`-quantile of ascending values and its bounds, each erring with probability `alpha` at most.

    Raises ValueError for no values, or a share, level or inflation that is none.
    """
    n = len(ordered)
    below = tail_rank(n, share, alpha=alpha, inflation=inflation)
    above = tail_rank(n, 1.0 - share, alpha=alpha, inflation=inflation)
    return Bounds(
        estimate=sample_quantile(ordered, share),
        lower=ordered[below - 1] if below else None,
        upper=ordered[n - above] if above else None,
    )


def sample_quantile(ordered: Sequence[float], share: float) -> float:
    """The value at the rank `share` of ascending values, on a line between neighbours (Hyndman and Fan's type 7)."""
    at = share * (len(ordered) - 1)
    rank = math.floor(at)
    low, high = ordered[rank], ordered[min(rank + 1, len(ordered) - 1)]
    return low if low == high or at == rank else low + (at - rank) * (high - low)


def tail_rank(n: int, share: float, *, alpha: float, inflation: float = 1.0) -> int:
    """The largest k for which the k-th value from the end of a tail bounds the tail's edge; 0 where there is none.

    The tail holds `share` of the distribution; fewer than k of `n` values fall into it with a probability of at most
    `alpha`.
    """
    _check(n, share, alpha, inflation)
    low, high = 0, n + 1  # none is needed to hold at 0; never holds at n + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _fewer(middle, n, share, inflation) <= alpha:
            low = middle
        else:
            high = middle
    return low


def fewest_for_bound(share: float, *, alpha: float, inflation: float = 1.0) -> int:
    """How many values give the `share`-quantile a bound on both sides: 299 for 0.99 at 0.05, 5 for the median."""
    _check(1, share, alpha, inflation)
    return math.ceil(inflation * math.log(alpha) / math.log(max(share, 1.0 - share)))


def _fewer(k: int, n: int, share: float, inflation: float) -> float:
    """P(fewer than k of n values fall into a tail that holds `share`)."""
    size, most = n / inflation, (k - 1) / inflation
    return beta_sides(size - most, most + 1.0, 1.0 - share)[0]


def _check(n: int, share: float, alpha: float, inflation: float) -> None:
    if n < 1 or not (0.0 < share < 1.0 and 0.0 < alpha < 1.0 and inflation >= 1.0):
        raise ValueError(f"{n} values have no bounds of a {share}-quantile at {alpha}, inflation {inflation}")

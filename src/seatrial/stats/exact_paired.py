"""An exact test for the difference of two paired proportions, for when there is little to go by.

Tango's statistic is only asymptotically normal; with a handful of disagreements its error rate
can leave its promise. Here every table that could have been seen is counted instead. Tables are
ordered by Tango's score, and the p-value is the largest probability, over all true shares of
disagreement, of a table at least as extreme as the one seen: Hsueh, Liu and Chen (2001),
Biometrics 57:478, who also show that the worst true difference is the margin itself.

The share of disagreement is searched only within an exact confidence set, whose error is added
to the p-value: Berger and Boos (1994), J. Am. Stat. Assoc. 89:1012. That keeps the test exact,
makes it more powerful, and spares most tables.

What is subtle: within the tables of one number of disagreements the score rises with the number
won by the candidate, so "at least as extreme" is a threshold per number of disagreements. The
tests check that on every table up to 40 rows. Made for n < 500 (`noninferiority.py`); the cost
grows with the square of the disagreements that are plausible.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seatrial.stats.interval import Interval, last_true
from seatrial.stats.proportion import clopper_pearson
from seatrial.stats.tango import PairedCounts, score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BETA = 0.001
"""The error of the confidence set for the share of disagreement, part of the p-value."""

_LEFT_OUT = 1e-12  # the probability of tables with too many disagreements to count; added to the p-value
_TIE = 1e-9  # scores this close are the same score
_GRID = 65
_WIDTH = 1e-9  # of the bracket around an interval's limit


def beta_for(alpha: float) -> float:
    """The error of the confidence set for a test at level `alpha`: BETA, or less where alpha is small."""
    return min(BETA, alpha / 10)


def p_above(counts: PairedCounts, difference: float, *, beta: float = BETA) -> float:
    """The exact p-value against "the true difference is at most `difference`".

    Small values say that the candidate is better than that. `beta` 0 searches all shares of
    disagreement. -1 < difference < 1.
    """
    shares = clopper_pearson(counts.disagreements, counts.n, alpha=beta / 2) if beta else Interval(lower=0.0, upper=1.0)
    lowest = max(shares.lower, -difference)  # fewer disagreements than |difference| cannot make up the difference
    if lowest > shares.upper:
        return beta
    most = _plausible_disagreements(counts.n, shares.upper)
    won, lost = _at_least_as_extreme(counts, difference, most)
    probability = _largest(counts.n, won, lost, difference, lowest, shares.upper)
    return min(1.0, probability + beta + _LEFT_OUT)


def p_below(counts: PairedCounts, difference: float, *, beta: float = BETA) -> float:
    """The exact p-value against "the true difference is at least `difference`"."""
    return p_above(counts.swapped(), -difference, beta=beta)


def interval(counts: PairedCounts, *, alpha: float, through: float, beta: float = BETA) -> Interval:
    """The differences that neither exact one-sided test at level `alpha` rejects.

    `through` is the difference that a verdict is about. The limits are sought on the side of it
    where the tests put them, so that interval and verdict cannot contradict each other. They are
    accurate to 1e-9 and rounded outwards.
    """
    lower = _lower(counts, alpha, through, beta)
    upper = -_lower(counts.swapped(), alpha, -through, beta)
    return Interval(lower=lower, upper=upper)


def _lower(counts: PairedCounts, alpha: float, through: float, beta: float) -> float:
    def rejected(difference: float) -> bool:
        return p_above(counts, difference, beta=beta) <= alpha

    if rejected(through):
        return last_true(rejected, through, max(through, counts.difference), width=_WIDTH)
    return last_true(rejected, -1.0, min(through, counts.difference), width=_WIDTH)


def _plausible_disagreements(n: int, share: float) -> int:
    """A number of disagreements out of n that is exceeded with a probability below `_LEFT_OUT`."""
    if share >= 1.0:
        return n
    log_share, log_rest = math.log(share), math.log1p(-share)
    beyond, most = 0.0, n
    while most > n * share:
        log_choices = math.lgamma(n + 1) - math.lgamma(most + 1) - math.lgamma(n - most + 1)
        beyond += math.exp(log_choices + most * log_share + (n - most) * log_rest)
        if beyond >= _LEFT_OUT:
            return most
        most -= 1
    return most


def _at_least_as_extreme(counts: PairedCounts, difference: float, most: int) -> tuple[list[int], list[int]]:
    """All tables with at most `most` disagreements whose score is at least the one seen, as (won, lost)."""
    seen = score(counts, difference) - _TIE
    won: list[int] = []
    lost: list[int] = []
    for disagreements in range(most + 1):
        low, high = 0, disagreements + 1  # the threshold is in [low, high]; high means none
        while low < high:
            middle = (low + high) // 2
            table = PairedCounts(n=counts.n, candidate_only=middle, baseline_only=disagreements - middle)
            if score(table, difference) >= seen:
                high = middle
            else:
                low = middle + 1
        won.extend(range(low, disagreements + 1))
        lost.extend(disagreements - candidate for candidate in range(low, disagreements + 1))
    return won, lost


def _largest(n: int, won: list[int], lost: list[int], difference: float, lowest: float, highest: float) -> float:
    """The largest probability of the given tables over shares of disagreement in [lowest, highest].

    A grid, refined three times around its best point; the set is narrow against the scale on
    which the probability changes.
    """
    import numpy as np  # heavy, and only a small sample comes here

    b = np.asarray(won, dtype=np.float64)
    c = np.asarray(lost, dtype=np.float64)
    constants = np.asarray(
        [
            math.lgamma(n + 1) - math.lgamma(w + 1) - math.lgamma(x + 1) - math.lgamma(n - w - x + 1)
            for w, x in zip(won, lost, strict=True)
        ]
    )

    def probability(shares: NDArray[np.float64]) -> NDArray[np.float64]:
        true = np.minimum(difference, shares)  # the worst difference that the share allows
        logs = constants + _times_log(b, (shares + true) / 2) + _times_log(c, (shares - true) / 2)
        return np.asarray(np.exp(logs + _times_log(n - b - c, 1 - shares)).sum(axis=1))

    best = 0.0
    for _ in range(4):
        grid = np.linspace(lowest, highest, _GRID)
        values = probability(grid)
        at = int(values.argmax())
        best = max(best, float(values[at]))
        lowest, highest = float(grid[max(at - 1, 0)]), float(grid[min(at + 1, _GRID - 1)])
    return best


def _times_log(times: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """`times * log(share)` for every share (rows) and count (columns), where 0 * log(0) is 0."""
    import numpy as np  # see above

    clipped = np.maximum(shares, 1e-300)[:, None]  # log(1e-300) * 1 is as good as impossible
    return np.asarray(times[None, :] * np.log(clipped))

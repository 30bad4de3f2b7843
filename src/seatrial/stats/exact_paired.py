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
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from seatrial.stats.interval import Interval, last_true
from seatrial.stats.proportion import clopper_pearson
from seatrial.stats.tango import PairedCounts, score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts: TypeAlias = NDArray[np.float64]

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
    shares = _plausible_shares(counts.disagreements, counts.n, beta)
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


@lru_cache(maxsize=1024)  # an interval asks for the same counts dozens of times
def _plausible_shares(disagreements: int, n: int, beta: float) -> Interval:
    return clopper_pearson(disagreements, n, alpha=beta / 2) if beta else Interval(lower=0.0, upper=1.0)


def _at_least_as_extreme(counts: PairedCounts, difference: float, most: int) -> tuple[Counts, Counts]:
    """All tables with at most `most` disagreements whose score is at least the one seen, as (won, lost)."""
    won, lost = _tables(most)
    there = _scores(counts.n, won, lost, difference) >= score(counts, difference) - _TIE
    return won[there], lost[there]


@lru_cache(maxsize=64)
def _tables(most: int) -> tuple[Counts, Counts]:
    """Every pair of numbers won and lost that add up to at most `most`."""
    import numpy as np  # heavy, and only a small sample comes here

    disagreements = np.repeat(np.arange(most + 1), np.arange(1, most + 2))
    won = np.concatenate([np.arange(each + 1) for each in range(most + 1)])
    return won.astype(np.float64), (disagreements - won).astype(np.float64)


def _scores(n: int, won: Counts, lost: Counts, difference: float) -> Counts:
    """`tango.score` of many tables, operation by operation."""
    import numpy as np  # see above

    linear = -(won + lost) + (2 * n - won + lost) * difference
    constant = -lost * difference * (1 - difference)
    root = np.sqrt(np.maximum(0.0, linear * linear - 8 * n * constant))
    excess = won - lost - n * difference
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(linear <= 0, (root - linear) / (4 * n), -2 * constant / (root + linear))
        spread = 2 * np.maximum(np.maximum(share, 0.0), -difference) + difference * (1 - difference)
        scores = excess / np.sqrt(n * spread)
    certain = np.where(excess == 0, 0.0, np.copysign(np.inf, excess))
    return np.asarray(np.where(spread > 0.0, scores, certain))


@lru_cache(maxsize=64)
def _log_factorials(n: int) -> Counts:
    import numpy as np  # see above

    return np.asarray([math.lgamma(k + 1) for k in range(n + 1)])


def _largest(n: int, b: Counts, c: Counts, difference: float, lowest: float, highest: float) -> float:
    """The largest probability of the given tables over shares of disagreement in [lowest, highest].

    A grid, refined three times around its best point; the set is narrow against the scale on
    which the probability changes.
    """
    import numpy as np  # see above

    logs_of = _log_factorials(n)
    won, lost = b.astype(np.int64), c.astype(np.int64)
    constants = logs_of[n] - logs_of[won] - logs_of[lost] - logs_of[n - won - lost]
    tables = np.stack([b, c, n - b - c, constants])

    def probability(shares: NDArray[np.float64]) -> NDArray[np.float64]:
        true = np.minimum(difference, shares)  # the worst difference that the share allows
        weights = [_log((shares + true) / 2), _log((shares - true) / 2), _log(1 - shares), np.ones_like(shares)]
        logs = np.stack(weights, axis=1) @ tables
        return np.asarray(np.exp(logs, out=logs).sum(axis=1))

    best = 0.0
    for _ in range(4):
        grid = np.linspace(lowest, highest, _GRID)
        values = probability(grid)
        at = int(values.argmax())
        best = max(best, float(values[at]))
        lowest, highest = float(grid[max(at - 1, 0)]), float(grid[min(at + 1, _GRID - 1)])
    return best


def _log(shares: Counts) -> Counts:
    """Logarithms of which 0 times that of 0 is 0."""
    import numpy as np  # see above

    return np.asarray(np.log(np.maximum(shares, 1e-300)))  # log(1e-300) * 1 is as good as impossible

"""How often equally good models pass the paired test of shares: its chance as the test decides, not as a mean would.

Called by `gate --power`. The usual formula (`power.mean_power`) takes the spread that a test will use for the true one;
Tango's is that of the most likely models at the margin, which differ more. With 100 rows, 5 % of which tell the models
apart, and a margin of 0.05 the formula promises 72 %, and 58 % pass. Over eight slices such errors multiply.

Few disagreements are counted one by one: their number is binomial, each falls to either model with chance a half, and
the score falls with every one that the baseline wins. Many are left to the normal law with Tango's own spread. Below
500 rows and 10 disagreements the exact test decides, as it does in the gate, and is asked where Tango's is close.
"""

from __future__ import annotations

import math
from functools import lru_cache

from seatrial.stats import tango
from seatrial.stats.beta import binomial_tail
from seatrial.stats.binomial_terms import log_binomial
from seatrial.stats.exact_paired import beta_for, p_above
from seatrial.stats.normal import cdf, sf, upper_quantile
from seatrial.stats.rows import FEW_DISAGREEMENTS, FEW_ROWS, fewest_deciding
from seatrial.stats.tango import PairedCounts

_CLOSE = (0.6, 1.1)
"""Between these shares of the level, by Tango's score, the exact test is asked: below it passes, above it does not. Of
109 tables of 60 to 450 rows, margins 0.02 to 0.1, it passed all below 0.85 of 5 %, and none beyond 0.95."""

_COUNTED = 200.0  # expected disagreements up to which they are counted: beyond, the normal law is within half a point
_DEVIATIONS = 7.0  # binomial tails beyond so many are left out


@lru_cache(maxsize=4096)  # a plan is searched for, and slices are often of one size
def paired_power(n: int, disagreement: float, *, margin: float, alpha: float) -> float:
    """The probability that n rows show equally good models to be not worse by the margin, 0 < margin < 1.

    `disagreement` is the share of rows that tell the models apart.
    """
    if n < fewest_deciding(margin, alpha):
        return 0.0
    if disagreement <= 0.0:
        return 1.0
    if disagreement >= 1.0 or n * disagreement > _COUNTED:
        return _normal(n, min(disagreement, 1.0), margin, alpha)
    mean = n * disagreement
    far = _DEVIATIONS * math.sqrt(mean) + _DEVIATIONS
    passed, won = 0.0, -1
    for differ in range(max(0, math.floor(mean - far)), min(n, math.ceil(mean + far)) + 1):
        won = _most_won(n, differ, won, margin, alpha)
        if won >= 0:
            passed += math.exp(log_binomial(differ, n, disagreement, 1 - disagreement)) * _at_most(won, differ)
    return min(passed, 1.0)


def _most_won(n: int, differ: int, start: int, margin: float, alpha: float) -> int:
    """The most of the disagreements that the baseline may win; -1 where it may not win any. It moves little from one
    number of disagreements to the next, so it is looked for near `start`."""
    won = min(start, differ)
    while won >= 0 and not _passes(n, differ, won, margin, alpha):
        won -= 1
    while won < differ and _passes(n, differ, won + 1, margin, alpha):
        won += 1
    return won


def _passes(n: int, differ: int, won: int, margin: float, alpha: float) -> bool:
    counts = PairedCounts(n=n, candidate_only=differ - won, baseline_only=won)
    chance = sf(tango.score(counts, -margin))
    if n >= FEW_ROWS or differ >= FEW_DISAGREEMENTS or not _CLOSE[0] * alpha < chance < _CLOSE[1] * alpha:
        return chance < alpha
    return p_above(counts, -margin, beta=beta_for(alpha)) <= alpha


def _at_most(won: int, differ: int) -> float:
    return 1.0 if won >= differ else 1.0 - binomial_tail(won + 1, differ, 0.5)


def _normal(n: int, disagreement: float, margin: float, alpha: float) -> float:
    """The score's spread is that of the models at the margin which such data make most likely: the root of
    2 q^2 - (p + 2 m) q + p m (1 + m) / 2 in `tango`, with as many rows won as lost."""
    linear = disagreement + 2 * margin
    root = math.sqrt(max(0.0, linear * linear - 4 * disagreement * margin * (1 + margin)))
    share = max((linear + root) / 4, margin)
    spread = 2 * share - margin * (1 + margin)
    return cdf((margin * math.sqrt(n) - upper_quantile(alpha) * math.sqrt(spread)) / math.sqrt(disagreement))

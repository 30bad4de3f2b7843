"""The rule of every comparison of two models: is the candidate worse than the baseline by the margin or more?

Called by the gates with counts or moments alone, never with rows. Everything here is in the good direction: a
difference above 0 says that the candidate is better. Three answers, from one-sided bounds at `alpha`:

- PASS          the lower bound of the difference lies above -margin
- FAIL          the upper bound lies below -margin, and equal models are seen so far apart in at most EQUAL_FAILS
- INCONCLUSIVE  neither; then `rows` says how many would decide

Asking "is it significantly worse?" would be the wrong way round: too little data would then pass.

Shares of rows are bounded by Tango's score interval; with fewer than 500 rows and fewer than 10 disagreements by the
exact test. Everything else is a mean of influence values, bounded by Hall's interval, which believes no spread that
too few units carry. A sample in which fewer tell the models apart can still pass: if what it did not
show would have to be worse than the margin. `p_worse` and `p_decline` are for families, where the smallest of many is
looked at, far out in the tail.
"""

from __future__ import annotations

import math
from enum import StrEnum

from msgspec import Struct

from seatrial.stats import exact_paired, tango
from seatrial.stats.beta import binomial_tail
from seatrial.stats.interval import Interval
from seatrial.stats.normal import cdf, upper_quantile
from seatrial.stats.rows import FEW_DISAGREEMENTS, FEW_ROWS, Rows, mean_rows_needed, paired_rows_needed
from seatrial.stats.skewed_mean import Moments, hall_interval, hall_tail, student_tail
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict

COUNTS_LEAST = 30.0
"""The least effective number of units at which a bound decides for metrics of counts, whose units add a few values
only.

All three were found by simulation (decision 0019). This one over F1, precision, MCC and balanced accuracy, n from 500
to 10,000, base rates from 2 to 50 %, disagreements from 2 to 20 % and margins from 0.01 to 0.05.
"""

MEANS_LEAST = 20.0
"""The same for means of losses and of columns of numbers: see the table in `skewed_mean`."""

RANKS_LEAST = 10.0
"""The same for AUC, whose placements lie between 0 and 1: n of 500 and 2,000, base rates from 2 to 50 %."""

EQUAL_FAILS = 0.02
"""How often a model that is as good as the baseline may FAIL at most, whatever the level.

With few rows and a small margin a bound at 5 % alone would block nearly 5 % of equal models: 3.4 % of recalls at 500
rows and a margin of 0.01. Where the margin is at least 0.41 standard errors this asks for nothing more, so that the
power to block what is truly worse is lost only where a verdict would be a guess (decision 0019).
"""

_UNSEEN = 3.0  # events that may have stayed unseen with a probability of 5 %: -log(0.05)


class Method(StrEnum):
    """How a comparison was decided."""

    TANGO = "Tango score, paired"
    EXACT = "exact unconditional, paired, ordered by Tango score"
    MOMENTS = "influence values, Hall's interval"
    FEW = "influence values, too few to bound"
    UNSEEN = "the worst that may have stayed unseen"


class NonInferiority(Struct, frozen=True, kw_only=True):
    """The answer. `interval` is that of the difference at 1 - 2 alpha; `rows` only when INCONCLUSIVE. `p_worse` is the
    chance of data as bad as these if the candidate is worse by exactly the margin, `p_decline` if it is equal."""

    verdict: Verdict
    interval: Interval
    method: Method
    p_worse: float
    p_decline: float = 1.0
    rows: Rows | None = None


def non_inferiority(
    counts: PairedCounts, *, margin: float, alpha: float, power: float, sparing: bool = False
) -> NonInferiority:
    """Judge paired counts against a margin, 0 < margin < 1, 0 < alpha < 0.5, 0.5 < power < 1.

    With `sparing` the exact test of a small sample, which takes a tenth of a second, is asked only where Tango's at
    twice `alpha` would decide. `p_decline` is not computed: see `decline`.
    """
    verdict, worse = _by_tango(counts, margin, alpha)
    interval, method = None, Method.TANGO
    if _small(counts) and not (sparing and _by_tango(counts, margin, 2 * alpha)[0] is Verdict.INCONCLUSIVE):
        beta = exact_paired.beta_for(alpha)
        interval = exact_paired.interval(counts, alpha=alpha, through=-margin, beta=beta)
        shown = exact_paired.p_above(counts, -margin, beta=beta) <= alpha
        worse = exact_paired.p_below(counts, -margin, beta=beta)
        verdict = Verdict.PASS if shown else Verdict.FAIL if worse <= alpha else Verdict.INCONCLUSIVE
        method = Method.EXACT
    elif _small(counts):
        verdict = Verdict.INCONCLUSIVE
    if verdict is Verdict.FAIL and decline(counts) > EQUAL_FAILS:
        verdict = Verdict.INCONCLUSIVE
    rows = None
    if verdict is Verdict.INCONCLUSIVE:
        rows = paired_rows_needed(counts, margin=margin, alpha=alpha, power=power)
    return NonInferiority(
        verdict=verdict,
        interval=interval or tango.interval(counts, alpha=alpha),
        method=method,
        p_worse=worse,
        rows=rows,
    )


def decline(counts: PairedCounts) -> float:
    """The chance of a difference as bad as this if the models are equally good: of the rows that tell them apart, each
    then falls to either with chance a half. Exact (McNemar 1947, Psychometrika 12:153)."""
    return binomial_tail(counts.baseline_only, counts.disagreements, 0.5)


def _small(counts: PairedCounts) -> bool:
    return counts.n < FEW_ROWS and counts.disagreements < FEW_DISAGREEMENTS


def _by_tango(counts: PairedCounts, margin: float, alpha: float) -> tuple[Verdict, float]:
    score = tango.score(counts, -margin)
    z = upper_quantile(alpha)
    verdict = Verdict.PASS if score > z else Verdict.FAIL if score < -z else Verdict.INCONCLUSIVE
    return verdict, cdf(score)


def non_inferiority_of_mean(
    difference: Moments, *, reach: float, least: float, margin: float, alpha: float, power: float
) -> NonInferiority:
    """Judge a difference known by the moments of what units add; it is 0 if the models are equally good.

    `reach` is how much one unit can move n times the difference at most, `least` the effective units below which the
    moments are not believed.
    """
    interval = hall_interval(difference, alpha=alpha)
    worse = _family_tail(difference, -margin, alpha)
    declined = _family_tail(difference, 0.0, alpha)
    rows = mean_rows_needed(difference, least=least, margin=margin, alpha=alpha, power=power)
    if difference.effective_units >= least:
        passed, failed = interval.lower > -margin, interval.upper < -margin and declined <= EQUAL_FAILS
        verdict = Verdict.PASS if passed else Verdict.FAIL if failed else Verdict.INCONCLUSIVE
        method = Method.MOMENTS
    elif math.isinf(reach):  # nothing bounds what stayed unseen
        verdict, method, worse, declined = Verdict.INCONCLUSIVE, Method.FEW, 1.0, 1.0
    else:
        lower = difference.mean - unseen(difference.standard_error, difference.n, reach=reach, alpha=alpha)
        upper = 2 * difference.mean - lower  # as if three more had gained all that a unit can gain
        interval = Interval(lower=min(lower, interval.lower), upper=max(interval.upper, upper))
        verdict = Verdict.PASS if lower > -margin else Verdict.FAIL if upper < -margin else Verdict.INCONCLUSIVE
        method = Method.FEW if verdict is Verdict.INCONCLUSIVE else Method.UNSEEN
        worse = alpha if verdict is Verdict.FAIL else 1.0  # a bound and no law: no family may take it for more
        declined = EQUAL_FAILS if verdict is Verdict.FAIL else 1.0
    return NonInferiority(
        verdict=verdict,
        interval=interval,
        method=method,
        p_worse=worse,
        p_decline=declined,
        rows=rows if verdict is Verdict.INCONCLUSIVE else None,
    )


def _family_tail(difference: Moments, truth: float, alpha: float) -> float:
    """The chance of a mean this low, such that the smallest of many can be believed.

    Hall's cubic is right at usual levels and too sure far out, where a family looks: of differences of F1 it calls 1.1
    to 1.6 in a thousand what should be one, Student's law 0.7 to 1.0 (decision 0019). So beyond `alpha` both
    must agree; at `alpha` itself it is Hall's alone that decides, as it is for the interval.
    """
    return max(hall_tail(difference, truth), min(student_tail(difference, truth), alpha))


def unseen(standard_error: float, n: int, *, reach: float, alpha: float) -> float:
    """How far below the mean a bound lies where few units tell the models apart: as if three more (at 5 %) had lost
    all that a unit can lose.

    The rule of three (Hanley and Lippman-Hand 1983, JAMA 249:1743) for events of the largest size, added to what was
    seen with the variance that such events have.
    """
    events = max(_UNSEEN, -math.log(alpha))
    spread = math.hypot(standard_error, math.sqrt(events) * reach / n)
    return events * reach / n + upper_quantile(alpha) * spread

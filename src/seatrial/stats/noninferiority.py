"""The rule of the regression gate: is the candidate worse than the baseline by the margin or more?

Called by `gates/regression.py` with counts alone. Three answers, from one-sided bounds at `alpha`:

- PASS          the lower bound of candidate - baseline lies above -margin
- FAIL          the upper bound lies below -margin
- INCONCLUSIVE  neither; then `rows` says how many would decide

The bounds are Tango's. With fewer than 500 rows and fewer than 10 disagreements the exact test
decides instead, and its bounds are shown. Asking "is it significantly worse?" would be the wrong
way round: too little data would then pass.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seatrial.stats import exact_paired, tango
from seatrial.stats.interval import Interval
from seatrial.stats.rows import FEW_DISAGREEMENTS, FEW_ROWS, Rows, paired_rows_needed
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict


class Method(StrEnum):
    """How a comparison was decided."""

    TANGO = "Tango score, paired"
    EXACT = "exact unconditional, paired, ordered by Tango score"


class NonInferiority(Struct, frozen=True, kw_only=True):
    """The answer. `interval` is that of the difference at 1 - 2 alpha; `rows` only when INCONCLUSIVE."""

    verdict: Verdict
    interval: Interval
    method: Method
    rows: Rows | None = None


def non_inferiority(counts: PairedCounts, *, margin: float, alpha: float, power: float) -> NonInferiority:
    """Judge paired counts against a margin, 0 < margin < 1, 0 < alpha < 0.5, 0.5 < power < 1."""
    if counts.n < FEW_ROWS and counts.disagreements < FEW_DISAGREEMENTS:
        method, verdict, interval = Method.EXACT, *_exact(counts, margin, alpha)
    else:
        method, verdict, interval = Method.TANGO, *_tango(counts, margin, alpha)
    rows = None
    if verdict is Verdict.INCONCLUSIVE:
        rows = paired_rows_needed(counts, margin=margin, alpha=alpha, power=power)
    return NonInferiority(verdict=verdict, interval=interval, method=method, rows=rows)


def _tango(counts: PairedCounts, margin: float, alpha: float) -> tuple[Verdict, Interval]:
    interval = tango.interval(counts, alpha=alpha)
    if interval.lower > -margin:
        return Verdict.PASS, interval
    return (Verdict.FAIL if interval.upper < -margin else Verdict.INCONCLUSIVE), interval


def _exact(counts: PairedCounts, margin: float, alpha: float) -> tuple[Verdict, Interval]:
    beta = exact_paired.beta_for(alpha)
    interval = exact_paired.interval(counts, alpha=alpha, through=-margin, beta=beta)
    if exact_paired.p_above(counts, -margin, beta=beta) <= alpha:
        return Verdict.PASS, interval
    worse = exact_paired.p_below(counts, -margin, beta=beta) <= alpha
    return (Verdict.FAIL if worse else Verdict.INCONCLUSIVE), interval

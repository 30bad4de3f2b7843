"""From all claims of one check to findings: which differences are alarms.

A claim alarms only if it is a discovery after Benjamini and Hochberg's correction over all claims of the
check, and its lower bound lies above the floor. So neither many columns nor many rows raise an alarm by themselves:
with enough rows any difference is significant, with enough columns some clean one is. Whether a quiet claim
is a pass is asked of its upper bound: an effect that must not go unseen has to be excluded, else the claim is
INCONCLUSIVE.

What is subtle is what one such claim may do to the whole verdict. A table has dozens of claims: of a few hundred clean
rows, some column nearly always lies too far out, by chance, to exclude `detect`. So an open claim is INCONCLUSIVE as a
note if an effect of `detect` would have left it as unremarkable as it is one time in five at most. It decides where the
estimate is itself near `detect`, or where rows are so few that nothing could be expected of it: fewer than the usual
test (5 %, power 80 %; Cohen 1988, Statistical Power Analysis) needs.

Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57:289. The second level, `UNEASY_Q`, only tells
INCONCLUSIVE from PASS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Reason
from seatrial.data.findings import DataFinding
from seatrial.stats import normal
from seatrial.stats.effects.record import MOST_ROWS, POWER, USUAL_POWER, smallest_shown
from seatrial.stats.multiplicity import benjamini_hochberg
from seatrial.verdict import Verdict

UNEASY_Q = 0.05  # the usual level: something was found, though it may not alarm
_NOTED = f"; what must not go unseen is not excluded, but would have been noticed with a chance of {USUAL_POWER:.0%}"
_SUGGESTED = "; by itself it lies above the floor, and among all comparisons chance does as much"


def decide(claims: Sequence[Claim], *, q: float) -> tuple[DataFinding, ...]:
    """A finding for each claim, in the given order, all of them corrected together."""
    corrected = benjamini_hochberg([claim.p for claim in claims])
    level = q / max(len(claims), 1)
    return tuple(_finding(claim, p, q, level) for claim, p in zip(claims, corrected, strict=True))


def _finding(claim: Claim, p: float, q: float, level: float) -> DataFinding:
    verdict, reason = judge(claim, p, q)
    needed, of_reference = _needed(claim, level) if verdict is Verdict.INCONCLUSIVE else (None, None)
    noted = reason is Reason.TOO_FEW_ROWS and would_be_noticed(claim) and not _stands_out(claim, q)
    return DataFinding(
        check=claim.check,
        column=claim.column,
        verdict=verdict,
        severity=Severity.INFO if noted else claim.severity,
        reason=reason,
        message=claim.message + _added(claim, verdict, noted=noted),
        statistic=claim.statistic,
        unit=claim.unit,
        estimate=claim.estimate,
        interval=(claim.low, claim.high),
        threshold=claim.floor,
        p=claim.p,
        p_adjusted=p,
        n=claim.n,
        n_reference=claim.n_reference,
        n_needed=needed,
        n_reference_needed=of_reference,
        current=claim.current,
        reference=claim.reference,
        details=claim.details,
    )


def _added(claim: Claim, verdict: Verdict, *, noted: bool) -> str:
    if noted:
        return _SUGGESTED if claim.high < claim.detect else _NOTED
    return claim.guess if verdict is Verdict.FAIL else ""


def _needed(claim: Claim, level: float) -> tuple[int | None, int | None]:
    """Rows of current that would show an effect of `detect`; and of the reference, where that has to grow as well.
    Nothing where there are as many, and it is undecided all the same."""
    if claim.n_needed is not None:
        return (claim.n_needed, None) if claim.n_needed > claim.n else (None, None)
    both = _rows_of_both(claim, level)
    return (both, both) if both is not None and both > max(claim.n, claim.n_reference or 0) else (None, None)


def _rows_of_both(claim: Claim, level: float) -> int | None:
    """As many rows on both sides as show an effect of `detect` to be significant at `level` and above the floor.

    The error is read off the upper bound, and taken to fall with the root of the rows: a bound that is far from normal
    for a handful of rows makes this too many rather than too few.
    """
    if _unknown(claim, claim.p) or claim.unit is Unit.DISTANCE or not claim.n or not claim.n_reference:
        return None
    error = (claim.high - claim.estimate) / normal.upper_quantile(1.0 - claim.confidence)
    power = normal.upper_quantile(1.0 - POWER)
    wanted = min(
        claim.detect / (normal.upper_quantile(level / 2) + power),
        (claim.detect - claim.floor) / (normal.upper_quantile(1.0 - claim.confidence) + power),
    )
    if not (error > 0.0 and wanted > 0.0):
        return None
    rows = 2.0 * (error / wanted) ** 2 / (1.0 / claim.n + 1.0 / claim.n_reference)
    return math.ceil(rows) if rows <= MOST_ROWS else None


def judge(claim: Claim, p: float, q: float) -> tuple[Verdict, Reason]:
    """The verdict on one claim whose corrected p value is `p`. Not-a-number anywhere is never a pass."""
    if _unknown(claim, p):
        return Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS
    if p <= q and claim.low > claim.floor:
        return Verdict.FAIL, Reason.DIFFERS
    if p <= max(q, UNEASY_Q) and claim.high > claim.floor:
        return Verdict.INCONCLUSIVE, Reason.NEAR_THE_FLOOR
    if claim.low > claim.floor or not claim.high < claim.detect:
        return Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS
    return Verdict.PASS, Reason.BELOW_FLOOR if p <= max(q, UNEASY_Q) else Reason.NO_DIFFERENCE


def _stands_out(claim: Claim, q: float) -> bool:
    """Whether it would be an alarm, were it the only comparison: then that there are many excuses it and does not clear
    it, and somebody has to look."""
    return claim.low > claim.floor and claim.p <= q


def _unknown(claim: Claim, p: float) -> bool:
    return any(math.isnan(number) for number in (p, claim.estimate, claim.low, claim.high, claim.floor, claim.detect))


def would_be_noticed(claim: Claim) -> bool:
    """Whether an effect of `detect` would have shown more than this claim shows, with the usual power.

    The error is read off the upper bound as if that were normal; a test holds the chance for each statistic. What was
    declared is never set aside, nor is what is not a number.
    """
    if claim.declared or claim.unit is Unit.DISTANCE or _unknown(claim, claim.p):
        return False
    error = (claim.high - claim.estimate) / normal.upper_quantile(1.0 - claim.confidence)
    short_of = claim.estimate + normal.upper_quantile(1.0 - USUAL_POWER) * error
    return claim.detect >= smallest_shown(error) and short_of < claim.detect

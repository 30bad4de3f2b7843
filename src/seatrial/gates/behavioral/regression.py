"""Whether the candidate passes fewer test cases than the baseline, case by case.

Called by `judge` for `max_degradation`. Both models answered the same cases. Asked once, a case is passed or not, and
the rule is that of paired non-inferiority, as for accuracy. Asked k times, a case's value is the difference of
two shares of passes, and the mean of those differences is judged (`stats/bounded_mean`), with the case as the unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import assert_never

from msgspec import Struct

from seatrial.evidence.case_records import Cases
from seatrial.gates import wording
from seatrial.gates.behavioral.given import Given, Unusable, answers_to, digests_of
from seatrial.gates.behavioral.policy import KIND, Behavioral
from seatrial.gates.behavioral.tally import Tallies, tally
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, LeftOut
from seatrial.gates.figures import kept, kept_interval
from seatrial.gates.missing_baseline import Asking, missing
from seatrial.gates.not_worse import reason_of
from seatrial.gates.quoting import shown
from seatrial.stats.bounded_mean import Size, not_below
from seatrial.stats.interval import Interval
from seatrial.stats.noninferiority import non_inferiority
from seatrial.stats.rows import Assuming, Rows
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Finding, Verdict

REGRESSION = "regression"


def judge_against(
    rule: Behavioral, cases: Cases, candidate: Tallies, given: Given, baseline: Given | Absent | LeftOut
) -> tuple[Finding, ...]:
    """One finding; none where no comparison is asked for, or the user declared this the first model."""
    if rule.max_degradation is None:
        return ()
    margin = rule.max_degradation
    match baseline:
        case LeftOut():
            return ()
        case Absent():
            found = missing(baseline, "whether the candidate passes fewer cases", asking=Asking.CASES)
            digests = digests_of(cases, (("candidate", given),))
            return (_plain(margin, found.verdict, found.reason, found.message, digests),)
        case Given():
            return (_against(rule, margin, cases, candidate, given, baseline),)
        case _:
            assert_never(baseline)


def _against(
    rule: Behavioral, margin: float, cases: Cases, candidate: Tallies, given: Given, baseline: Given
) -> Finding:
    digests = digests_of(cases, (("candidate", given), ("baseline", baseline)))
    if given.artifact is not None and given.artifact == baseline.artifact:
        message = f"the candidate is the very same artifact as {baseline.label}: it cannot be worse"
        return _plain(margin, Verdict.PASS, Reason.SAME_ARTIFACT, message, digests)
    answers = answers_to(cases, baseline, repeats=rule.repeats)
    if isinstance(answers, Unusable):
        return _plain(margin, Verdict.ERROR, answers.reason, f"{baseline.label}: {answers.message}", digests)
    other = tally(cases, answers)
    if other.untold:
        first = shown(other.untold[0][0], 40)
        message = f"{baseline.label}: {wording.units(len(other.untold), 'case')} cannot be judged, such as '{first}'"
        return _plain(margin, Verdict.ERROR, Reason.NOT_JUDGED, message, digests)
    ours, theirs = ([one.share for one in tallies.cases] for tallies in (candidate, other))
    result = _compared(ours, theirs, rule, margin)
    share = math.fsum(ours) / len(ours)
    return Finding(
        name=f"{KIND}.{REGRESSION}",
        kind=KIND,
        metric=REGRESSION,
        verdict=result.verdict,
        reason=reason_of(result.verdict, result.rows),
        message=_message(rule, margin, len(ours), share, result, baseline.label),
        estimate=kept(result.estimate),
        interval=kept_interval(result.interval),
        threshold=-margin,
        n=len(ours),
        n_needed=result.rows.needed if result.rows else None,
        method=result.method,
        candidate=kept(share),
        baseline=kept(math.fsum(theirs) / len(theirs)),
        digests=digests,
    )


class _Result(Struct, frozen=True, kw_only=True):
    estimate: float
    verdict: Verdict
    interval: Interval
    rows: Rows | None
    method: str


def _compared(ours: Sequence[float], theirs: Sequence[float], rule: Behavioral, margin: float) -> _Result:
    if rule.repeats == 1:
        won = sum(mine > yours for mine, yours in zip(ours, theirs, strict=True))
        lost = sum(mine < yours for mine, yours in zip(ours, theirs, strict=True))
        counts = PairedCounts(n=len(ours), candidate_only=won, baseline_only=lost)
        paired = non_inferiority(counts, margin=margin, alpha=rule.alpha, power=rule.power)
        return _Result(
            estimate=counts.difference,
            verdict=paired.verdict,
            interval=paired.interval,
            rows=paired.rows,
            method=paired.method,
        )
    differences = [mine - yours for mine, yours in zip(ours, theirs, strict=True)]
    size = Size(least=1 / rule.repeats, most=1.0)
    mean = not_below(differences, size=size, margin=margin, alpha=rule.alpha, power=rule.power)
    return _Result(estimate=mean.mean, verdict=mean.verdict, interval=mean.interval, rows=mean.rows, method=mean.method)


def _message(rule: Behavioral, margin: float, n: int, share: float, result: _Result, label: str) -> str:
    places = wording.decimals_for(n * rule.repeats)
    size = wording.apart(abs(result.estimate), margin, places)
    where = (
        f"{size} {'above' if result.estimate > 0 else 'below'} {label}" if result.estimate else f"the same as {label}"
    )
    between = wording.between(result.interval, rule.alpha, places, limit=-margin)
    seen = f"pass rate {wording.number(share, places)}, {where} ({between})"
    written, there = wording.exactly(margin, 3), wording.units(n, "case")
    if result.verdict is Verdict.PASS:
        return f"{seen}; not worse by {written} or more, shown with {there}"
    if result.verdict is Verdict.FAIL:
        return f"{seen}; worse by more than {written}, shown with {there}"
    cannot = f"{seen}; that it is not worse by {written} or more cannot be shown with {there}"
    if result.rows is None or result.rows.needed is None:
        return f"{cannot}: the difference lies on the limit, and no number of cases can be named"
    stays = "" if result.rows.assuming is Assuming.EQUAL else " if it stays as seen"
    return f"{cannot}; about {result.rows.needed:,} cases would decide{stays}"


def _plain(margin: float, verdict: Verdict, reason: Reason, message: str, digests: dict[str, str]) -> Finding:
    """A finding without figures."""
    return Finding(
        name=f"{KIND}.{REGRESSION}",
        kind=KIND,
        metric=REGRESSION,
        verdict=verdict,
        reason=reason,
        message=message,
        threshold=-margin,
        digests=digests,
    )

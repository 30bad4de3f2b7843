"""The regression gate: is the candidate worse than the baseline by `max_degradation` or more?

Both models answered the same rows, joined by id. `stats/noninferiority.py` has the rule; this
file decides what may be compared at all, and says the result in words. The order of the
questions matters: the same artifact is the same model whatever its rows say, and rows that do
not match are an ERROR, never a comparison of what is left.
"""

from __future__ import annotations

from typing import assert_never

from seatrial.errors import EvidenceError
from seatrial.gates import wording
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.evidence import Absent, AbsentReason, Baseline, Evidence, LeftOut, Present
from seatrial.gates.figures import kept, kept_interval
from seatrial.gates.performance import ACCURACY
from seatrial.gates.policy import GateSet, Regression
from seatrial.stats.noninferiority import Method, NonInferiority, non_inferiority
from seatrial.stats.rows import Assuming
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Finding, Verdict


def judge(gate_set: GateSet, candidate: Evidence, baseline: Baseline) -> tuple[Finding, ...]:
    """One finding, or none: the set has no such gate, or the user declared this the first model."""
    rule = gate_set.regression
    if rule is None:
        return ()
    match baseline:
        case LeftOut():
            return ()
        case Absent():
            return (_absent(rule, candidate, baseline),)
        case Present():
            return (_against(rule, candidate, baseline),)
        case _:
            assert_never(baseline)


def _absent(rule: Regression, candidate: Evidence, absent: Absent) -> Finding:
    match absent.reason:
        case AbsentReason.NO_BASELINE:
            verdict, reason = Verdict.ERROR, Reason.NO_BASELINE
            message = "there is no baseline, so whether the candidate is worse cannot be told"
            next_step = "a first model is declared with `seatrial models promote --first`"
        case AbsentReason.BASELINE_ABSENT:
            verdict, reason = Verdict.INCONCLUSIVE, Reason.BASELINE_ABSENT
            message = "the main branch has no Seatrial configuration at the commit to compare with"
            next_step = "once it has, the next change can be compared"
        case AbsentReason.NOT_RESCORED:
            verdict, reason = Verdict.ERROR, Reason.NOT_RESCORED
            message = "the baseline could not be evaluated on the candidate's rows"
            next_step = "make the evaluating stage work with the baseline's artifact"
        case _:
            assert_never(absent.reason)
    return _plain(
        rule, candidate, None, verdict, reason, f"{absent.message or message}; {absent.next_step or next_step}"
    )


def _against(rule: Regression, candidate: Evidence, baseline: Present) -> Finding:
    other = baseline.evidence
    if candidate.artifact is not None and candidate.artifact == other.artifact:
        message = f"the candidate is the very same artifact as {baseline.label}: it cannot be worse"
        return _plain(rule, candidate, other, Verdict.PASS, Reason.SAME_ARTIFACT, message)
    if rule.metric != ACCURACY:
        message = f"a regression of {rule.metric} cannot be judged, only one of {ACCURACY}"
        return _plain(rule, candidate, other, Verdict.ERROR, Reason.METRIC_UNSUPPORTED, message)
    if candidate.predictions is None or other.predictions is None:
        who = "the candidate" if candidate.predictions is None else baseline.label
        message = f"{who} has no predictions, so the two cannot be compared row by row"
        return _plain(rule, candidate, other, Verdict.ERROR, Reason.PREDICTIONS_MISSING, message)

    from seatrial.evidence.pairing import pair  # brings polars, which no start-up may pay for

    try:
        paired = pair(candidate.predictions, other.predictions)
    except EvidenceError as error:
        message = "; ".join(problem.message for problem in error.problems)
        return _plain(rule, candidate, other, Verdict.ERROR, _reason_of(error), message)
    counts = PairedCounts(n=paired.n, candidate_only=paired.candidate_only, baseline_only=paired.baseline_only)
    return _judged(rule, counts, paired.both_right, baseline.label, _digests(candidate, other))


def _reason_of(error: EvidenceError) -> Reason:
    try:
        return Reason(getattr(error, "reason", Reason.NOT_COMPARABLE))
    except ValueError:
        return Reason.NOT_COMPARABLE


def _judged(rule: Regression, counts: PairedCounts, both_right: int, label: str, digests: dict[str, str]) -> Finding:
    margin = rule.max_degradation
    result = non_inferiority(counts, margin=margin, alpha=rule.alpha, power=rule.power)
    candidate = (both_right + counts.candidate_only) / counts.n
    return Finding(
        name=_name(rule),
        kind=Kind.REGRESSION,
        metric=rule.metric,
        verdict=result.verdict,
        reason=_reason(result),
        message=f"{_seen(rule, counts, candidate, label, result)}; {_conclusion(rule, counts, result)}",
        estimate=kept(counts.difference),
        interval=kept_interval(result.interval),
        threshold=-margin,
        n=counts.n,
        n_needed=result.rows.needed if result.rows else None,
        method=result.method,
        candidate=kept(candidate),
        baseline=kept((both_right + counts.baseline_only) / counts.n),
        digests=digests,
    )


def _reason(result: NonInferiority) -> Reason:
    if result.verdict is Verdict.PASS:
        return Reason.NOT_WORSE
    if result.verdict is Verdict.FAIL:
        return Reason.WORSE
    enough_if_equal = result.rows is None or result.rows.assuming is Assuming.AS_SEEN
    return Reason.NEAR_THE_LIMIT if enough_if_equal else Reason.TOO_FEW_ROWS


def _seen(rule: Regression, counts: PairedCounts, candidate: float, label: str, result: NonInferiority) -> str:
    places = wording.decimals_for(counts.n)
    gap = counts.candidate_only - counts.baseline_only
    size = wording.apart(abs(counts.difference), rule.max_degradation, places)
    where = f"{size} {'above' if gap > 0 else 'below'} {label}" if gap else f"the same as {label}"
    interval = wording.between(result.interval, rule.alpha, places, limit=-rule.max_degradation)
    return f"{rule.metric} {wording.number(candidate, places)}, {where} ({interval})"


def _conclusion(rule: Regression, counts: PairedCounts, result: NonInferiority) -> str:
    margin = wording.exactly(rule.max_degradation, 3)
    there = wording.rows(counts.n)
    if result.verdict is Verdict.PASS:
        return f"not worse by {margin} or more, shown with {there}"
    if result.verdict is Verdict.FAIL:
        return f"worse by more than {margin}, shown with {there}; only a better model would change that"
    cannot = f"that it is not worse by {margin} or more cannot be shown with {there}"
    if result.method is Method.EXACT:
        cannot += f", of which only {counts.disagreements} tell the models apart"
    if result.rows is None or result.rows.needed is None:
        return f"{cannot}: the difference lies on the limit, and no number of rows can be named"
    needed = wording.rows(result.rows.needed)
    match result.rows.assuming:
        case Assuming.EQUAL:
            return f"{cannot}; about {needed} would decide"
        case Assuming.AS_SEEN:
            return (
                f"{cannot}: enough for equal models, but the difference is close to the limit; "
                f"about {needed} would decide if it stays as seen"
            )
        case _:
            assert_never(result.rows.assuming)


def _plain(
    rule: Regression, candidate: Evidence, other: Evidence | None, verdict: Verdict, reason: Reason, message: str
) -> Finding:
    """A finding without figures."""
    return Finding(
        name=_name(rule),
        kind=Kind.REGRESSION,
        metric=rule.metric,
        verdict=verdict,
        reason=reason,
        message=message,
        threshold=-rule.max_degradation,
        digests=_digests(candidate, other),
    )


def _name(rule: Regression) -> str:
    return f"{Kind.REGRESSION}.{rule.metric}"


def _digests(candidate: Evidence, other: Evidence | None) -> dict[str, str]:
    digests: dict[str, str] = {}
    for role, evidence in (("candidate", candidate), ("baseline", other)):
        if evidence is not None and evidence.artifact is not None:
            digests[f"{role}_artifact"] = evidence.artifact
        if evidence is not None and evidence.predictions is not None:
            digests[f"{role}_predictions"] = evidence.predictions.source.digest
    return digests

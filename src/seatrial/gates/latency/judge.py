"""The latency gate: is the model fast enough, and not slower than the baseline by more than it may be?

Called by `judge.py` above with the timings of a served model and the record of their measurement. One finding for
failures, one for each limit, one for each comparison, in that order. Pure, and without chance: same timings, same
bytes.
"""

from __future__ import annotations

from typing import assert_never

from seatrial.evidence.timing_records import Measurement, Timings
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, Baseline, LeftOut, Present
from seatrial.gates.latency import claims, increases, limits, told
from seatrial.gates.latency.claims import Context
from seatrial.gates.latency.policy import Figure, Latency
from seatrial.gates.measured_models import of_another_baseline, of_another_candidate
from seatrial.verdict import Finding, Verdict


def judge(
    rule: Latency,
    timings: Timings | None,
    measurement: Measurement | None,
    baseline: Baseline,
    *,
    artifact: str | None = None,
) -> tuple[Finding, ...]:
    """The findings of the gate. Never raises for evidence that does not fit: that is a finding.

    `artifact` is the candidate's content digest. Where the baseline is the same artifact, comparisons pass without
    a look at the timings; where this is a first model, they are left out.
    """
    context = Context(
        rule=rule, digests=_digests(timings, measurement, baseline, artifact), where=told.where(measurement)
    )
    if timings is None:
        return _unusable(
            context, baseline, artifact, Reason.TIMINGS_MISSING, "nobody measured how fast this model answers"
        )
    if refused := of_another_candidate(measurement, artifact) or _misfit(rule, timings, measurement):
        return _unusable(context, baseline, artifact, *refused)
    return (
        limits.judge_failures(context, timings.candidate),
        *(limits.judge_limit(context, figure, timings, measurement) for figure in rule.limits),
        *_compared(context, timings, measurement, baseline, artifact),
    )


def _misfit(rule: Latency, timings: Timings, measurement: Measurement | None) -> tuple[Reason, str] | None:
    """Why a measurement cannot be what the rule asks about."""
    if measurement is None:
        return None
    if measurement.timings is not None and measurement.timings != timings.source.digest:
        message = f"{measurement.source.path} is the record of other timings than {timings.source.path}"
        return Reason.NOT_COMPARABLE, message
    if measurement.concurrency is not None and measurement.concurrency != rule.concurrency:
        message = f"measured with a concurrency of {measurement.concurrency}, and the gate asks for {rule.concurrency}"
        return Reason.NOT_COMPARABLE, message
    return None


def _unusable(
    context: Context, baseline: Baseline, artifact: str | None, reason: Reason, message: str
) -> tuple[Finding, ...]:
    """An ERROR for everything that was asked."""
    rule = context.rule
    asked = (claims.failures(rule), *(claims.limit(rule, figure) for figure in rule.limits))
    findings = (claim.without_figures(context, Verdict.ERROR, reason, message) for claim in asked)
    return *findings, *_compared_without(context, baseline, artifact, reason, message)


def _compared(
    context: Context, timings: Timings, measurement: Measurement | None, baseline: Baseline, artifact: str | None
) -> tuple[Finding, ...]:
    match baseline:
        case Present() if not _same(baseline, artifact):
            if refused := of_another_baseline(measurement, baseline):
                return _compared_without(context, baseline, artifact, *refused)
            return tuple(
                increases.judge_increase(context, figure, timings, measurement, baseline)
                for figure in context.rule.max_increase
            )
        case _:
            return _compared_without(context, baseline, artifact, Reason.TIMINGS_MISSING, "")


def _compared_without(
    context: Context, baseline: Baseline, artifact: str | None, reason: Reason, message: str
) -> tuple[Finding, ...]:
    """The comparisons that can be told without the baseline's timings."""
    return tuple(
        finding
        for figure in context.rule.max_increase
        if (finding := _without_timings(context, figure, baseline, artifact, reason, message)) is not None
    )


def _without_timings(
    context: Context, figure: Figure, baseline: Baseline, artifact: str | None, reason: Reason, message: str
) -> Finding | None:
    claim = claims.increase(context.rule, figure)
    match baseline:
        case LeftOut():
            return None
        case Absent():
            return increases.judge_absent(context, figure, baseline)
        case Present() if _same(baseline, artifact):
            same = f"the candidate is the very same artifact as {baseline.label}: it cannot be slower"
            return claim.without_figures(context, Verdict.PASS, Reason.SAME_ARTIFACT, same)
        case Present():
            return claim.without_figures(context, Verdict.ERROR, reason, message)
        case _:
            assert_never(baseline)


def _same(baseline: Present, artifact: str | None) -> bool:
    return artifact is not None and artifact == baseline.evidence.artifact


def _digests(
    timings: Timings | None, measurement: Measurement | None, baseline: Baseline, artifact: str | None
) -> dict[str, str]:
    known = {
        "candidate_artifact": artifact,
        "baseline_artifact": baseline.evidence.artifact if isinstance(baseline, Present) else None,
        "timings": None if timings is None else timings.source.digest,
        "measurement": None if measurement is None else measurement.source.digest,
    }
    return {name: digest for name, digest in known.items() if digest is not None}

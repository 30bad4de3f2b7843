"""The memory gate: does the served model stay within so many bytes, and has it not grown too much?

Peak resident memory, measured by whoever started the model, one value for each start. The largest counts. It is a
point: starts are few, a peak has no interval worth the name, and the message says from how many starts it comes.
"""

from __future__ import annotations

from seatrial.evidence.timing_records import Measurement, ServedModel
from seatrial.gates.bytes_compared import (
    Subject,
    Taken,
    against_baseline,
    against_limit,
    artifacts,
    unmeasured,
    without_baseline,
)
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Baseline, Present
from seatrial.gates.measured_models import of_another_baseline, of_another_candidate
from seatrial.gates.memory.policy import KIND, Memory
from seatrial.verdict import Finding, Verdict

SUBJECT = Subject(kind=KIND, metric="peak_rss_bytes", name="peak memory", method="largest of the measured starts")


def judge(
    rule: Memory, measurement: Measurement | None, baseline: Baseline, *, artifact: str | None = None
) -> tuple[Finding, ...]:
    """The findings about `max` and `max_increase`, as far as the rule asks for them. Never raises for evidence."""
    digests = artifacts(artifact, baseline)
    if measurement is not None:
        digests["measurement"] = measurement.source.digest
    mine = None if measurement is None else _taken(measurement.candidate)
    another = of_another_candidate(measurement, artifact)
    findings = []
    if rule.max is not None:
        if another is not None:
            findings.append(unmeasured(SUBJECT, rule, "max", Verdict.ERROR, *another, digests))
        elif mine is None:
            findings.append(_missing(rule, "max", "the candidate", measurement, digests))
        else:
            findings.append(against_limit(SUBJECT, mine, rule.max, digests))
    if (found := without_baseline(SUBJECT, rule, baseline, artifact, digests)) is not None:
        findings.append(found)
    elif isinstance(baseline, Present) and rule.max_increase is not None:
        refused = another or of_another_baseline(measurement, baseline)
        findings.append(
            _compared(rule, measurement, baseline, digests)
            if refused is None
            else unmeasured(SUBJECT, rule, "max_increase", Verdict.ERROR, *refused, digests)
        )
    return tuple(findings)


def _compared(rule: Memory, measurement: Measurement | None, baseline: Present, digests: dict[str, str]) -> Finding:
    mine = None if measurement is None else _taken(measurement.candidate)
    other = None if measurement is None or measurement.baseline is None else measurement.baseline
    theirs = None if other is None else _taken(other)
    if measurement is None or mine is None or other is None or theirs is None or rule.max_increase is None:
        who = "the candidate" if mine is None else baseline.label
        return _missing(rule, "max_increase", who, measurement, digests)
    one, two = measurement.candidate.machine, other.machine
    if one is not None and two is not None and not one.same_class(two):
        message = f"the candidate ran on {one}, {baseline.label} on {two}: their memory cannot be compared"
        return unmeasured(SUBJECT, rule, "max_increase", Verdict.ERROR, Reason.DIFFERENT_MACHINES, message, digests)
    return against_baseline(SUBJECT, mine, theirs, rule.max_increase, baseline.label, digests)


def _missing(rule: Memory, key: str, who: str, measurement: Measurement | None, digests: dict[str, str]) -> Finding:
    where = "no record of a measurement was given" if measurement is None else f"not in {measurement.source.path}"
    reason = Reason.MEASUREMENT_MISSING if measurement is None else Reason.NOT_MEASURED
    message = f"the memory of {who} was measured by nobody ({where})"
    return unmeasured(SUBJECT, rule, key, Verdict.ERROR, reason, message, digests)


def _taken(model: ServedModel) -> Taken | None:
    peaks = model.peak_rss_bytes
    if not peaks:
        return None
    return Taken(count=max(peaks), least=min(peaks), n=len(peaks))

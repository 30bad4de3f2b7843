"""The size gate: is the artifact small enough, and has it not grown too much?

The bytes that the store keeps of it. Nothing is measured and nothing varies, so the figures themselves are compared.
"""

from __future__ import annotations

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
from seatrial.gates.size.policy import KIND, Size
from seatrial.verdict import Finding, Verdict

SUBJECT = Subject(kind=KIND, metric="bytes", name="the artifact's size", method="count")


def judge(
    rule: Size,
    candidate_bytes: int | None,
    baseline_bytes: int | None,
    baseline: Baseline,
    *,
    artifact: str | None = None,
) -> tuple[Finding, ...]:
    """The findings about `max` and `max_increase`, as far as the rule asks for them.

    A size is None for a model that is known by its evidence alone, without an artifact.
    """
    digests = artifacts(artifact, baseline)
    findings = []
    if rule.max is not None:
        if not candidate_bytes:
            findings.append(_missing(rule, "max", "the candidate", candidate_bytes, digests))
        else:
            findings.append(against_limit(SUBJECT, Taken(count=candidate_bytes), rule.max, digests))
    if (found := without_baseline(SUBJECT, rule, baseline, artifact, digests)) is not None:
        findings.append(found)
    elif isinstance(baseline, Present) and rule.max_increase is not None:
        if not candidate_bytes:
            findings.append(_missing(rule, "max_increase", "the candidate", candidate_bytes, digests))
        elif baseline_bytes is None:
            findings.append(_missing(rule, "max_increase", baseline.label, baseline_bytes, digests))
        elif baseline_bytes == 0 and rule.max_increase.relative:
            message = f"{baseline.label} has no bytes at all, so no share of them can be told"
            findings.append(
                unmeasured(SUBJECT, rule, "max_increase", Verdict.ERROR, Reason.NOT_MEASURED, message, digests)
            )
        else:
            mine, theirs = Taken(count=candidate_bytes), Taken(count=baseline_bytes)
            findings.append(against_baseline(SUBJECT, mine, theirs, rule.max_increase, baseline.label, digests))
    return tuple(findings)


def _missing(rule: Size, key: str, who: str, count: int | None, digests: dict[str, str]) -> Finding:
    """No bytes at all are no small model: a training that wrote nothing must not be the best of all."""
    message = f"there is no artifact of {who} whose bytes could be counted"
    if count is not None:
        message = f"the artifact of {who} has no bytes at all: there is nothing in it"
    return unmeasured(SUBJECT, rule, key, Verdict.ERROR, Reason.NOT_MEASURED, message, digests)

"""What a check of a dataset says: the records that every face shows.

Made by `decide.py` out of claims, and at once by whatever states a plain fact (a rule of the contract, a missing
column). Public: `seatrial check --json` prints these fields under these names.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.data.claims import Severity
from seatrial.errors import Place
from seatrial.verdict import Decision, OnInconclusive, Verdict, combine


class DataFinding(Struct, frozen=True, kw_only=True):
    """One judged statement about a dataset.

    `check` is a dotted name such as `contract.range` or `drift.shift`, `reason` a code from `codes.py`.
    `estimate`, `interval` and `threshold` are in `unit` (None: the column's own, or a count). `place` is the
    line of the contract that asked for it. `n_needed` are the rows that would decide, `n_reference_needed` those of a
    reference that is itself too small. `rows` are numbers of example rows, counted from 0 over the whole
    dataset.
    """

    check: str
    column: str | None
    verdict: Verdict
    severity: Severity
    reason: str
    message: str
    statistic: str | None = None
    unit: str | None = None
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    threshold: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    n: int | None = None
    n_reference: int | None = None
    n_needed: int | None = None
    n_reference_needed: int | None = None
    current: str | None = None
    reference: str | None = None
    next_step: str | None = None
    place: Place | None = None
    rows: tuple[int, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)


def verdict_of(findings: tuple[DataFinding, ...]) -> Verdict:
    """The verdict over all findings that are more than notes; ERROR when nothing was checked."""
    return combine(finding.verdict for finding in findings if finding.severity is not Severity.INFO)


def decision_of(findings: tuple[DataFinding, ...], on_inconclusive: OnInconclusive) -> Decision:
    """What follows: only findings of severity `error` block or hold, those of `warning` warn."""
    grave = [finding.verdict for finding in findings if finding.severity is Severity.ERROR]
    slight = [finding.verdict for finding in findings if finding.severity is Severity.WARNING]
    if (not grave and not slight) or any(verdict in (Verdict.FAIL, Verdict.ERROR) for verdict in grave):
        return Decision.BLOCK
    if Verdict.INCONCLUSIVE in grave and on_inconclusive is not OnInconclusive.WARN:
        return Decision(on_inconclusive.value)
    uneasy = Verdict.INCONCLUSIVE in grave or any(verdict is not Verdict.PASS for verdict in slight)
    return Decision.WARN if uneasy else Decision.ALLOW

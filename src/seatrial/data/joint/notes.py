"""What could not be asked, as a finding that holds nothing by itself: unknown is told, and never a pass.

Called by everything in `joint` that looks at several columns or rows; pure.
"""

from __future__ import annotations

from seatrial.data.claims import Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.findings import DataFinding
from seatrial.verdict import Verdict


def not_looked_at(
    check: Check,
    message: str,
    *,
    column: str | None = None,
    severity: Severity = Severity.INFO,
    n: int | None = None,
    n_reference: int | None = None,
    next_step: str | None = None,
) -> DataFinding:
    """`message` says what was not asked, and why; of the severity `error` where somebody asked for it."""
    return DataFinding(
        check=check,
        column=column,
        verdict=Verdict.INCONCLUSIVE,
        severity=severity,
        reason=Reason.NOT_LOOKED_AT,
        message=message,
        n=n,
        n_reference=n_reference,
        next_step=next_step,
    )

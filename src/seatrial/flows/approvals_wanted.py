"""A version that waits for approvals, as those who may give them are told.

Called by `run_judging` and by `models promote`, after a promotion was refused. Only what nothing but approvals keeps:
where a gate says no, asking people to approve would waste their time.
"""

from __future__ import annotations

import shlex

from seatrial.flows.promote import Promotion
from seatrial.flows.telling_rule import ApprovalWanted
from seatrial.registry.approval_evidence import evidence_digest
from seatrial.registry.promotion import Refusal, Refused


def wanted(done: Promotion) -> ApprovalWanted | None:
    """Who is asked for what; None where no approval is missing, or approvals would not do."""
    refused = done.permission
    if not isinstance(refused, Refused) or refused.refusal is not Refusal.HELD or not done.approvals.missing:
        return None
    return ApprovalWanted(
        model=done.version.model,
        version=done.version.number,
        alias=done.alias,
        missing=done.approvals.missing,
        who=tuple(map(str, done.approvals.may)),
        command=f"seatrial models approve {shlex.quote(done.version.ref)} --to {shlex.quote(done.alias)}",
        evidence=evidence_digest(done.shown),
    )

"""What an approver is shown, as digests: of everything an approval is bound to. Pure.

Called by the flow that judges a version for an alias; `approval.py` compares. Each part has a digest of its own, so
that an approval which no longer holds can say what is another now.

Subtle: how often the alias has moved is part of it. An approval lets a version take an alias once; after a rollback
somebody has had second thoughts, and an old approval must not carry the version back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seatrial import digest
from seatrial.digest import Json
from seatrial.registry.approval_policy import ApprovalRule
from seatrial.registry.debt import Debt
from seatrial.registry.records import AliasMove, Version
from seatrial.registry.serial import encode
from seatrial.verdict import Decision, Finding


def grounds(
    version: Version, alias: str, *, holder: Version | None, ledger: Sequence[AliasMove], debt: Sequence[Debt]
) -> dict[str, str]:
    """What can be told without judging: the bytes, whom the version would follow, what is owed and what is unpinned."""
    moves = sum(move.alias == alias for move in ledger)
    before: Json = None if holder is None else [holder.number, holder.artifact.digest]
    return {
        "artifact": version.artifact.digest,
        "files": digest.of_record("approved-files/1", sorted(artifact.digest for artifact in version.stored)),
        "holder": digest.of_record("approved-holder/1", [before, moves]),
        "debt": digest.of_record("approved-debt/1", sorted([one.cell, one.work] for one in debt)),
        "unpinned": digest.of_record("approved-unpinned/1", encode(version.unpinned)),
    }


def findings_digest(findings: Sequence[Finding], decision: Decision) -> str:
    """The digest of a judgement, figures and words included."""
    return digest.of_record("approved-findings/1", {"findings": encode(tuple(findings)), "decision": decision.value})


def evidence_digest(parts: Mapping[str, str]) -> str:
    """The digest of all parts together."""
    return digest.of_record("approved-evidence/1", dict(parts))


def policy_digest(rules: Mapping[str, Json], cases: Mapping[str, Json], rule: ApprovalRule | None) -> str:
    """The digest of what an approval was given under: the gate set, its files of test cases, the rule for approvals."""
    asked = None if rule is None else rule.to_json()
    return digest.of_record("approval-policy/1", {"gates": dict(rules), "cases": dict(cases), "approvals": asked})

"""The promotion flow: judge stored evidence anew against the alias's holder, count approvals, then move the alias.

Called by `models promote` and by tiers that promote on a pass. `for_alias.py` judges. The alias then moves by
compare-and-swap on its holder: of two promotions at once one moves it, the other is told. An approval that is
withdrawn in between stops the move as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.clock import iso
from seatrial.errors import UsageError
from seatrial.flows.damage import explained
from seatrial.flows.for_alias import judge_for_alias
from seatrial.flows.judging import Judged
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.registering import who
from seatrial.flows.workspace import Workspace
from seatrial.registry.approval import Standing
from seatrial.registry.promotion import Allowed, AlreadyThere, Refused, may_promote, rollback_target
from seatrial.registry.records import AliasMove, How, Version
from seatrial.registry.refs import NumberRef, check_alias
from seatrial.registry.registry import Registry
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact, CorruptBlobError


class Promotion(Struct, frozen=True, kw_only=True):
    """What a promotion came to. `move` is None when the alias did not move. `shown` is what an approval of it would be
    bound to."""

    version: Version
    alias: str
    judged: Judged
    permission: Allowed | AlreadyThere | Refused
    baseline: str | None = None
    move: AliasMove | None = None
    approvals: Standing = Standing()
    shown: Mapping[str, str] = field(default_factory=dict)


def promote(
    workspace: Workspace,
    policy: ProjectPolicy,
    version: Version,
    alias: str,
    *,
    first: bool,
    override_reason: str | None,
) -> Promotion:
    """Judge a version for an alias and, if it may, move the alias to it.

    Raises UsageError for a model that is not declared here, a name that cannot be an alias, or rules that are not
    committed, ConflictError when the holder changed meanwhile, StateError when records or stored bytes are lost.
    """
    ready = judge_for_alias(workspace, policy, version, alias, first=first)
    judged, holder, approvals = ready.judged, ready.holder, ready.standing
    permission = may_promote(
        version,
        alias,
        holder=holder.number if holder else None,
        findings=judged.findings,
        decision=judged.decision,
        first=first,
        override_reason=override_reason,
        debt=ready.debt,
        approvals=approvals,
    )
    promotion = Promotion(
        version=version,
        alias=alias,
        judged=judged,
        permission=permission,
        baseline=ready.baseline,
        approvals=approvals,
        shown=ready.shown,
    )
    if not isinstance(permission, Allowed):
        return promotion
    _refuse_lost_bytes(workspace, version)
    move = Registry(workspace.state).move_alias(
        version.model,
        alias,
        version.number,
        expected_holder=holder.number if holder else None,
        how=permission.how,
        actor=who(workspace),
        at=iso(workspace.clock.now()),
        decision=judged.decision,
        findings=judged.findings,
        gate_set=judged.gate_set,
        reason=override_reason if permission.how is How.OVERRIDE else None,
        rules=ready.rules,
        approvals=approvals.rests_on,
    )
    return replace(promotion, move=move)


def roll_back(workspace: Workspace, model: str, alias: str, *, to: int | None, reason: str | None) -> AliasMove:
    """Move an alias back to an earlier holder. Nothing is judged: the way back must always be open.

    Raises UsageError when there is no earlier holder, StateError when its bytes are lost, ConflictError
    when the holder changed meanwhile.
    """
    registry = Registry(workspace.state)
    check_alias(alias)
    if model not in registry.models():
        known = ", ".join(registry.models()) or "none"
        raise UsageError(f"no model {model} is registered; models: {known}", next_step="seatrial models list")
    holder = registry.holder(model, alias)
    target = rollback_target(registry.ledger(model), alias, to=to)
    _refuse_lost_bytes(workspace, registry.version(NumberRef(model=model, number=target)))
    return registry.move_alias(
        model,
        alias,
        target,
        expected_holder=holder.number if holder else None,
        how=How.ROLLBACK,
        actor=who(workspace),
        at=iso(workspace.clock.now()),
        reason=reason,
    )


def _refuse_lost_bytes(workspace: Workspace, version: Version) -> None:
    """An alias never points at a model that is not there: verdicts are remembered, bytes may be lost since."""
    store = workspace.state.blobs
    for name in store.verify(version.artifact):
        missing = not store.has(Artifact(digest=name, kind="file", size=0))
        if not missing:
            store.quarantine(name)
        raise explained(workspace, CorruptBlobError(name, missing=missing))

"""Recording a person's approval, or its withdrawal.

Called by `models approve`, and by whatever hears of a comment or a review at a forge: who approves is an argument,
because only the caller knows how that person is known. The version is judged anew first, and what the judgement shows
is what the approval is bound to.

Subtle: a forge may tell the same event twice. An approval with the same words, place and evidence that still stands is
not recorded again; one that was withdrawn is not brought back by the event that once gave it.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from seatrial.clock import iso
from seatrial.errors import UsageError
from seatrial.flows.approval_rules import rule_for
from seatrial.flows.for_alias import ForAlias, judge_for_alias
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.registry.approval import Given, Standing, Void, barred, standing
from seatrial.registry.approval_evidence import evidence_digest
from seatrial.registry.approval_policy import ApprovalRule
from seatrial.registry.labels import check_link
from seatrial.registry.people import WAYS, listed
from seatrial.registry.promotion import AlreadyThere, Permission, Refused, is_hold, may_promote
from seatrial.registry.records import Actor, Approval, Revoked, Version
from seatrial.registry.refs import check_alias
from seatrial.registry.registry import Registry

_LONGEST_NOTE = 2000


class Approved(Struct, frozen=True, kw_only=True):
    """What came of an approval. `approval` is None where none was recorded: then `permission` says why. `new` is
    False where it stood already. `standing` is as it is now, `permission` what a promotion would be told now."""

    ready: ForAlias
    approval: Approval | None
    new: bool
    standing: Standing
    permission: Permission


def approve(
    workspace: Workspace,
    policy: ProjectPolicy,
    version: Version,
    alias: str,
    *,
    actor: Actor,
    note: str | None = None,
    where: str | None = None,
    before: Callable[[ForAlias], None] = lambda _ready: None,
) -> Approved:
    """Judge a version for an alias and record that `actor` approves of what this shows. `where` is the address of
    the comment or the review. `before` is handed what was judged before anything is recorded.

    Raises UsageError for a person whose approval cannot count under the alias's rule, and for words or addresses that
    cannot be kept; StateError, ConflictError.
    """
    _check_words(note, where)
    check_alias(alias)
    ready = judge_for_alias(workspace, policy, version, alias, first=_first(workspace, version, alias))
    given = Registry(workspace.state).history(version.model).approvals_of(version.number, alias)
    before(ready)
    permission = _permission(ready, ready.standing)
    blocked = isinstance(permission, Refused) and not is_hold(permission, ready.judged.decision)
    if blocked or isinstance(permission, AlreadyThere):
        return Approved(ready=ready, approval=None, new=False, standing=ready.standing, permission=permission)
    _refuse_barred(ready, actor)
    _refuse_revoked(given, actor, where)
    same = _same(ready, actor, note, where)
    approval = same or Approval(
        version=version.number,
        alias=alias,
        evidence=evidence_digest(ready.shown),
        policy=ready.policy,
        actor=actor,
        at=iso(workspace.clock.now()),
        shown=ready.shown,
        note=note,
        where=where,
    )
    if same is None:
        Registry(workspace.state).approve(version.model, approval)
        given = Registry(workspace.state).history(version.model).approvals_of(version.number, alias)
    now = standing(
        given,
        ready.rule,
        evidence=ready.shown,
        policy=ready.policy,
        now=workspace.clock.now(),
        authors=ready.authors,
    )
    return Approved(ready=ready, approval=approval, new=same is None, standing=now, permission=_permission(ready, now))


def withdraw(
    workspace: Workspace, policy: ProjectPolicy, version: Version, alias: str, *, actor: Actor, note: str | None = None
) -> tuple[Revoked, ...]:
    """Take back what `actor` approved before, under any name that the alias's rule gives that person. Nothing is
    judged. Raises UsageError where there is nothing to take back."""
    _check_words(note, None)
    check_alias(alias)
    registry = Registry(workspace.state)
    rule = rule_for(workspace, policy, version.model, alias)
    given = [
        one.approval
        for one in registry.history(version.model).approvals_of(version.number, alias)
        if one.revoked is None
    ]
    mine = dict.fromkeys((one.actor.name, one.actor.identified_by) for one in given if _is_mine(one.actor, actor, rule))
    done = []
    for name, identified_by in mine:
        revoked = registry.revoke(
            version.model,
            Revoked(
                version=version.number,
                alias=alias,
                of=Actor(name=name, identified_by=identified_by),
                actor=actor,
                at=iso(workspace.clock.now()),
                note=note,
            ),
        )
        done += [revoked] if revoked is not None else []
    if not done:
        others = ", ".join(dict.fromkeys(one.actor.name for one in given)) or "nobody"
        raise UsageError(
            f"{actor.name} has not approved {version.ref} for {alias}; approved by: {others}",
            next_step=f"seatrial models show {version.ref}",
        )
    return tuple(done)


def _first(workspace: Workspace, version: Version, alias: str) -> bool:
    """Where nobody ever held the alias, what can be approved is the first promotion."""
    return Registry(workspace.state).holder(version.model, alias) is None


def _permission(ready: ForAlias, said: Standing) -> Permission:
    return may_promote(
        ready.version,
        ready.alias,
        holder=ready.holder.number if ready.holder else None,
        findings=ready.judged.findings,
        decision=ready.judged.decision,
        first=ready.holder is None,
        debt=ready.debt,
        approvals=said,
    )


def _refuse_barred(ready: ForAlias, actor: Actor) -> None:
    """Nothing is recorded that could never count. Without a rule nobody is listed, and an author's is shown as void."""
    fault = barred(actor, ready.rule, ready.authors)
    if fault is None or (ready.rule is None and fault[0] is not Void.KNOWN_OTHERWISE):
        return
    reason, why = fault
    steps = {
        Void.NOT_LISTED: "one of them may approve it, or add the person to `approvals:` in seatrial.yaml",
        Void.KNOWN_OTHERWISE: _let_it_count(actor, ready.rule, ready.alias),
        Void.AUTHOR: "somebody else has to approve it",
    }
    may = f"; may be given by {', '.join(ready.standing.may)}" if ready.standing.may else ""
    raise UsageError(
        f"{actor.name} (known from {actor.identified_by}) cannot approve {ready.version.ref} for {ready.alias}: "
        f"{why}{may if reason is not Void.NOT_LISTED else ''}",
        next_step=steps.get(reason, "list both names of a person in `approvals:`, or let somebody else approve it"),
    )


def _let_it_count(actor: Actor, rule: ApprovalRule | None, alias: str) -> str:
    """What to write where a word that no forge vouches for is enough."""
    way = WAYS[actor.identified_by]
    if rule is None:
        written = f"`approvals: {{{alias}: {{from: [PEOPLE], known_by: [{way}]}}}}` of the model"
    else:
        written = f"`known_by: [{', '.join([*rule.known_by, way])}]` in the rule for {alias}"
    return f"approve it by a review or a comment on the forge; where {actor.identified_by} is enough, write {written}"


def _refuse_revoked(given: tuple[Given, ...], actor: Actor, where: str | None) -> None:
    if where is None:
        return
    for one in given:
        if one.revoked is not None and (one.approval.actor, one.approval.where) == (actor, where):
            raise UsageError(
                f"what {actor.name} approved there was withdrawn at {one.revoked.at}",
                next_step="approve it anew, with another comment or review",
            )


def _same(ready: ForAlias, actor: Actor, note: str | None, where: str | None) -> Approval | None:
    """The very same approval, if it stands."""
    wanted = (actor, note, where)
    stand = [*ready.standing.valid]
    if ready.rule is None:  # one that lifts nothing, since its author gave it, stands recorded all the same
        stand += [
            one.approval for one in ready.standing.void if one.reason in (Void.AUTHOR, Void.AUTHOR_UNKNOWN)
            and one.approval.evidence == evidence_digest(ready.shown) and one.approval.policy == ready.policy
        ]  # fmt: skip
    return next((one for one in stand if (one.actor, one.note, one.where) == wanted), None)


def _is_mine(given_by: Actor, actor: Actor, rule: ApprovalRule | None) -> bool:
    if given_by == actor:
        return True
    person = None if rule is None else listed(actor, rule.people)
    return person is not None and rule is not None and listed(given_by, rule.people) == person


def _check_words(note: str | None, where: str | None) -> None:
    if note is not None and (not note.strip() or len(note) > _LONGEST_NOTE or not note.isprintable()):
        raise UsageError(
            "a note is one line of words without control characters",
            next_step=f"use at most {_LONGEST_NOTE:,} characters",
        )
    if where is not None:
        check_link(where)

"""Approvals as text and as JSON, for the `models` commands."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from seatrial.digest import Json
from seatrial.flows.approving import Approved
from seatrial.flows.for_alias import ForAlias
from seatrial.flows.waiting import Waiting
from seatrial.registry.approval import Standing
from seatrial.registry.promotion import AlreadyThere, Refused
from seatrial.registry.records import Actor, Approval, Revoked, Version
from seatrial.registry.serial import encode
from seatrial.report.escape import plain
from seatrial.report.facts import ModelFact
from seatrial.report.headline import ordered, reason
from seatrial.report.numbers import instant
from seatrial.verdict import Verdict

_WIDTH = 80
_LONGEST = 1000


def who(actor: Actor) -> str:
    """A person and how that person is known; the address of a git identity is left out."""
    return f"{actor.name.partition(' <')[0]} ({actor.identified_by})"


def shown(ready: ForAlias) -> str:
    """What is approved: the headline of judging anew, and all that holds."""
    judged = ready.judged
    fact = ModelFact(
        name=ready.version.model,
        gate_set=judged.gate_set,
        verdict=judged.verdict,
        decision=judged.decision,
        findings=judged.findings,
        baseline=ready.baseline,
    )
    lines = [f"{judged.verdict}: {reason(fact)}"]
    lines += [
        f"  {one.verdict}  {one.name}: {one.message}"
        for one in ordered(judged.findings)
        if one.verdict is not Verdict.PASS
    ]
    lines += [f"  debt: {debt}" for debt in ready.debt]
    lines += [f"  unpinned: {one}" for one in ready.version.unpinned]
    against = ready.baseline or "nothing: nobody has ever held it"
    lines.append(f"  gates: set {judged.gate_set}; compared with {against}")
    return _wrapped(lines)


def approved(done: Approved) -> str:
    """What came of an approval, and what to type next."""
    ref, alias = done.ready.version.ref, done.ready.alias
    if done.approval is None:
        if isinstance(done.permission, AlreadyThere):
            return f"{ref} holds {alias} already, so there is nothing to approve"
        said = _step(done)
        return _wrapped([f"not recorded: no approval lets {ref} take {alias}", *([f"next: {said}"] if said else [])])
    verb = "approved" if done.new else "approved already"
    lines = [f"{verb}: {ref} for {alias}, by {who(done.approval.actor)}"]
    mine = next((one for one in done.standing.void if one.approval == done.approval), None)
    lines += [f"note: it lifts no hold: {mine.why}"] if mine else []
    wanted = done.standing.wanted(alias)
    first = " --first" if done.ready.holder is None else ""
    if wanted:
        lines.append(wanted)
    elif not isinstance(done.permission, Refused):
        lines.append(f"next: seatrial models promote {ref} --to {alias}{first}")
    return _wrapped(lines)


def withdrawn(version: Version, alias: str, done: Sequence[Revoked]) -> str:
    """What was taken back."""
    return _wrapped([f"withdrawn: the approval of {version.ref} for {alias} by {who(one.of)}" for one in done])


def waiting(found: Sequence[Waiting]) -> str:
    """What waits for whom."""
    return _wrapped([f"{one.version.ref} waits: {one.standing.wanted(one.alias)}" for one in found])


def of_version(found: Sequence[Waiting]) -> str:
    """The approvals of one version, those that are void too, and what is missing."""
    lines = []
    for each in found:
        said = each.standing
        lines += [f"approved for {each.alias}: {_given(one)}" for one in said.valid]
        for one in said.void:
            lines.append(f"void for {each.alias}: {_given(one.approval)}: {one.why}")
        lines += [f"waits: {said.wanted(each.alias)}"] if each.waits else []
    return _wrapped(lines)


def unknown(why: str) -> str:
    """What is said where approvals cannot be told."""
    return _wrapped([f"how approvals stand is not known: {why}"])


def approved_json(done: Approved) -> dict[str, Json]:
    """What came of an approval."""
    refused = done.permission if isinstance(done.permission, Refused) else None
    judged = done.ready.judged
    return {
        "ref": done.ready.version.ref,
        "alias": done.ready.alias,
        "recorded": done.new,
        "approval": None if done.approval is None else encode(done.approval),
        "verdict": judged.verdict.value,
        "decision": judged.decision.value,
        "gate_set": judged.gate_set,
        "baseline": done.ready.baseline,
        "gates": [encode(finding) for finding in judged.findings],
        "approvals": standing_json(done.standing),
        "reasons": list(refused.reasons) if refused else [],
        "next_step": _step(done),
    }


def _step(done: Approved) -> str | None:
    """What to do about a refusal: where no approval lifts it, what takes its reason away. An override is for whoever
    promotes."""
    if not isinstance(done.permission, Refused):
        return None
    return (None if done.approval is not None else done.permission.remedy) or done.permission.next_step


def standing_json(found: Standing) -> dict[str, Json]:
    """How approvals stand."""
    return {
        "needed": found.needed,
        "missing": found.missing,
        "may": list(found.may),
        "valid": [encode(one) for one in found.valid],
        "void": [{"approval": encode(one.approval), "reason": one.reason.value, "why": one.why} for one in found.void],
    }


def waiting_json(found: Waiting) -> dict[str, Json]:
    """How the approvals of a version for an alias stand."""
    return {"ref": found.version.ref, "alias": found.alias, "waits": found.waits, **standing_json(found.standing)}


def _given(approval: Approval) -> str:
    note = f": {approval.note}" if approval.note else ""
    where = f", {approval.where}" if approval.where else ""
    return f"{who(approval.actor)} at {instant(approval.at)} UTC{where}{note}"


def _wrapped(lines: Sequence[str]) -> str:
    found: list[str] = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip(" ")))
        text = plain(line, bound=_LONGEST)
        found += textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=f"{indent}  ",
            break_on_hyphens=False,
            break_long_words=False,
        )
    return "\n".join(found)

"""A piece of news in words: what becomes a message, without any secret that is known. Pure.

Called by `telling.py`. What a run says may quote what a stage printed, and a branch is called what somebody liked; so
every text is masked here, and made plain where it is written (`forge/webhook_text.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from seatrial.flows.telling_rule import Situation
from seatrial.flows.told import Claim
from seatrial.forge.channels import Event
from seatrial.forge.webhook_text import Message
from seatrial.report.next_steps import command_of


class Occasion(Struct, frozen=True, kw_only=True):
    """What all messages of one run, or one promotion, share. `link` leads to the report."""

    project: str
    link: str | None = None
    run: str | None = None
    commit: str | None = None
    tier: str | None = None
    branch: str | None = None
    pull: int | None = None


def message_of(claim: Claim, situation: Situation, occasion: Occasion, mask: Callable[[str], str]) -> Message:
    """What is sent."""

    def safe(text: str | None) -> str | None:
        return None if text is None else mask(text)

    subject = claim.subject
    return Message(
        id=claim.delivery,
        event=claim.event,
        project=occasion.project,
        kind=subject.kind,
        name=mask(subject.name),
        headline=mask(_headline(claim, situation, occasion)),
        reason=mask(_reason(claim, situation)),
        reasons=() if claim.event is Event.APPROVAL else tuple(map(mask, situation.reasons)),
        version=situation.version,
        alias=safe(situation.alias),
        verdict=situation.verdict,
        decision=situation.decision,
        tier=safe(occasion.tier),
        branch=safe(occasion.branch),
        pull=occasion.pull,
        run=occasion.run,
        commit=occasion.commit,
        command=safe(command_of(situation.command)),
        next_step=safe(situation.command),
        link=safe(occasion.link),
        at=claim.at,
    )


def _headline(claim: Claim, situation: Situation, occasion: Occasion) -> str:
    where = [f"tier {occasion.tier}"] if occasion.tier else []
    if occasion.pull is not None:
        where.append(f"pull request {occasion.pull}")
    elif occasion.branch:
        where.append(occasion.branch)
    name = situation.title or claim.subject.name
    shown = f"{name} ({', '.join(where)})" if where else name
    match claim.event:
        case Event.RECOVERY:
            return f"PASS again: {shown}"
        case Event.APPROVAL:
            return f"Approval wanted: {shown}"
        case _:
            return f"{situation.verdict}: {shown}"


def _reason(claim: Claim, situation: Situation) -> str:
    if claim.event is Event.RECOVERY:
        return f"{situation.said}; told to fail before: {', '.join(claim.reasons)}"
    return situation.said

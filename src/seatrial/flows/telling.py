"""Tells people what a run came to, or that a version waits for them: channel by channel, what is news to it.

Called at the end of a run, where a promotion waits for approvals, and by `seatrial notify --test`. Nothing here changes
a verdict, a decision or an exit code: what could not be told is a warning. What was told is remembered in the state, so
machines that share one tell a thing once; what did not arrive is told by the next run that comes to the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from seatrial.change.branches import REMOTE
from seatrial.clock import iso
from seatrial.errors import ConflictError, OutsideError, UserError
from seatrial.flows.claiming import ChannelMemory
from seatrial.flows.main_tip import guarding_tip
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.secrets_here import masker
from seatrial.flows.telling_rule import ApprovalWanted, Ground, Situation, ground_of, situations, waiting
from seatrial.flows.telling_text import Occasion, message_of
from seatrial.flows.told import Claim, How
from seatrial.flows.workspace import Workspace
from seatrial.forge.channels import Channel, Event
from seatrial.forge.patience import Patience
from seatrial.forge.webhook import PATIENCE, Line, Sent, open_line, refused
from seatrial.forge.webhook_text import Message
from seatrial.report.facts import RunFacts

MOST_MESSAGES = 20
"""To one channel after one run. The others are news to the next run."""
_LATER = "the next run that comes to the same tells it again"
_TRY_AGAIN = "check its address and the way there, and type the same again"
_NO_MAIN = "which branch is the main one is not known"
_NO_MAIN_STEP = "set `main:` in seatrial.yaml"


class Delivered(Struct, frozen=True, kw_only=True):
    """A message that was taken. `subject` is what it was about."""

    channel: str
    event: Event
    subject: str
    delivery: str
    status: int


class NotDelivered(Struct, frozen=True, kw_only=True):
    """A message that was not taken, or of which nobody knows. `ours`: it was never sent, because of how the channel is
    set up. `event` and `subject` are None where it did not even come to that."""

    channel: str
    why: str
    next_step: str | None = None
    event: Event | None = None
    subject: str | None = None
    status: int | None = None
    ours: bool = False

    @property
    def warning(self) -> str:
        """For the report."""
        about = "" if self.event is None else f" of the {self.event} of {self.subject}"
        return f"{self.channel} was not told{about}: {self.why}" + (f"; {self.next_step}" if self.next_step else "")


Told = Delivered | NotDelivered


def ground(workspace: Workspace, policy: ProjectPolicy, *, whole: bool) -> Ground:
    """Where a run of this work tree takes place. `whole`: its command left no stage out."""
    tip = guarding_tip(workspace, policy.main)
    main = None if tip is None else tip.branch.removeprefix(f"{REMOTE}/")
    return ground_of(workspace.environ, here=workspace.git.branch(), main=main, whole=whole)


def tell_run(
    workspace: Workspace,
    policy: ProjectPolicy,
    facts: RunFacts,
    where: Ground,
    *,
    link: str | None = None,
    patience: Patience = PATIENCE,
) -> tuple[Told, ...]:
    """Tell every channel what is news to it after a run. What uncommitted files come to is nobody else's business."""
    if facts.dirty:
        return ()
    told: list[Told] = []
    found = situations(facts, where)
    occasion = Occasion(
        project=facts.project,
        link=link,
        run=facts.run,
        commit=facts.commit,
        tier=facts.tier,
        branch=where.branch,
        pull=where.pull,
    )
    for channel in policy.notify.values():
        if Event.FAILURE not in channel.on or (channel.tiers and facts.tier not in channel.tiers):
            continue
        mine = [one for one in found if one.subject.kind != "model" or _wants(channel, one.subject.name)]
        if where.heard_by(channel):
            told += _Telling(workspace, policy, channel, occasion, patience).tell(mine)
        elif where.unknown and any(one.reasons for one in mine):
            told.append(NotDelivered(channel=channel.name, why=_NO_MAIN, next_step=_NO_MAIN_STEP, ours=True))
    return tuple(told)


def tell_waiting(
    workspace: Workspace,
    policy: ProjectPolicy,
    one: ApprovalWanted,
    *,
    link: str | None = None,
    patience: Patience = PATIENCE,
) -> tuple[Told, ...]:
    """Tell every channel that asks for it that a version waits for approvals."""
    told: list[Told] = []
    occasion = Occasion(project=policy.project, link=link)
    for channel in policy.notify.values():
        if Event.APPROVAL in channel.on and _wants(channel, one.model):
            told += _Telling(workspace, policy, channel, occasion, patience).tell([waiting(one, policy.project)])
    return tuple(told)


def try_channel(
    workspace: Workspace, policy: ProjectPolicy, channel: Channel, *, patience: Patience = PATIENCE
) -> Told:
    """Send a message that says that nothing happened. Nothing is remembered."""
    message = Message(
        id=(workspace.randomness() + workspace.randomness())[:16].hex(),
        event=Event.TEST,
        project=policy.project,
        kind="channel",
        name=channel.name,
        headline=f"{policy.project} can reach you here",
        reason="this is a test by `seatrial notify --test`; nothing happened",
        at=iso(workspace.clock.now()),
    )
    line = _line(workspace, channel, patience)
    sent = line if isinstance(line, Sent) else line.send(message, workspace.clock.now())
    return _told(channel, Event.TEST, channel.name, message.id, sent)


class _Telling:
    """One channel on one occasion. All messages share a connection's patience."""

    def __init__(
        self, workspace: Workspace, policy: ProjectPolicy, channel: Channel, occasion: Occasion, patience: Patience
    ) -> None:
        self._workspace = workspace
        self._channel = channel
        self._occasion = occasion
        self._patience = patience
        self._mask = masker(workspace, policy)
        self._memory = ChannelMemory(workspace.state, channel)
        self._open: Line | Sent | None = None

    def tell(self, found: Sequence[Situation]) -> list[Told]:
        told: list[Told] = []
        for situation in found:
            try:
                claim = self._memory.claim(situation, now=self._workspace.clock.now(), run=self._occasion.run)
            except (OutsideError, ConflictError, UserError) as error:
                why = f"what it was told before could not be looked up: {self._mask(str(error))}"
                return [*told, NotDelivered(channel=self._channel.name, why=why, next_step=error.next_step)]
            if claim is None:
                continue
            one, how, said = self._send(claim, situation, sent=len(told))
            told += [] if one is None else [one]
            try:
                self._memory.settle(claim, how, said, now=self._workspace.clock.now())
            except (OutsideError, ConflictError) as error:
                why = f"what became of it could not be remembered: {self._mask(str(error))}"
                step = "it may be told again, under the same delivery"
                return [*told, NotDelivered(channel=self._channel.name, why=why, next_step=step)]
        return told

    def _send(self, claim: Claim, situation: Situation, *, sent: int) -> tuple[Told | None, How, str]:
        if claim.event not in self._channel.on:
            return None, How.UNSAID, "not asked for"
        if sent >= MOST_MESSAGES:
            answer = Sent(fault=f"{MOST_MESSAGES} messages are sent after one run at most", next_step="run again")
        else:
            answer = self._answer(message_of(claim, situation, self._occasion, self._mask))
        told = _told(self._channel, claim.event, claim.subject.name, claim.delivery, answer)
        return told, _how(answer), answer.fault or str(answer.status)

    def _answer(self, message: Message) -> Sent:
        if self._open is None:
            self._open = _line(self._workspace, self._channel, self._patience)
        return self._open if isinstance(self._open, Sent) else self._open.send(message, self._workspace.clock.now())


def _wants(channel: Channel, model: str) -> bool:
    return not channel.models or model in channel.models


def _line(workspace: Workspace, channel: Channel, patience: Patience) -> Line | Sent:
    try:
        return open_line(channel, workspace.environ, patience=patience)
    except UserError as error:
        return refused(error)


def _how(sent: Sent) -> How:
    if sent.taken:
        return How.DELIVERED
    return How.UNSURE if sent.unsure else How.NOT_DELIVERED


def _told(channel: Channel, event: Event, subject: str, delivery: str, sent: Sent) -> Told:
    if sent.taken and sent.status is not None:
        return Delivered(channel=channel.name, event=event, subject=subject, delivery=delivery, status=sent.status)
    return NotDelivered(
        channel=channel.name,
        event=event,
        subject=subject,
        why=sent.fault or "",
        next_step=sent.next_step or (_TRY_AGAIN if event is Event.TEST else _LATER),
        status=sent.status,
        ours=sent.ours,
    )

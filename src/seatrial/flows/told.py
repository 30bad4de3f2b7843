"""What a channel was told, as records, and what it therefore knows. Pure.

`telling.py` reads and appends the records of a channel's stream; `telling_rule.py` decides by what is folded here. A
message leaves two records: a claim before it is sent, so that of two runs at once one tells it, and an outcome after.

Subtle: between the two lies a request to somebody else's server. Where nobody knows whether it arrived, or the process
ended in between, the channel counts as unsure: the same news is told again under the same delivery id, and what it may
have heard as failing is also told to have recovered. So everything is told at least once, and a receiver that keeps
delivery ids takes it exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct, field

from seatrial.digest import Json, of_record
from seatrial.errors import not_understood
from seatrial.forge.channels import Event
from seatrial.registry.serial import decode, encode
from seatrial.replacing import replace
from seatrial.store.state import Entry

SCHEMA = 1
CLAIM_HOLDS = 600.0
"""Seconds after which a claim without an outcome was somebody's who is gone; patience with a server ends earlier."""
_ID = 32  # hexadecimal digits of a delivery


def stream_of(channel: str) -> str:
    """The stream that a channel's records lie in."""
    return f"told/to-{channel}"


class Subject(Struct, frozen=True, kw_only=True):
    """What news are about: a `model`, `data`, the `stages`, or the `version` that waits for an alias, of a project,
    under a tier, on a branch. What is told of one is not told of another."""

    project: str
    kind: str
    name: str
    tier: str | None = None
    branch: str | None = None


class Claim(Struct, frozen=True, kw_only=True):
    """Somebody is about to tell this. `reasons` are those that were not told before."""

    delivery: str
    subject: Subject
    event: Event
    reasons: tuple[str, ...]
    at: str
    run: str | None = None


class How(StrEnum):
    """What became of a message."""

    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    UNSURE = "unsure"
    UNSAID = "unsaid"
    """The channel does not ask for such news; that it happened is remembered."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a claim. `said` is a status or a sentence, without any secret."""

    delivery: str
    how: How
    said: str
    at: str


class Heard(Struct, frozen=True, kw_only=True):
    """What a channel knows of a subject. `reasons` are all it was told since the subject began to fail, `at` when that
    was last. `claim` is open: somebody tells it now, or was killed. `loose` did not arrive, or nobody knows (`unsure`).
    """

    failing: bool = False
    reasons: frozenset[str] = frozenset()
    at: str | None = None
    claim: Claim | None = None
    loose: Claim | None = None
    unsure: bool = False

    def settled(self, now: datetime) -> Heard:
        """The same, where a claim that was left open for too long counts as one that may have arrived."""
        if self.claim is None or abs((now - instant(self.claim.at)).total_seconds()) < CLAIM_HOLDS:
            return self
        return replace(self, claim=None, loose=self.claim, unsure=True)


class Memory(Struct, frozen=True, kw_only=True):
    """All that a channel knows. `claimed` says by delivery what it is about; `length` is the number of records."""

    subjects: Mapping[Subject, Heard] = field(default_factory=dict)
    claimed: Mapping[str, Subject] = field(default_factory=dict)
    length: int = 0

    def of(self, subject: Subject) -> Heard:
        return self.subjects.get(subject, Heard())

    def after(self, entry: Entry) -> Memory:
        """The same with one more record."""
        subjects, claimed = dict(self.subjects), dict(self.claimed)
        _take(subjects, claimed, entry)
        return Memory(subjects=subjects, claimed=claimed, length=self.length + 1)


_KINDS: dict[str, type[Claim | Outcome]] = {"claim": Claim, "outcome": Outcome}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_body(record: Claim | Outcome) -> dict[str, Json]:
    """The body of the state entry for a record."""
    return {"kind": _NAMES[type(record)], "schema": SCHEMA, "data": encode(record)}


def fold(entries: Sequence[Entry]) -> Memory:
    """What the records say. Raises StateError for one that this version does not understand."""
    subjects: dict[Subject, Heard] = {}
    claimed: dict[str, Subject] = {}
    for entry in entries:
        _take(subjects, claimed, entry)
    return Memory(subjects=subjects, claimed=claimed, length=len(entries))


def _take(subjects: dict[Subject, Heard], claimed: dict[str, Subject], entry: Entry) -> None:
    """Take one more record in."""
    record = _record(entry)
    match record:
        case Claim():
            subjects[record.subject] = replace(subjects.get(record.subject, Heard()), claim=record)
            claimed[record.delivery] = record.subject
        case Outcome():
            subject = claimed.get(record.delivery)
            claim = None if subject is None else subjects[subject].claim
            if subject is not None and claim is not None and claim.delivery == record.delivery:
                subjects[subject] = _after(subjects[subject], claim, record)
        case _:
            assert_never(record)


def delivery_id(channel: str, subject: Subject, event: Event, reasons: Iterable[str], *, length: int) -> str:
    """The id of a new message: that of nothing else that was, or will be, told here."""
    parts: dict[str, Json] = {
        "channel": channel,
        "subject": encode(subject),
        "event": event.value,
        "reasons": sorted(reasons),
        "length": length,
    }
    return of_record("delivery/1", parts).partition(":")[2][:_ID]


def instant(text: str) -> datetime:
    """The instant of a record."""
    return datetime.fromisoformat(text)


def _after(heard: Heard, claim: Claim, outcome: Outcome) -> Heard:
    match outcome.how:
        case How.NOT_DELIVERED:
            return replace(heard, claim=None, loose=claim, unsure=heard.unsure)
        case How.UNSURE:
            return replace(heard, claim=None, loose=claim, unsure=True)
        case How.DELIVERED | How.UNSAID:
            if claim.event is Event.RECOVERY:
                return Heard(at=outcome.at)
            reasons = heard.reasons | frozenset(claim.reasons)
            return Heard(failing=claim.event is Event.FAILURE, reasons=reasons, at=outcome.at)


def _record(entry: Entry) -> Claim | Outcome:
    shown = f"record {entry.number} of {entry.stream}"
    kind, schema = entry.body.get("kind"), entry.body.get("schema")
    if schema != SCHEMA or kind not in _KINDS or entry.body.keys() != {"kind", "schema", "data"}:
        raise not_understood(shown, f"it is a {kind!r} of schema {schema!r}")
    try:
        return decode(_KINDS[str(kind)], entry.body["data"])
    except ValueError as error:
        raise not_understood(shown, str(error)) from None

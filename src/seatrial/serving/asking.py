"""What it is to ask a model, whatever it runs behind: a question, an answer with its time, or why there is none.

Implemented by `http_asker` and `pipe_asker`; used by `measure`, `answers` and `contract`, which decide what an
unanswered question means. To a measurement it is a row that says so, to a contract a broken promise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import StageError

MOST = 64 << 20
"""Bytes of one answer that are read."""
_DEEPEST = 64
_LONGEST_KEY = 60


class Why(StrEnum):
    """Why a question has no answer."""

    REFUSED = "refused"
    """Nobody listens there."""
    CUT_OFF = "cut_off"
    """The connection was closed in the middle."""
    TIMEOUT = "timeout"
    STATUS = "status"
    """It answered with another status than 200."""
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"
    TOO_LARGE = "too_large"
    RAISED = "raised"
    """The user's function raised."""
    DIED = "died"
    """Its process ended."""
    UNASKABLE = "unaskable"
    """The inputs cannot be worded in the form of the preset."""


class UnansweredError(StageError):
    """A question without an answer. `ms` is how long until that was known."""

    def __init__(self, why: Why, message: str, *, ms: float = 0.0, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.why = why
        self.ms = ms


class Reply(Struct, frozen=True, kw_only=True):
    """The answers to one request, in the order of its inputs, and how long they took, in milliseconds: from the first
    byte sent to the last received, with nothing of our own encoding and decoding in it."""

    answers: tuple[Json, ...]
    ms: float


class UnusableJsonError(ValueError):
    """JSON, as the grammar goes, that two readers would not read alike; the text says why, as in `JSON that ...`."""


def decoded(data: bytes) -> Json:
    """What a server sent, as values. NaN and infinities are let through, for whoever judges numbers to see. Raises
    ValueError for what is no JSON, UnusableJsonError for an object with a key twice, of which one value would win
    silently, and for what is nested so deeply that nobody could look into it."""
    try:
        document: Json = json.loads(data, object_pairs_hook=_members)
    except RecursionError as error:
        raise UnusableJsonError("is nested too deeply") from error
    level: list[Json] = [document]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return document
    raise UnusableJsonError(f"is nested more than {_DEEPEST} levels deep")


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise UnusableJsonError(f"has the key `{twice[:_LONGEST_KEY]}` twice in one object")
    return members


def _inside(value: Json) -> Iterable[Json]:
    return value if isinstance(value, list) else value.values() if isinstance(value, Mapping) else ()


class Asker(Protocol):
    """A way to a model."""

    @property
    def takes_many(self) -> bool:
        """Whether one request may hold more than one input."""

    def is_ready(self, patience: float) -> str | None:
        """None when it can be asked, else what it says instead; waits at most `patience` seconds."""

    def ask(self, inputs: Sequence[Json]) -> Reply:
        """Ask once. Raises UnansweredError."""

    def close(self) -> None:
        """Give back what it holds open."""

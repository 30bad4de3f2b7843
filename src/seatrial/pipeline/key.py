"""The identity of one unit of work, and what differs between two.

Pure. A cell's *parts* are a flat mapping from a readable name (`params.train.lr`,
`files.src/train.py`, `deps.data`) to a JSON value. Two digests are taken from it: the input
digest, in which a dep made by another stage counts by that stage's input digest (known before
anything runs), and the action key, in which it counts by its bytes (known when the producer is
done). Because `why` compares the same parts that were digested, the explanation cannot differ
from the decision.

What counts is DESIGN's list: command, used parameters, `env`, matrix cell, deps, outs, import
closure, tool configuration, environment, platform. Name, tiers, needs and timeout do not.
The schema number is the key's own: raise it when the meaning of parts changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seatrial import digest
from seatrial.digest import Json, canonical

Parts = Mapping[str, Json]

_ACTION = "action-key/1"
_INPUT = "input-digest/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One part that differs. A part that is missing on one side is None there."""

    part: str
    old: Json
    new: Json


def action_key(parts: Parts) -> str:
    """The key a result is stored under."""
    return digest.of_record(_ACTION, parts)


def input_digest(parts: Parts) -> str:
    """The identity of the same work before its producers have run."""
    return digest.of_record(_INPUT, parts)


def changes(old: Parts, new: Parts) -> tuple[Change, ...]:
    """The parts that differ as they are digested (1, 1.0 and true are three values), likeliest causes first."""
    names = sorted(old.keys() | new.keys(), key=_rank)
    return tuple(
        Change(part=name, old=old.get(name), new=new.get(name))
        for name in names
        if (name in old) != (name in new) or canonical(old.get(name)) != canonical(new.get(name))
    )


_ORDER = ("cmd", "params", "files", "deps", "matrix", "env", "outs", "sources", "environment", "platform")


def _rank(part: str) -> tuple[int, str]:
    head = part.partition(".")[0]
    return (_ORDER.index(head) if head in _ORDER else len(_ORDER), part)


def without(parts: Parts, *names: str) -> dict[str, Json]:
    """The parts that are left when some, with everything below them, are taken out."""
    return {
        part: value
        for part, value in parts.items()
        if not any(part == name or part.startswith(name + "/") for name in names)
    }

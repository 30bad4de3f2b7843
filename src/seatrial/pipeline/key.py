"""The identity of one unit of work, and what differs between two.

Pure. A cell's *parts* are a flat mapping from a readable name (`params.train.lr`,
`files`, `deps.data`) to a JSON value. Many files are one part, a digest of their listing: a key
must stay small for a tree of a hundred thousand files. Two digests are taken from it: the input
digest, in which a dep made by another stage counts by that stage's input digest (known before
anything runs), and the action key, in which it counts by its bytes (known when the producer is
done). Because `why` compares the same parts that were digested, the explanation cannot differ
from the decision.

What counts is DESIGN's list: command, used parameters, `env`, matrix cell, deps, outs, import
closure, tool configuration, environment, platform. Name, tiers, needs and timeout do not.
The schema number is the key's own: raise it when the meaning of parts changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json, canonical

Parts = Mapping[str, Json]

Listings = Callable[[str], Mapping[str, Json] | None]
"""Gives the listing with some digest, None when it is gone."""

FILES = "files"
"""The part that lists a cell's import closure (or the whole tree) with each file's digest."""

ENVIRONMENT = "environment"
"""The part that lists what counts of the environment: distributions by name, with version and build."""

TAKEN = "taken"
"""The head of the parts that say which files of others stand for the command: path and digest, by out."""

PYTHON = "Python"
"""Under which name Python x.y is in that listing; names of distributions have no capitals."""

_ACTION = "action-key/2"
_INPUT = "input-digest/2"


class Change(Struct, frozen=True, kw_only=True):
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


def listing(entries: Mapping[str, Json]) -> tuple[dict[str, Json], bytes]:
    """Many files as one part, and the bytes to keep under its digest, so that `unfold` can name each again."""
    data = digest.canonical(dict(entries))
    return {"listing": digest.of_bytes(data)}, data


def unfold(parts: Parts, listings: Listings) -> dict[str, Json]:
    """Parts with every listing replaced by one part an entry: `files` by `files.PATH`, `environment` by
    `environment.NAME`, a glob by `deps.NAME/PATH`.

    A listing that is gone stays as it is: that something changed can then be said, not what.
    """
    unfolded: dict[str, Json] = {}
    for name, value in parts.items():
        entries = listings(str(value["listing"])) if isinstance(value, Mapping) and "listing" in value else None
        if entries is None:
            unfolded[name] = value
        else:
            between = "." if name in (FILES, ENVIRONMENT) else "/"
            unfolded.update({f"{name}{between}{path}": content for path, content in entries.items()})
    return unfolded


def changes(old: Parts, new: Parts) -> tuple[Change, ...]:
    """The parts that differ as they are digested (1, 1.0 and true are three values), likeliest causes first."""
    names = sorted(old.keys() | new.keys(), key=_rank)
    return tuple(
        Change(part=name, old=old.get(name), new=new.get(name))
        for name in names
        if (name in old) != (name in new) or canonical(old.get(name)) != canonical(new.get(name))
    )


_ORDER = (
    "taken", "uses", "with", "cmd", "shell", "params", "files", "deps", "reads", "matrix", "env", "outs", "sources",
    "environment", "platform",
)  # fmt: skip


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

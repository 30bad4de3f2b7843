"""What a command was seen to do with files, whichever tracer saw it.

Made by `audit.py` and `strace.py`, taken apart by `pipeline/tracing.py`. Pure.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What was done with a path."""

    READ = "read"
    SOUGHT = "sought"
    """It was looked for, and nothing was there."""
    LISTED = "listed"
    MADE = "made"
    """Whatever lies there from now on, below it too, is the command's own."""
    REMOVED = "removed"


class Touch(Struct, frozen=True):
    """One path at one moment. `stamp` is when the file was changed last, or when a name in the folder was, in
    nanoseconds; None where the tracer cannot tell."""

    kind: Kind
    path: str
    at: int = 0
    stamp: int | None = None


class Seen(Struct, frozen=True, kw_only=True):
    """What was seen. `touches` are in order of time. `prefixes` are the folders of the interpreters that ran,
    `search` where they look for modules. `incomplete` says what was not seen, None when every process was."""

    tracer: str
    touches: tuple[Touch, ...] = ()
    prefixes: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    incomplete: str | None = None


class Inputs(Struct, frozen=True, kw_only=True):
    """What a command took from outside of itself. `reads` and `listings` have the stamps they had when they were
    looked at first. `changed` are those that the command itself removed, or that had two stamps. `made_in` are the
    folders in which it made something."""

    reads: dict[str, int | None]
    sought: tuple[str, ...]
    listings: dict[str, int | None]
    changed: frozenset[str]
    made_in: frozenset[str]


def inputs_of(touches: Iterable[Touch]) -> Inputs:
    """Its inputs: what it made itself, before it read it or after it looked for it in vain, is none."""
    reads: dict[str, int | None] = {}
    listings: dict[str, int | None] = {}
    sought: dict[str, None] = {}
    made: set[str] = set()
    changed: set[str] = set()
    for touch in touches:
        path = touch.path
        match touch.kind:
            case Kind.MADE:
                made.add(path)
            case Kind.REMOVED if path in reads:
                changed.add(path)
            case Kind.REMOVED if not _below(path, made):
                made.add(path)  # what comes to lie there later is its own, and that nothing does is its own doing
            case Kind.READ if not _below(path, made):
                known = reads.get(path)
                reads[path] = touch.stamp if known is None else known
                if known is not None and touch.stamp is not None and known != touch.stamp:
                    changed.add(path)
            case Kind.SOUGHT if path not in reads and not _below(path, made):
                sought[path] = None
            case Kind.LISTED if not _below(path, made):
                listings.setdefault(path, touch.stamp)
            case _:
                pass
    made_in = frozenset(posixpath.dirname(path) for path in made)
    return Inputs(
        reads=reads,
        sought=tuple(path for path in sought if path not in reads and not _below(path, made)),
        listings={path: stamp for path, stamp in listings.items() if path not in made_in},
        changed=frozenset(changed),
        made_in=made_in,
    )


def _below(path: str, folders: set[str]) -> bool:
    """Whether a path is one of some folders, or lies in one."""
    while path not in folders:
        above = path.rpartition("/")[0]
        if not above:
            return False
        path = above
    return True

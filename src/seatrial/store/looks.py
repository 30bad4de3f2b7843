"""What a look at an input found, and whether it would find the same again.

Called by `fingerprint.py`, which looks; kept by the stat cache, so that the end of a command and the
memo of a settled run need no second look of the same kind. Subtle: files that were young in the
look could be changed since without their stamps moving, so these are read again.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.store import glances
from seatrial.store.artifact import Artifact
from seatrial.store.hashing import steady_digest


class Trace(Struct, frozen=True):
    """How to tell whether a folder has changed: the mark of each folder in it, and its young files' digests, both by
    path."""

    marks: Mapping[str, bytes]
    young: Mapping[str, str]


class Look(Struct, frozen=True):
    """What lies at a path, and how it looked from outside: `seen` changes when anything is written
    there, even if the bytes are then put back. `trace` is None for what has none: a file, a folder
    with links in it, one with very much in it."""

    artifact: Artifact
    seen: bytes
    trace: Trace | None = None


def unchanged(trace: Trace) -> bool:
    """Whether nothing was written in a folder since the look that left this trace. False where that cannot be told.

    Raises StageError when a young file changes all the while.
    """
    try:
        return all(glances.take(path).mark == mark for path, mark in trace.marks.items()) and all(
            steady_digest(path)[0] == value for path, value in trace.young.items()
        )
    except OSError:
        return False

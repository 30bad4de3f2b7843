"""What is known of how a result was watched while it was made. Pure.

Stored with each result, and shown wherever the result counts. It says nothing about what was read inside of the
repository: that stands with the result as `reads`, which a hit is checked by.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.digest import Json

MOST_SHOWN = 100
"""Paths that are kept one by one; how many there were in all is kept too."""


class Trace(Struct, frozen=True, kw_only=True):
    """`tracer` saw what a command read. `incomplete` says what it did not see, None when every process was seen.

    `pinned` are the models and data sets it read of the Hugging Face cache, as `hf:name@commit`. `unpinned` are
    the first paths outside of the repository that nothing vouches for, `unpinned_in_all` how many there were.
    """

    tracer: str
    incomplete: str | None = None
    pinned: tuple[str, ...] = ()
    unpinned: tuple[str, ...] = ()
    unpinned_in_all: int = 0

    @property
    def complete(self) -> bool:
        return self.incomplete is None

    def to_json(self) -> dict[str, Json]:
        return {
            "tracer": self.tracer,
            "complete": self.complete,
            "incomplete": self.incomplete,
            "pinned": list(self.pinned),
            "unpinned": list(self.unpinned),
            "unpinned_in_all": self.unpinned_in_all,
        }


def is_meant(name: str) -> bool:
    """Whether a program that lists a folder means such a name."""
    return not (name.startswith(".") or name == "__pycache__" or name.endswith(".pyc"))


def trace_from(value: Json) -> Trace | None:
    """What `to_json` gave; None for results of before stages were traced. Raises TypeError or ValueError for
    anything else."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise TypeError(f"not a trace: {value!r}")
    tracer, incomplete, count = value.get("tracer"), value.get("incomplete"), value.get("unpinned_in_all", 0)
    if not isinstance(tracer, str) or not (incomplete is None or isinstance(incomplete, str)):
        raise TypeError(f"not a trace: {value!r}")
    if not isinstance(count, int) or count < 0:
        raise ValueError(f"not a number of paths: {count!r}")
    unpinned = _texts(value.get("unpinned"))
    return Trace(
        tracer=tracer,
        incomplete=incomplete,
        pinned=_texts(value.get("pinned")),
        unpinned=unpinned,
        unpinned_in_all=max(count, len(unpinned)),
    )


def _texts(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"not a list of paths: {value!r}")
    return tuple(map(str, value))

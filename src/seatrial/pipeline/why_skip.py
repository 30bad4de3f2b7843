"""Why a cell would not run: for each changed path why it does not reach the cell, and how much that can be relied on.

Pure. Called by `flows/skipping.py`. The paths come classified by the same `reach` that decides a plan, so that the
explanation cannot say another thing than the plan does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.change.closure import ROOT, Closure
from seatrial.errors import some_of
from seatrial.pipeline import roots
from seatrial.pipeline.evidence_of_change import Evidence
from seatrial.pipeline.reach import NEVER_LOADED, Class, Classified
from seatrial.pipeline.select import Action

NOT_RUN = frozenset({Action.REUSE, Action.SKIP})


class Passed(Struct, frozen=True, kw_only=True):
    """One changed path: whether it reaches the cell, and why, or why not."""

    path: str
    reaches: bool
    reason: str


class Ground(Struct, frozen=True, kw_only=True):
    """What a cell can read, as far as its code says.

    `files` counts them, `starts` are those its command or `roots:` name, `tools` counts the configuration of tools
    among them. `whole_tree` when nothing says what it reads, so that all counts. `computed` are places whose import
    could not be followed, `marked` the files in which something computed decides what is loaded or started.
    """

    files: int
    starts: tuple[str, ...]
    tools: int
    whole_tree: bool
    computed: tuple[str, ...]
    marked: tuple[str, ...]


class Watched(Struct, frozen=True, kw_only=True):
    """How the cell's last run was watched. `tracer` is None where it was not; `incomplete` says what was not seen;
    `reads` counts what it was seen to read beyond what its key holds."""

    tracer: str | None = None
    incomplete: str | None = None
    reads: int = 0


class Stored(Struct, frozen=True, kw_only=True):
    """The result that would stand for the cell: the run that made it, and when."""

    run: str
    finished: str


class Skipping(Struct, frozen=True, kw_only=True):
    """Why one cell would not run, or that it would. `base` is the commit the paths differ from. A `built_in` stage has
    no code in the project."""

    cell: str
    base: str
    action: Action
    reason: str
    paths: tuple[Passed, ...]
    ground: Ground
    watched: Watched | None = None
    stored: Stored | None = None
    built_in: bool = False

    @property
    def skipped(self) -> bool:
        return self.action in NOT_RUN


def passed(
    closure: Closure,
    changed: Iterable[Classified],
    evidence: Sequence[Evidence],
    compared: Mapping[str, str],
) -> tuple[Passed, ...]:
    """What each changed path is to a cell, those that reach it first. `compared` are files of the configuration, with
    what is said where nothing in them changed that counts."""
    reaching: dict[str, str] = {}
    for one in evidence:
        reaching.setdefault(one.path, one.reason)
    found = [
        Passed(path=one.path, reaches=True, reason=reaching[one.path])
        if one.path in reaching
        else Passed(path=one.path, reaches=False, reason=_why_not(one, closure, compared))
        for one in changed
    ]
    return tuple(sorted(found, key=lambda one: not one.reaches))


def _why_not(one: Classified, closure: Closure, compared: Mapping[str, str]) -> str:
    others = some_of(one.stages)
    own = f"none of the {len(closure.files)} files it can load, and no dep of it" if closure.files else "no dep of it"
    match one.classification:
        case Class.IRRELEVANT if one.reason == NEVER_LOADED:
            return own
        case Class.IRRELEVANT:
            return one.reason
        case Class.UNKNOWN:
            return f"who reads it is not known; {others} runs for that" if others else one.reason
        case Class.REACHED if one.path in compared:
            return f"no value of it that this stage uses differs; it reaches {others}"
        case Class.REACHED:
            return f"{own}; it reaches {others}"


def ground_of(closure: Closure) -> Ground:
    """What a closure rests on."""
    links = closure.files.values()
    return Ground(
        files=len(closure.files),
        starts=tuple(path for path, link in closure.files.items() if link.kind == ROOT and path != roots.INLINE),
        tools=sum(link == roots.TOOL for link in links),
        whole_tree=roots.WHOLE_TREE in links,
        computed=closure.unknown,
        marked=closure.marked,
    )

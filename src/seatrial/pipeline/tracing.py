"""What a cell's command was seen to read, as it is stored with its result.

Called by the executor at a command's start and end. What the key has already is left out: closure, deps, outs,
parameters, what the run itself keeps. Of the rest, what lies in the tree becomes *reads*, by which a later hit is
checked, and what lies outside becomes a line for people. A trace can only add: whatever was missed counts as it
would without a trace.
"""

# ruff: noqa: PTH112  (a Path for each of thousands of files costs more than looking at them)
from __future__ import annotations

import os
import time
from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.pipeline.command import GUEST, Layout
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outside import places_of
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.results import Read
from seatrial.pipeline.seen_inside import Inside
from seatrial.pipeline.seen_outside import Outside
from seatrial.pipeline.session import Session
from seatrial.pipeline.trace import MOST_SHOWN, Trace
from seatrial.pipeline.upstream import whole_path
from seatrial.process import masking
from seatrial.process.trace.folder import TraceFolder
from seatrial.process.trace.seen import Seen, inputs_of
from seatrial.process.trace.strace import TRACER as STRACE
from seatrial.replacing import replace

MOST_READS = 20_000
"""Reads that are stored with one result."""

_PLACES = ("HOME", "XDG_CACHE_HOME", "TMPDIR")
_COARSE = getattr(time, "CLOCK_REALTIME_COARSE", 5 if os.name == "posix" and os.path.isdir("/proc") else None)


class Begun(Struct, frozen=True, kw_only=True):
    """A command that is traced: its name in the folder of traces, the program, when it started by the clock that
    files are dated by, and the variables that say where it keeps its own files."""

    name: str
    program: str
    since: int = 0
    places: Mapping[str, str] = field(default_factory=dict)


class Observed(Struct, frozen=True, kw_only=True):
    """What came of a trace, None where there was none. `unsteady` is the first input that changed while it was used,
    None when none did."""

    reads: tuple[Read, ...]
    trace: Trace | None
    unsteady: str | None = None


def without_secrets(observed: Observed, secrets: Mapping[str, str]) -> Observed:
    """The same, with nothing in it that holds a secret."""
    reads = tuple(read for read in observed.reads if not _holds_any(read.path, secrets))
    trace = observed.trace
    if trace is None:
        return observed
    incomplete = masking.masked(trace.incomplete, secrets.values()) if trace.incomplete else None
    if len(reads) < len(observed.reads):
        incomplete = "it read files whose names hold a secret"
    unpinned = tuple(masking.masked(path, secrets.values()) for path in trace.unpinned)
    return replace(observed, reads=reads, trace=replace(trace, incomplete=incomplete, unpinned=unpinned))


def _holds_any(path: str, secrets: Mapping[str, str]) -> bool:
    return masking.masked(path, secrets.values()) != path


class Tracing:
    """The traces of one run's commands."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._root = str(session.host.root)
        self._real = os.path.realpath(self._root)
        self._folder = TraceFolder(f"{session.folder}/trace")

    def command(
        self, cell: Cell, name: str, arguments: list[str], environment: Mapping[str, str]
    ) -> tuple[list[str], Mapping[str, str]]:
        """A command and its variables, so that it is traced. `name` is that of its files. Raises StageError."""
        if self._is_known(cell):
            return arguments, environment
        self._folder.make()
        if self._session.tracer == STRACE:
            return self._folder.wrapped(name, arguments), environment
        return arguments, {**environment, **self._folder.variables(name, environment)}

    def begin(self, name: str, program: str, environment: Mapping[str, str]) -> Begun:
        """A command is about to be started."""
        places = {each: environment[each] for each in _PLACES if each in environment}
        return Begun(name=name, program=program, since=_file_clock(), places=places)

    def _is_known(self, cell: Cell) -> bool:
        """Whether watching would tell nothing: a built-in stage is ours and reads its deps. Where `strace` was asked
        for, it is watched all the same."""
        return cell.spec.apart and self._session.tracer != STRACE

    def drop(self, begun: Begun) -> None:
        """Forget what a command left that is of no use to anybody."""
        self._take(begun, 0)

    def _take(self, begun: Begun, leader: int) -> Seen:
        if self._session.tracer != STRACE:
            return self._folder.take(begun.name, leader=leader, program=begun.program)
        seen = self._folder.take_strace(begun.name, folder=self._root, program=begun.program)
        python = self._session.host.python
        return replace(seen, prefixes=tuple(str(path.parent.parent) for path in (python, python.resolve())))

    def end(self, begun: Begun, planned: PlannedCell, layout: Layout, leader: int) -> Observed:
        """What a command read that has ended; `leader` was the number of its first process."""
        if self._is_known(planned.cell):
            return Observed(reads=(), trace=None)
        seen = self._take(begun, leader)
        if not seen.touches:
            return Observed(reads=(), trace=Trace(tracer=seen.tracer, incomplete=seen.incomplete))
        return self._observed(begun, planned, layout, seen)

    def _observed(self, begun: Begun, planned: PlannedCell, layout: Layout, seen: Seen) -> Observed:
        found = inputs_of(seen.touches)
        places = tuple(dict.fromkeys((self._root, self._real)))
        known = _known(planned, layout)
        inside = Inside(self._session.survey.reads, places, begun.since, known, seen.prefixes)
        reads, unsteady = inside.reads(found)
        incomplete = seen.incomplete
        if len(reads) > MOST_READS:
            incomplete = f"it read {len(reads)} files that it does not declare"
        pinned, unpinned = Outside(
            own=(*places, str(self._session.cache.root), GUEST),
            declared=(path if path.startswith("/") else f"{self._root}/{path}" for path in known),
            where=places_of((*seen.prefixes, *seen.search), begun.places, self._root),
            since=begun.since,
        ).sort(found)
        trace = Trace(
            tracer=seen.tracer,
            incomplete=incomplete,
            pinned=tuple(sorted(pinned)),
            unpinned=tuple(sorted(unpinned)[:MOST_SHOWN]),
            unpinned_in_all=len(unpinned),
        )
        return Observed(reads=tuple(reads[:MOST_READS]), trace=trace, unsteady=unsteady)


def _known(planned: PlannedCell, layout: Layout) -> frozenset[str]:
    """What a cell's key has, or gives, of the tree."""
    made = (whole_path(produced) for dep in planned.cell.deps or () for produced in dep.produced)
    deps = (path for paths in layout.deps.values() for path in paths)
    return frozenset((*planned.inputs.watched, *made, *deps, *layout.outs.values()))


def _file_clock() -> int:
    """The clock that files are dated by, which lags a little behind the other."""
    try:
        return time.clock_gettime_ns(_COARSE) if _COARSE is not None else time.time_ns()
    except OSError:
        return time.time_ns()

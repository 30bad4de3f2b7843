"""What a cell's command was seen to read, as it is stored with its result.

Called by the executor at a command's start and end. What the key has already is left out: closure, deps, outs,
parameters, what the run itself keeps. Of the rest, what lies in the tree becomes *reads*, by which a later hit is
checked, and what lies outside becomes a line for people. A trace can only add: whatever was missed counts as it
would without a trace.

Subtle: a digest is taken when the command has ended, and must be that of what the command saw. So the tracer notes
when a file was changed last, before it is read; a file that was changed since, even by the command itself, was no
steady input, and what was made of it belongs to no key.
"""

# ruff: noqa: PTH112, PTH116  (a Path for each of thousands of files costs more than looking at them)
from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from seatrial.pipeline.cache import FOLDER
from seatrial.pipeline.command import Layout
from seatrial.pipeline.outside import (
    HubPath,
    Surroundings,
    below,
    hub_path,
    is_environment,
    is_temporary,
    own_folder,
    surroundings,
)
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.reads import UNREADABLE
from seatrial.pipeline.results import Read
from seatrial.pipeline.session import Session
from seatrial.pipeline.trace import MOST_SHOWN, Trace
from seatrial.pipeline.tree import within
from seatrial.pipeline.upstream import whole_path
from seatrial.process import masking
from seatrial.process.trace.folder import TraceFolder
from seatrial.process.trace.seen import Inputs, Seen, inputs_of
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
    """What came of a trace. `unsteady` is the first input that changed while it was used, None when none did."""

    reads: tuple[Read, ...]
    trace: Trace
    unsteady: str | None = None


def without_secrets(observed: Observed, secrets: Mapping[str, str]) -> Observed:
    """The same, with nothing in it that holds a secret."""
    reads = tuple(read for read in observed.reads if not _holds_any(read.path, secrets))
    trace = observed.trace
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

    def variables(self, name: str, environment: Mapping[str, str]) -> dict[str, str]:
        """What lets a command be traced. `name` is that of its files."""
        return self._folder.variables(name, environment)

    def begin(self, name: str, program: str, environment: Mapping[str, str]) -> Begun:
        """A command is about to be started."""
        places = {each: environment[each] for each in _PLACES if each in environment}
        return Begun(name=name, program=program, since=_file_clock(), places=places)

    def drop(self, begun: Begun) -> None:
        """Forget what a command left that is of no use to anybody."""
        self._folder.take(begun.name, leader=0, program="")

    def end(self, begun: Begun, planned: PlannedCell, layout: Layout, leader: int) -> Observed:
        """What a command read that has ended; `leader` was the number of its first process."""
        seen = self._folder.take(begun.name, leader=leader, program=begun.program)
        if not seen.touches:
            return Observed(reads=(), trace=Trace(tracer=seen.tracer, incomplete=seen.incomplete))
        return self._observed(begun, planned, layout, seen)

    def _observed(self, begun: Begun, planned: PlannedCell, layout: Layout, seen: Seen) -> Observed:
        found = inputs_of(seen.touches)
        inside = _Inside(self._session, self._places(), begun.since, _known(planned, layout), seen.prefixes)
        reads, unsteady = inside.reads(found)
        incomplete = seen.incomplete
        if len(reads) > MOST_READS:
            incomplete = f"it read {len(reads)} files that it does not declare"
        pinned, unpinned = self._outside(begun, found, seen)
        trace = Trace(
            tracer=seen.tracer,
            incomplete=incomplete,
            pinned=tuple(sorted(pinned)),
            unpinned=tuple(sorted(unpinned)[:MOST_SHOWN]),
            unpinned_in_all=len(unpinned),
        )
        return Observed(reads=tuple(reads[:MOST_READS]), trace=trace, unsteady=unsteady)

    def _places(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self._root, self._real)))

    # -- outside of the tree ----------------------------------------------------------------

    def _outside(self, begun: Begun, found: Inputs, seen: Seen) -> tuple[set[str], set[str]]:
        own = (*self._places(), str(self._session.cache.root), os.path.realpath(self._session.cache.root))
        given = tuple(dict.fromkeys(name for path in (*seen.prefixes, *seen.search) for name in (path, _real(path))))
        where = surroundings(given, begun.places, self._root)
        pinned: set[str] = set()
        unpinned: set[str] = set()
        blobs: list[HubPath] = []
        for path in found.reads:
            if any(below(path, folder) for folder in own) or is_environment(path, where):
                continue
            hub = hub_path(path)
            if hub is None:
                if self._is_foreign(path, begun, where):
                    unpinned.add(path)
            elif hub.commit is not None:
                pinned.add(hub.pinned(hub.commit))
            elif hub.blob is not None:
                blobs.append(hub)
        unpinned |= {
            f"{path}/"
            for path in found.listings
            if not any(below(path, folder) or below(folder, path) for folder in own)
            and not (is_environment(path, where) or hub_path(path) or path in where.temp or path == where.home)
        }
        for hub in blobs:
            commit = _commit_of(hub, pinned)
            if commit is None:
                unpinned.add(str(hub.blob))
            else:
                pinned.add(hub.pinned(commit))
        return pinned, unpinned

    def _is_foreign(self, path: str, begun: Begun, where: Surroundings) -> bool:
        """Whether a file was there before the command, and still is."""
        if is_environment(_real(path), where):
            return False
        try:
            changed = os.stat(path).st_ctime_ns
        except OSError:
            return False
        return not (changed >= begun.since and is_temporary(path, where))


class _Inside:
    """What one command read in the tree. `known` are paths that its key has."""

    def __init__(
        self, session: Session, roots: tuple[str, ...], since: int, known: frozenset[str], prefixes: Iterable[str]
    ) -> None:
        self._reads = session.survey.reads
        self._roots = roots
        self._since = since
        self._known = known
        self._installed = frozenset(
            rest for path in prefixes for each in (path, _real(path)) if (rest := self._inside(each)) not in (None, "")
        )

    def reads(self, found: Inputs) -> tuple[list[Read], str | None]:
        """What to store, and the first that was not steady."""
        reads: dict[str, Read] = {}
        unsteady: list[str] = []
        for path, read in self._each(found):
            if isinstance(read, Read):
                reads.setdefault(read.path, read)
            else:
                unsteady.append(path)
        return sorted(reads.values(), key=lambda read: read.path), min(unsteady, default=None)

    def _each(self, found: Inputs) -> Iterator[tuple[str, Read | None]]:
        """Each path with what is stored of it, None when it was not steady."""
        for place, stamp in found.reads.items():
            path = self._counting(place)
            if path is not None:
                steady = place not in found.changed and self._steady(place, stamp)
                yield path, self._file(path) if steady else None
        for place in found.sought:
            path = self._counting(place)
            if path is not None:
                yield path, Read(path=path, digest=None)
        for place, stamp in found.listings.items():
            path = self._counting(place, folder=True)
            if path is not None:
                name = f"{path}/" if path else "./"
                yield name, self._listing(name, place, stamp)

    def _counting(self, place: str, *, folder: bool = False) -> str | None:
        """The path in the tree, if it is there and the key does not have it."""
        path = self._inside(place)
        if path is None or (not path and not folder) or within(path, self._known) or within(path, self._installed):
            return None
        return None if own_folder(path) or below(path, FOLDER) else path

    def _inside(self, place: str) -> str | None:
        for root in self._roots:
            if below(place, root):
                return place[len(root) + 1 :]
        return None

    def _steady(self, place: str, stamp: int | None) -> bool:
        try:
            changed = os.stat(place).st_ctime_ns
        except OSError:
            return False
        return changed < self._since if stamp is None else changed == stamp

    def _file(self, path: str) -> Read | None:
        value = self._reads(path)
        return None if value in (None, UNREADABLE) else Read(path=path, digest=value)

    def _listing(self, name: str, place: str, stamp: int | None) -> Read | None:
        value = self._reads(name)
        try:
            moved = os.stat(place).st_mtime_ns != stamp if stamp is not None else False
        except OSError:
            return None
        if value in (None, UNREADABLE) or (moved and not self._reads.has_passing_names(name)):
            return None
        return Read(path=name, digest=value)


def _known(planned: PlannedCell, layout: Layout) -> frozenset[str]:
    """What a cell's key has, or gives, of the tree."""
    made = (whole_path(produced) for dep in planned.cell.deps or () for produced in dep.produced)
    deps = (path for paths in layout.deps.values() for path in paths)
    return frozenset((*planned.inputs.watched, *made, *deps, *layout.outs.values()))


def _commit_of(hub: HubPath, pinned: Iterable[str]) -> str | None:
    """A commit whose snapshot leads to some content, one that was read anyway if there is one."""
    snapshots = f"{hub.store}/snapshots"
    try:
        commits = sorted(os.listdir(snapshots), key=lambda commit: (hub.pinned(commit) not in pinned, commit))
    except OSError:
        return None
    for commit in commits:
        for folder, _, names in os.walk(f"{snapshots}/{commit}"):
            if any(os.path.realpath(f"{folder}/{name}") == os.path.realpath(str(hub.blob)) for name in names):
                return commit
    return None


def _real(path: str) -> str:
    return os.path.realpath(path) if path.startswith("/") else path


def _file_clock() -> int:
    """The clock that files are dated by, which lags a little behind the other."""
    try:
        return time.clock_gettime_ns(_COARSE) if _COARSE is not None else time.time_ns()
    except OSError:
        return time.time_ns()

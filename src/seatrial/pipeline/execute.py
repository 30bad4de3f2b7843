"""The life of one cell: found in the cache and restored, or run, checked and stored.

Called by the scheduler, cell by cell. The order is what makes a crash harmless: locks on outs
and deps, old outs removed, command, inputs looked at again, blobs stored, result written last.
Inputs that changed while the command ran make its outs usable here and unpublished: they would
be stored under a key they do not belong to.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.clock import iso
from seatrial.digest import Json
from seatrial.errors import StageError
from seatrial.pipeline import key
from seatrial.pipeline.adoption import share
from seatrial.pipeline.cell_keys import CellKeys
from seatrial.pipeline.command import Layout, command_environment, command_line, write_parameters
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.grant import Grant
from seatrial.pipeline.holders import OWNER, Waiting, owner_mark, owner_note, waiting_for
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.outs import Outs
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.select import describe
from seatrial.pipeline.session import Session
from seatrial.pipeline.upstream import Upstream, whole_path
from seatrial.pipeline.watch import Stamps, Watch
from seatrial.process import group
from seatrial.store.blobs import Artifact, CorruptBlobError
from seatrial.store.locks import Busy, Held

_MOST_CHANGES = 200  # in the log; how many there were in all is noted too


@dataclass(slots=True, kw_only=True)
class Running:
    """A cell whose command runs. `deadline` is on the monotonic clock; `pressed` once it was asked to end."""

    planned: PlannedCell
    parts: dict[str, Json]
    layout: Layout
    child: group.Child
    held: Held
    log: Path
    reason: str
    changed: tuple[key.Change, ...]
    deadline: float | None
    produced: Mapping[str, CellOutcome]
    stamps: Stamps
    attempt: int = 1
    pressed: bool = False


class Executor:
    """Begins and ends cells of one run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._results = session.cache.results
        self._keys = CellKeys(session)
        self._outs = Outs(session.host.root, session.cache, session.folder / "aside")
        self._upstream = Upstream(self._outs, frozenset(session.bound))
        self._watch = Watch(session.survey, self._upstream)

    # -- begin ------------------------------------------------------------------------

    def begin(
        self, planned: PlannedCell, done: Mapping[str, CellOutcome], *, grant: Grant | None, attempt: int = 1
    ) -> CellOutcome | Running | Waiting | None:
        """Reuse a cell or start its command; None when it must run and was granted nothing to run with.

        `attempt` counts from 1, and above it when the command failed before and is tried again.
        """
        cell = planned.cell
        layout = self._layout(planned)
        hopeful = self._keys.stored(planned, done) is not None
        if not hopeful and grant is None:
            return None
        held = self._lock(cell, layout)
        if isinstance(held, Busy):
            return waiting_for(held)
        # A reused cell reads nothing, except that the key of one that depends on a part of an out is read from disk.
        moved = () if hopeful and not _reads_inside(cell) else self._upstream.moved(cell, done)
        if moved:
            held.release()
            held = self._lock(cell, layout, alone=moved)
            if isinstance(held, Busy):
                return waiting_for(held)
        started = False
        try:
            self._upstream.put_back(cell, done, moved)
            parts = self._keys.parts(planned, done)
            stored = self._results.find(key.action_key(parts))  # again: another run may just have made it
            if stored is None:
                step = self._start(planned, parts, layout, held, done, grant, attempt) if grant is not None else None
                started = isinstance(step, Running)
                return step
            if reused := self._reuse(planned, stored, layout):
                return reused
        except StageError as error:
            return self._failed(cell, str(error), None, ())
        finally:
            if not started:
                held.release()
        return self.begin(planned, done, grant=grant, attempt=attempt)  # the stored result was damaged and is forgotten

    def _lock(self, cell: Cell, layout: Layout, alone: tuple[str, ...] = ()) -> Held | Busy:
        """Outs, and the deps in `alone`, exclusively; other deps shared, those inside an out by the path of that out.

        Files of a glob are sources, which no stage writes; there may be more of them than descriptors.
        """
        root = self._session.host.root
        whole = {made.path: whole_path(made) for dep in cell.deps or () for made in dep.produced}
        globs = {dep.name for dep in cell.deps or () if dep.is_glob}
        deps = [
            str(root / whole.get(path, path))
            for name, paths in layout.deps.items()
            if name not in globs
            for path in paths
        ]
        return self._session.cache.locks.try_acquire(
            exclusive=[str(root / path) for path in (*layout.outs.values(), *alone)], shared=deps
        )

    def _layout(self, planned: PlannedCell) -> Layout:
        replaced = self._session.layouts.get(planned.cell.name)
        if replaced is not None:
            return replaced
        cell = planned.cell
        deps = dict(planned.inputs.paths)
        for dep in cell.deps or ():
            if dep.produced:
                deps[dep.name] = tuple(made.path for made in dep.produced)
        return Layout(deps=deps, outs={out.name: out.path for out in cell.outs})

    # -- reuse ------------------------------------------------------------------------

    def _reuse(self, planned: PlannedCell, stored: StageResult, layout: Layout) -> CellOutcome | None:
        """Restore a stored result's outs; None when its blobs are gone or damaged."""
        cell = planned.cell
        try:
            for out in cell.outs:
                self._tell_aside(cell, self._outs.restore(stored.outs[out.name], layout.outs[out.name]))
        except (CorruptBlobError, KeyError) as error:
            self._session.events.add("cache_damaged", cell=cell.name, key=stored.action_key, message=str(error))
            self._results.discard(stored.action_key)
            return None
        self._remember(planned, stored)
        reason = _reuse_reason(planned, stored)
        self._session.events.add(
            "stage_reused",
            cell=cell.name,
            key=stored.action_key,
            run=stored.run,
            reason=reason,
            saved_wall=stored.wall,
            saved_cpu=stored.cpu,
        )
        return CellOutcome(cell=cell.name, did=Did.REUSED, reason=reason, result=stored)

    def _remember(self, planned: PlannedCell, stored: StageResult) -> None:
        self._results.note_inputs(planned.input_digest, stored.action_key)
        if self._session.in_work_tree:
            self._results.note_cell(planned.cell.name, stored.action_key)

    # -- start ------------------------------------------------------------------------

    def _start(
        self,
        planned: PlannedCell,
        parts: dict[str, Json],
        layout: Layout,
        held: Held,
        done: Mapping[str, CellOutcome],
        grant: Grant,
        attempt: int,
    ) -> Running | CellOutcome:
        cell, root = planned.cell, self._session.host.root
        last = self._results.last_of(cell.name)
        changed = self._keys.changes(last.parts, planned, parts) if last is not None else ()
        reason = describe(changed) if changed else ("no earlier result" if last is None else "its result was damaged")
        log = self._session.folder / "logs" / f"{_file_name(cell.name)}.log"
        self._session.events.add(
            "stage_started",
            cell=cell.name,
            key=key.action_key(parts),
            reason=reason,
            changed=[[change.part, change.old, change.new] for change in changed[:_MOST_CHANGES]],
            changed_in_all=len(changed),
            previous=last.run if last else None,
        )
        held.note({})
        for path in layout.outs.values():
            self._tell_aside(cell, self._outs.clear(path))
        params = self._session.folder / "params" / f"{_file_name(cell.name)}.json"
        write_parameters(cell, self._session.host.policy, params)
        arguments = command_line(cell, layout, self._session.host)
        stamps = self._watch.stamps(planned.inputs)
        try:
            child = group.start(
                arguments,
                folder=root,
                environment={
                    **command_environment(cell, layout, self._session.host, params),
                    **grant.environment,
                    OWNER: owner_mark(),
                },
                log=log,
                keep=(*held.descriptors, *grant.descriptors),
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
            why = error.strerror if isinstance(error, OSError) else error
            return self._failed(cell, f"the command {arguments[0]} cannot be started: {why}", log, changed)
        try:
            held.note(owner_note(child.pid, self._session.run))
        except BaseException:  # nobody would wait for it, and its locks are about to be given back
            group.end_now(child)
            raise
        return Running(
            planned=planned,
            parts=parts,
            layout=layout,
            child=child,
            held=held,
            log=log,
            reason=reason,
            changed=changed,
            deadline=time.monotonic() + cell.spec.timeout if cell.spec.timeout is not None else None,
            produced=done,
            stamps=stamps,
            attempt=attempt,
        )

    # -- end --------------------------------------------------------------------------

    def end(self, running: Running, ended: group.Ended) -> CellOutcome:
        """Judge an ended command and store what it made."""
        cell = running.planned.cell
        try:
            trouble = _trouble(running, ended)
            if trouble is not None:
                return self._failed(cell, trouble, running.log, running.changed, ended)
            try:
                outs = self._outs.collect(running.layout.outs)
            except StageError as error:
                return self._failed(cell, str(error), running.log, running.changed, ended)
            result = self._result(running, ended, outs)
            touched = self._watch.touched(running.planned, running.stamps, running.produced)
            if touched:
                did, reason = Did.USED, f"{touched} changed while it ran: its outs are used, not stored"
            else:
                did, reason = Did.RAN, running.reason
                self._publish(result, running.planned)
                result = share(self._session.cache, self._outs, cell, running.layout.outs, result)
        finally:
            running.held.release()
        self._tell_end(cell, did, reason, ended)
        return CellOutcome(
            cell=cell.name,
            did=did,
            reason=reason,
            result=result,
            changed=running.changed,
            seconds=ended.wall,
            log=self._shown(running.log),
            attempts=running.attempt,
        )

    def abandon(self, running: Running) -> None:
        """Give up a command that was stopped from outside; its outs are left incomplete and unstored."""
        running.held.release()
        self._session.events.add("stage_stopped", cell=running.planned.cell.name)

    def _publish(self, result: StageResult, planned: PlannedCell) -> None:
        for entries in planned.inputs.listings.values():
            self._session.cache.blobs.put_bytes(key.listing(entries)[1])
        self._results.put(result)
        self._results.note_inputs(result.input_digest, result.action_key)
        if self._session.in_work_tree:
            self._results.note_cell(result.cell, result.action_key)

    def _result(self, running: Running, ended: group.Ended, outs: dict[str, Artifact]) -> StageResult:
        return StageResult(
            action_key=key.action_key(running.parts),
            input_digest=running.planned.input_digest,
            cell=running.planned.cell.name,
            parts=running.parts,
            outs=outs,
            run=self._session.run,
            finished=iso(self._session.clock.now()),
            wall=round(ended.wall, 4),
            cpu=round(ended.cpu, 4),
            peak_memory=ended.peak_memory,
            machine=self._session.machine,
        )

    def _failed(
        self,
        cell: Cell,
        reason: str,
        log: Path | None,
        changed: tuple[key.Change, ...],
        ended: group.Ended | None = None,
    ) -> CellOutcome:
        self._tell_end(cell, Did.FAILED, reason, ended)
        return CellOutcome(
            cell=cell.name,
            did=Did.FAILED,
            reason=reason,
            changed=changed,
            seconds=ended.wall if ended else 0.0,
            log=self._shown(log) if log else None,
        )

    def _tell_end(self, cell: Cell, did: Did, reason: str, ended: group.Ended | None) -> None:
        figures: dict[str, Json] = {}
        if ended is not None:
            figures = {
                "wall": round(ended.wall, 4),
                "cpu": round(ended.cpu, 4),
                "peak_memory": ended.peak_memory,
                "code": ended.code,
                "signal": ended.signal,
            }
        self._session.events.add("stage_ended", cell=cell.name, did=did.value, reason=reason, **figures)

    def _tell_aside(self, cell: Cell, moved: Path | None) -> None:
        if moved is not None:
            self._session.events.add("set_aside", cell=cell.name, path=str(moved))

    def _shown(self, log: Path) -> str:
        return str(log.relative_to(self._session.folder))


def _reads_inside(cell: Cell) -> bool:
    return any(made.inside for dep in cell.deps or () for made in dep.produced)


def _trouble(running: Running, ended: group.Ended) -> str | None:
    if running.pressed:
        return f"stopped after its timeout of {running.planned.cell.spec.timeout:g} s"
    if ended.signal is not None:
        return f"killed by {signal.Signals(ended.signal).name}"
    if ended.code:
        return f"exit code {ended.code}"
    return None


def _reuse_reason(planned: PlannedCell, stored: StageResult) -> str:
    if planned.expected is not None and planned.expected.action_key == stored.action_key:
        return f"same inputs as run {stored.run}"
    return f"its inputs have the same bytes as in run {stored.run}"


def _file_name(cell: str) -> str:
    return "".join(character if character.isalnum() or character in "._-=," else "_" for character in cell)

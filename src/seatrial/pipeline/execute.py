"""The life of one cell: found in the cache and restored, or run, checked and stored.

Called by the scheduler, cell by cell. The order is what makes a crash harmless: locks on outs
and deps, old outs removed, command (`starting.py`), inputs looked at again, blobs stored, result
written last (`ending.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.digest import Json
from seatrial.environment.interpreter import Installed
from seatrial.errors import StageError
from seatrial.pipeline.cell_keys import CellKeys
from seatrial.pipeline.command import Layout
from seatrial.pipeline.ending import Ending
from seatrial.pipeline.errands import Errand
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.fetching import Fetching
from seatrial.pipeline.grant import Grant
from seatrial.pipeline.holders import Waiting, waiting_for
from seatrial.pipeline.outcome import CellOutcome, drifts
from seatrial.pipeline.outs import Outs, below
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.session import Session
from seatrial.pipeline.sharing import Sharing
from seatrial.pipeline.starting import Beginning, Running, Starting
from seatrial.pipeline.telling import Telling
from seatrial.pipeline.tracing import Tracing
from seatrial.pipeline.upstream import Upstream, whole_path
from seatrial.pipeline.watch import Watch
from seatrial.process import group
from seatrial.store.blobs import CorruptBlobError
from seatrial.store.locks import Busy, Held


class Executor:
    """Begins and ends cells of one run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._results = session.cache.results
        self._keys = CellKeys(session)
        self._outs = Outs(session.host.root, session.cache, session.folder / "aside")
        self._upstream = Upstream(self._outs, frozenset(session.bound))
        self._telling = Telling(session)
        installed = Installed(session.host.python, session.host.environ, session.cache.memory)
        watch = Watch(session.survey, self._upstream, installed)
        tracing = Tracing(session)
        self._starting = Starting(session, self._keys, self._outs, watch, self._telling, tracing)
        self._sharing = Sharing(session, self._outs)
        self._ending = Ending(session, self._outs, watch, self._telling, self._sharing, tracing)
        self._fetching = Fetching(session)

    # -- begin ------------------------------------------------------------------------

    def begin(
        self, planned: PlannedCell, done: Mapping[str, CellOutcome], *, grant: Grant | None, attempt: int = 1
    ) -> CellOutcome | Running | Waiting | Errand | None:
        """Reuse a cell or start its command; None when it must run and was granted nothing to run with.

        A result that is not here is looked for where other machines share theirs, first of all.
        `attempt` counts from 1, and above it when the command failed before and is tried again.
        """
        return self._fetch(planned, done) or self._begin(planned, done, grant, attempt)

    def _begin(
        self, planned: PlannedCell, done: Mapping[str, CellOutcome], grant: Grant | None, attempt: int
    ) -> CellOutcome | Running | Waiting | Errand | None:
        cell = planned.cell
        layout = self._layout(planned)
        hopeful = self._may_be_reused(planned, done, layout)
        if not hopeful and grant is None:
            return None
        held = self._lock(cell, layout)
        if isinstance(held, Busy):
            return waiting_for(held)
        # A reused cell reads nothing, except that the key of one that depends on a part of an out is read from disk.
        moved = () if hopeful and not cell.reads_inside else self._upstream.moved(cell, done)
        if moved:
            held.release()
            held = self._lock(cell, layout, alone=moved)
            if isinstance(held, Busy):
                return waiting_for(held)
        started = False
        try:
            self._upstream.put_back(cell, done, moved)
            parts = self._keys.parts(planned, done)
            stored, why = self._reusable(cell, parts, layout)
            if stored is not None:
                if reused := self._reuse(planned, stored, layout, drifted=drifts(cell, done)):
                    return reused
            elif hopeful:
                pass  # lost since it was looked at; a command needs what it reads to be looked at too
            elif grant is None:
                return None
            else:
                if (waiting := self._fetching.ready(planned)) is not None:
                    return waiting
                step = self._starting.start(
                    Beginning(
                        planned=planned,
                        parts=parts,
                        action_key=self._keys.action_key(cell, parts),
                        layout=layout,
                        held=held,
                        done=done,
                        grant=grant,
                        attempt=attempt,
                        why=why,
                    )
                )
                started = isinstance(step, Running)
                return step
        except StageError as error:
            return self._telling.failed(cell, str(error), attempt=attempt)
        finally:
            if not started:
                held.release()
        return self.begin(planned, done, grant=grant, attempt=attempt)  # what was stored cannot be used after all

    def _lock(self, cell: Cell, layout: Layout, alone: tuple[str, ...] = ()) -> Held | Busy:
        """Outs, and the deps in `alone`, exclusively; other deps shared, those inside an out by the path of that out.

        Files of a glob are sources, which no stage writes; there may be more of them than descriptors.
        """
        root = str(self._session.host.root)
        whole = {made.path: whole_path(made) for dep in cell.deps or () for made in dep.produced}
        globs = {dep.name for dep in cell.deps or () if dep.is_glob or dep.url}
        deps = [
            below(root, whole.get(path, path))
            for name, paths in layout.deps.items()
            if name not in globs
            for path in paths
        ]
        return self._session.cache.locks.try_acquire(
            exclusive=[below(root, path) for path in (*layout.outs.values(), *alone)], shared=deps
        )

    def _layout(self, planned: PlannedCell) -> Layout:
        replaced = self._session.layouts.get(planned.cell.name)
        if replaced is not None:
            return replaced
        return Layout(deps=planned.dep_paths, outs={out.name: out.path for out in planned.cell.outs})

    # -- reuse ------------------------------------------------------------------------

    def _may_be_reused(self, planned: PlannedCell, done: Mapping[str, CellOutcome], layout: Layout) -> bool:
        """As far as can be told before the locks are held."""
        stored = self._keys.stored(planned, done)
        return stored is not None and self._outs.gone(planned.cell, stored, layout.outs) is None

    def _fetch(self, planned: PlannedCell, done: Mapping[str, CellOutcome]) -> Errand | None:
        """Look for a result that other machines may have, where any do; None when that is over."""
        if self._session.cache.shared is None:
            return None
        action_key = self._keys.reusable(planned, done)
        if action_key is None or self._results.find(action_key, self._keys.holds) is not None:
            return None
        return self._sharing.fetch(planned.cell, action_key)

    def _reusable(self, cell: Cell, parts: dict[str, Json], layout: Layout) -> tuple[StageResult | None, str | None]:
        """The stored result that may stand for a cell, or why none may though one is there."""
        if cell.spec.effects:
            return None, "it acts outside (`effects: true`)"
        if cell.spec.always:
            return None, "it always runs (`always: true`)"
        # Again: another run may just have made it.
        stored = self._results.find(self._keys.action_key(cell, parts), self._keys.holds)
        gone = self._outs.gone(cell, stored, layout.outs) if stored is not None else None
        if gone is not None:
            return None, f"out {gone} is not kept in the cache, and is no longer there"
        return stored, None

    def _reuse(self, planned: PlannedCell, stored: StageResult, layout: Layout, *, drifted: bool) -> CellOutcome | None:
        """Restore a stored result's outs; None when its blobs are gone or damaged."""
        cell = planned.cell
        try:
            for out in cell.outs:
                if out.cache:
                    self._telling.set_aside(cell, self._outs.restore(stored.outs[out.name], layout.outs[out.name]))
        except (CorruptBlobError, KeyError) as error:
            self._telling.damaged(cell, stored, str(error))
            self._results.discard(stored.action_key)
            return None
        noted = planned.cell.name if self._session.in_work_tree else None
        self._results.note(stored.action_key, input_digest=None if drifted else planned.input_digest, cell=noted)
        self._sharing.again(cell, stored)
        return self._telling.reused(cell, stored, _reuse_reason(planned, stored), drifted=drifted)

    # -- end --------------------------------------------------------------------------

    def end(self, running: Running, ended: group.Ended) -> CellOutcome | Errand:
        """Judge an ended command and store what it made."""
        return self._ending.end(running, ended)

    def linger(self) -> None:
        """All cells have ended: give what nobody waited for some time."""
        self._sharing.linger()

    def close(self) -> None:
        """End what runs beside the commands: a fetch of data, what is shared with other machines, and their output."""
        try:
            self._fetching.close()
            self._sharing.close()
        finally:
            self._session.carrier.close()

    def abandon(self, running: Running) -> None:
        """Give up a command that was stopped from outside; its outs are left incomplete and unstored."""
        running.held.release()
        self._telling.stopped(running.planned.cell)


def _reuse_reason(planned: PlannedCell, stored: StageResult) -> str:
    if planned.expected is not None and planned.expected.action_key == stored.action_key:
        return f"same inputs as run {stored.run}"
    return f"its inputs have the same bytes as in run {stored.run}"

"""Runs the cells of a plan: producers first, as many at once as allowed, one loop, no threads.

A cell becomes ready when the last cell it waits for has ended. It is then looked at once: reused
or blocked on the spot, started if there is a free place, else queued until there is one. So the
work per cell does not grow with the number of cells. A cell whose producer failed is blocked;
independent cells go on. When the loop is left by an error or by Ctrl-C, every running group is
stopped before the error goes on.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Mapping

from seatrial.pipeline.events import EventLog
from seatrial.pipeline.execute import Executor
from seatrial.pipeline.grant import Grant
from seatrial.pipeline.holders import Waiting
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.plan import Plan, PlannedCell
from seatrial.pipeline.starting import Running
from seatrial.process import group

_GRACE = 5.0  # seconds between asking a group to end and killing it
_RETRY = 0.2  # seconds between looks at a lock that somebody else holds


class Scheduler:
    """Runs one plan through one executor."""

    def __init__(
        self,
        executor: Executor,
        events: EventLog,
        *,
        jobs: int,
        given: Mapping[str, CellOutcome] | None = None,
    ) -> None:
        """`given` are outcomes of cells that are not part of the plan but feed it."""
        self._executor = executor
        self._events = events
        self._jobs = jobs
        self._done: dict[str, CellOutcome] = dict(given or {})
        self._cells: dict[str, PlannedCell] = {}
        self._waits_for: dict[str, set[str]] = {}
        self._feeds: dict[str, list[str]] = {}
        self._ready: deque[str] = deque()
        self._queued: deque[str] = deque()
        self._locked: list[str] = []
        self._running: dict[str, Running] = {}
        self._told_waiting: set[str] = set()

    def run(self, plan: Plan) -> RunOutcome:
        """Do what the plan says. A stage that fails is an outcome, not an exception."""
        self._take_in(plan)
        try:
            while self._ready or self._queued or self._locked or self._running:
                self._begin_what_can()
                self._await()
        finally:
            self._stop_all()
        return RunOutcome(cells=self._done)

    def _take_in(self, plan: Plan) -> None:
        self._cells = {planned.cell.name: planned for planned in plan.cells}
        for name, planned in self._cells.items():
            before = {*planned.cell.producers, *planned.cell.after} & self._cells.keys()
            self._waits_for[name] = before
            for other in before:
                self._feeds.setdefault(other, []).append(name)
            if not before:
                self._ready.append(name)

    def _begin_what_can(self) -> None:
        """Look at every cell that has become ready or whose lock may have come free; fill free places."""
        retry, self._locked = self._locked, []
        self._ready.extend(retry)
        while self._ready:
            self._begin(self._ready.popleft())
        while self._queued and len(self._running) < self._jobs:
            self._begin(self._queued.popleft())
            while self._ready:  # a cell that could be reused after all has made others ready
                self._begin(self._ready.popleft())

    def _begin(self, name: str) -> None:
        planned = self._cells[name]
        before = {*planned.cell.producers, *planned.cell.after} & self._done.keys()
        bad = [other for other in before if self._done[other].did in (Did.FAILED, Did.BLOCKED)]
        if bad:
            self._finish(CellOutcome(cell=name, did=Did.BLOCKED, reason=f"{min(bad)} failed"))
            return
        grant = Grant() if len(self._running) < self._jobs else None
        step = self._executor.begin(planned, self._done, grant=grant)
        match step:
            case None:
                self._queued.append(name)
            case CellOutcome():
                self._finish(step)
            case Waiting():
                self._locked.append(name)
                self._tell_waiting(name, step)
            case Running():
                self._running[name] = step

    def _await(self) -> None:
        """Sleep until a command ends, a deadline passes, or it is time to look at busy locks again."""
        if not self._running and not self._locked:
            return
        now = time.monotonic()
        deadlines = [running.deadline for running in self._running.values() if running.deadline is not None]
        timeout = max(0.0, min(deadlines) - now) if deadlines else 3600.0
        if self._locked:
            timeout = min(timeout, _RETRY)
        if self._running:
            group.wait_any([running.child for running in self._running.values()], timeout)
        else:
            time.sleep(timeout)
        for name, running in list(self._running.items()):
            ended = running.child.poll()
            if ended is not None:
                del self._running[name]
                self._finish(self._executor.end(running, ended))
            elif running.deadline is not None and time.monotonic() >= running.deadline:
                _press(running)

    def _finish(self, outcome: CellOutcome) -> None:
        self._done[outcome.cell] = outcome
        for name in self._feeds.get(outcome.cell, ()):
            self._waits_for[name].discard(outcome.cell)
            if not self._waits_for[name]:
                self._ready.append(name)

    def _tell_waiting(self, cell: str, waiting: Waiting) -> None:
        if cell not in self._told_waiting:
            self._told_waiting.add(cell)
            self._events.add("stage_waiting", cell=cell, path=waiting.path, holder=waiting.holder)

    def _stop_all(self) -> None:
        for running in self._running.values():
            running.child.send(signal.SIGTERM)
        patience = time.monotonic() + _GRACE
        for running in self._running.values():
            while running.child.poll() is None:
                if time.monotonic() >= patience:
                    running.child.send(signal.SIGKILL)
                group.wait_any([running.child], 0.1)
            self._executor.abandon(running)
        self._running.clear()


def _press(running: Running) -> None:
    """Ask a group that is out of time to end; kill it when it has been asked before."""
    if running.pressed:
        running.child.send(signal.SIGKILL)
    else:
        running.child.send(signal.SIGTERM)
    running.pressed = True
    running.deadline = time.monotonic() + _GRACE

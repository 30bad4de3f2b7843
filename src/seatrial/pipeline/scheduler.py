"""Runs the cells of a plan: producers first, as many at once as allowed, one loop, no threads.

Each turn of the loop starts what is ready and free of locks, then sleeps until a command ends
or a deadline passes. A cell whose producer failed is blocked; independent cells go on. When the
loop is left by an error or by Ctrl-C, every running group is stopped before the error goes on.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping

from seatrial.pipeline.events import EventLog
from seatrial.pipeline.execute import Executor, Running
from seatrial.pipeline.holders import Waiting
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.plan import Plan, PlannedCell
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
        self._running: dict[str, Running] = {}
        self._told_waiting: set[str] = set()

    def run(self, plan: Plan) -> RunOutcome:
        """Do what the plan says. A stage that fails is an outcome, not an exception."""
        todo = {planned.cell.name: planned for planned in plan.cells}
        try:
            while todo or self._running:
                waiting = self._start_ready(todo)
                self._await(until_lock=waiting)
        finally:
            self._stop_all()
        return RunOutcome(cells=self._done)

    def _start_ready(self, todo: dict[str, PlannedCell]) -> bool:
        """Start or settle every cell that can be; whether one waits for somebody else's lock."""
        waiting = False
        moved = True
        while moved:
            moved = False
            for name, planned in list(todo.items()):
                before = {*planned.cell.producers, *planned.cell.after} & self._known(todo)
                if before - self._done.keys():
                    continue
                settled = self._settle(planned, before)
                if settled is None:
                    waiting = True
                    continue
                if settled:
                    del todo[name]
                    moved = True
        return waiting

    def _known(self, todo: Mapping[str, PlannedCell]) -> set[str]:
        return {*todo, *self._running, *self._done}

    def _settle(self, planned: PlannedCell, before: set[str]) -> bool | None:
        """Start, reuse or block one cell. False: no free place to run it; None: locks are busy."""
        bad = [name for name in before if self._done[name].did in (Did.FAILED, Did.BLOCKED)]
        if bad:
            self._finish(CellOutcome(cell=planned.cell.name, did=Did.BLOCKED, reason=f"{min(bad)} failed"))
            return True
        step = self._executor.begin(planned, self._done, may_start=len(self._running) < self._jobs)
        match step:
            case None:
                return False
            case CellOutcome():
                self._finish(step)
            case Waiting():
                self._tell_waiting(planned.cell.name, step)
                return None
            case Running():
                self._running[planned.cell.name] = step
        return True

    def _await(self, *, until_lock: bool) -> None:
        if not self._running and not until_lock:
            return
        now = time.monotonic()
        deadlines = [running.deadline for running in self._running.values() if running.deadline is not None]
        timeout = max(0.0, min(deadlines) - now) if deadlines else 3600.0
        if until_lock:
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

    def _tell_waiting(self, cell: str, waiting: Waiting) -> None:
        if cell not in self._told_waiting:
            self._told_waiting.add(cell)
            self._events.add("stage_waiting", cell=cell, path=waiting.path, holder=waiting.holder)

    def _stop_all(self) -> None:
        for running in self._running.values():
            group.signal_group(running.child.pid, signal.SIGTERM)
        patience = time.monotonic() + _GRACE
        for running in self._running.values():
            while running.child.poll() is None:
                if time.monotonic() >= patience:
                    group.signal_group(running.child.pid, signal.SIGKILL)
                group.wait_any([running.child], 0.1)
            self._executor.abandon(running)
        self._running.clear()


def _press(running: Running) -> None:
    """Ask a group that is out of time to end; kill it when it has been asked before."""
    if running.pressed:
        group.signal_group(running.child.pid, signal.SIGKILL)
    else:
        group.signal_group(running.child.pid, signal.SIGTERM)
    running.pressed = True
    running.deadline = time.monotonic() + _GRACE

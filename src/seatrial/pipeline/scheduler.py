"""Runs the cells of a plan: producers first, as many at once as the machine holds, in one loop.

A cell becomes ready when the last cell it waits for has ended. It is then looked at once: reused, blocked
or deferred on the spot, else put in line for its resources, and `choose_next` says who starts. A dear one is
put aside until the cheap ones have ended (`cheap_first.py`). So the work per cell does not grow with the
number of cells. A cell whose producer failed is blocked; independent cells go on. When the loop is left by an
error or by Ctrl-C, every running group is stopped before the error goes on, and every lease is given back.

Subtle: a cell that waits for devices has looked for a stored result first, and looks again when it gets
them, because another run may have made it meanwhile. A retry goes through the same doors as a first start.
What waits on a network is an errand (`errands.py`), done beside the loop, so that commands are reaped, and
their timeouts noticed, however long it takes.
"""

from __future__ import annotations

import heapq
import signal
import time
from collections.abc import Callable, Mapping, Sequence

from seatrial.clock import Clock, iso
from seatrial.digest import Json
from seatrial.pipeline.allotment import Allotment, Allotter, Lacking
from seatrial.pipeline.calling_off import OUT_OF_TIME, called_off_by, held_back
from seatrial.pipeline.cell_executor import CellExecutor
from seatrial.pipeline.cheap_first import CheapFirst
from seatrial.pipeline.choose_next import Choice, choose_next
from seatrial.pipeline.deferral import UNBOUNDED, Bounds, Cause, Deferral
from seatrial.pipeline.errands import Back, Errand, Errands
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.frontier import Frontier
from seatrial.pipeline.holders import Waiting
from seatrial.pipeline.impossible import refuse_impossible
from seatrial.pipeline.lines import Lines
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.plan import Plan, PlannedCell
from seatrial.pipeline.rank import Order
from seatrial.pipeline.retrying import delay_after
from seatrial.pipeline.select import Action
from seatrial.pipeline.starting import Running
from seatrial.pipeline.still_running import StillRunning
from seatrial.pipeline.waits import Waits
from seatrial.process import group
from seatrial.replacing import replace

_GRACE = 5.0  # seconds between asking a group to end and killing it
_RETRY = 0.2  # seconds between looks at a path that another run holds
_LOOK = 1.0  # seconds between looks at devices, tokens and memory that others hold

Wait = Callable[[Sequence[group.Waitable], float], None]


class Scheduler:
    """Runs one plan through one executor."""

    def __init__(
        self,
        executor: CellExecutor,
        events: EventLog,
        *,
        allotter: Allotter,
        clock: Clock,
        order: Order | None = None,
        bounds: Bounds = UNBOUNDED,
        given: Mapping[str, CellOutcome] | None = None,
        wait: Wait | None = None,
        record: Callable[[CellOutcome], Errand] | None = None,
    ) -> None:
        """`given` are outcomes of cells that are not part of the plan but feed it; `order` is what is known of the
        cells; the times in `bounds` count from now;
        `wait` sleeps until a command may have ended, or for so many seconds; `record` is told each outcome
        before it counts, and its errand may put another in its place."""
        self._record = record
        self._executor = executor
        self._events = events
        self._allotter = allotter
        self._clock = clock
        self._order = order or Order()
        self._deferrals = bounds.deferrals
        self._out_of_time = bounds.out_of_time
        self._start_until = None if bounds.start_for is None else clock.monotonic() + bounds.start_for
        self._until = None if bounds.end_after is None else clock.monotonic() + bounds.end_after
        self._time_is_up = False
        self._cheap = CheapFirst()
        self._wait = wait or _sleep
        self._done: dict[str, CellOutcome] = dict(given or {})
        self._cells: dict[str, PlannedCell] = {}
        self._ready = Frontier()
        self._lines = Lines()
        self._locked: list[str] = []
        self._later: list[tuple[float, str]] = []
        self._running: dict[str, Running] = {}
        self._errands = Errands(events, clock)
        self._begun: dict[str, float] = {}
        self._allotments: dict[str, Allotment] = {}
        self._attempts: dict[str, int] = {}
        self._called_off: dict[str, str] = {}
        self._waits = Waits(events, clock, allotter)
        self._words = StillRunning(events, clock)

    def run(self, plan: Plan) -> RunOutcome:
        """Do what the plan says. A stage that fails is an outcome, not an exception.

        Raises ConfigError before anything starts when a cell that must run never can.
        """
        refuse_impossible(plan, self._allotter, self._events)
        self._take_in(plan)
        try:
            while self._ready or self._lines or self._locked or self._later or self._running or self._errands:
                self._mind_the_time()
                self._begin_what_can()
                self._await()
        finally:
            self._stop_all()
        return RunOutcome(cells=self._done)

    # -- before -----------------------------------------------------------------------

    def _take_in(self, plan: Plan) -> None:
        self._cells = {planned.cell.name: planned for planned in plan.cells}
        cells = [planned.cell for planned in plan.cells]
        self._ready = Frontier(cells, self._order)
        self._cheap = CheapFirst(cells, self._order.dear)
        wanted = [name for name, planned in self._cells.items() if planned.action is not Action.REUSE]
        if wanted:
            seconds = self._order.seconds
            expected: dict[str, Json] = {name: round(seconds[name], 1) for name in wanted if name in seconds}
            self._events.add("run_scheduled", cells=len(self._cells), expected=expected)

    # -- begin ------------------------------------------------------------------------

    def _begin_what_can(self) -> None:
        """Look at every cell that has become ready, or may have; then start who is next while somebody fits."""
        locked, self._locked = self._locked, []
        for name in locked:
            self._ready.add(name)
        while self._later and self._later[0][0] <= self._clock.monotonic():
            self._ready.add(heapq.heappop(self._later)[1])
        self._look_at_ready()
        while self._lines:
            choice = choose_next(self._lines.heads(self._clock.monotonic()), self._allotter.free())
            if choice is None:
                return
            self._start(choice)
            self._look_at_ready()  # a cell that could be reused after all has made others ready

    def _look_at_ready(self) -> None:
        while self._ready:
            self._look(self._ready.pop())

    def _look(self, name: str) -> None:
        planned = self._cells[name]
        held = held_back(planned.cell, self._done, called_off=self._called_off.get(planned.cell.stage))
        if held is not None:
            self._leave_out(held)
            return
        needs = self._allotter.needs(planned.cell.spec.resources)
        allotment = None
        may_start = self._put_off(name) is None and not self._cheap.waits(name)
        plain = may_start and not (needs.gpus or needs.tokens or needs.memory)
        if plain and not self._lines and self._allotter.free().holds(needs):
            taken = self._allotter.take(name, needs, since="")  # nobody is before it, so it need not stand in line
            allotment = taken if isinstance(taken, Allotment) else None
        self._begin(name, allotment)

    def _start(self, choice: Choice) -> None:
        name = choice.cell
        needs = self._allotter.needs(self._cells[name].cell.spec.resources)
        taken = self._allotter.take(name, needs, since=iso(self._clock.now()), turn=self._waits.turn(name))
        if isinstance(taken, Lacking):
            self._lines.lacks(name, self._clock.monotonic() + _LOOK)
            self._waits.on_machine(name, taken)
            return
        if taken.warning:
            self._events.add("machine_warning", cell=name, message=taken.warning)
        self._lines.started(choice)
        self._begin(name, taken)

    def _begin(self, name: str, allotment: Allotment | None) -> None:
        step = self._executor.begin(
            self._cells[name],
            self._done,
            grant=allotment.grant if allotment is not None else None,
            attempt=self._attempts.get(name, 1),
        )
        if allotment is not None and not isinstance(step, Running):
            self._allotter.give_back(allotment)
        match step:
            case None:
                self._stand_in_line(name)
            case CellOutcome():
                self._finish(step)
            case Waiting():
                self._locked.append(name)
                self._waits.on_path(name, step)
            case Errand():
                self._errands.send(name, step, self._finish)
            case Running():
                self._running[name] = step
                self._begun[name] = self._clock.monotonic()
                if allotment is not None:
                    self._allotments[name] = allotment
                self._waits.over(name)

    def _stand_in_line(self, name: str) -> None:
        """Nothing is there that could be reused: put in line what may start, put off or aside what may not."""
        asked = self._cells[name].cell.spec.resources
        impossible = self._allotter.impossible(asked)
        if impossible is not None:
            did = Did.DEFERRED if impossible.deferred else Did.FAILED
            self._leave_out(CellOutcome(cell=name, did=did, reason=impossible.reason))
        elif (put_off := self._put_off(name)) is not None:
            self._leave_out(CellOutcome(cell=name, did=Did.DEFERRED, reason=put_off.reason, cause=put_off.cause))
        elif not self._cheap.waits(name):
            self._lines.add(name, self._allotter.needs(asked), self._ready.rank(name))
        elif (why_not := self._cheap.why_not()) is not None:
            self._leave_out(CellOutcome(cell=name, did=Did.BLOCKED, reason=why_not))
        else:
            self._cheap.park(name)
            self._waits.on_stages(name, self._cells[name].cell.stage, self._cheap.awaited)

    def _put_off(self, name: str) -> Deferral | None:
        """Why a cell is put off, None when it is not. What has begun once is not: its retries belong to it."""
        if self._time_is_up and name not in self._attempts:
            return Deferral(reason=self._out_of_time, cause=Cause.BUDGET)
        return self._deferrals.get(name)

    # -- wait -------------------------------------------------------------------------

    def _await(self) -> None:
        """Sleep until a command ends, a deadline passes, or it is time to look at what others hold again."""
        if not (self._running or self._locked or self._later or self._lines or self._errands):
            return
        now = self._clock.monotonic()
        due = [running.deadline for running in self._running.values() if running.deadline is not None]
        due += [now + _RETRY] if self._locked else []
        due += [self._later[0][0]] if self._later else []
        look = self._lines.next_look()
        due += [look] if look is not None else []
        word = self._errands.next_word()
        due += [word] if word is not None else []
        due += [self._words.due] if self._running or self._errands else []
        due += [instant for instant in (self._until, self._start_until) if instant is not None]
        awaited: list[group.Waitable] = [*(running.child for running in self._running.values()), *self._errands.wakers]
        self._wait(awaited, max(0.0, min(due, default=now + _LOOK) - now))
        for running in self._running.values():
            running.ended = running.child.poll()  # all at once: one that ended is not asked to end by another's end
        for name, running in list(self._running.items()):
            if running.ended is not None:
                self._end(name, running, running.ended)
            elif running.deadline is not None and self._clock.monotonic() >= running.deadline:
                self._press(running)
        for back in self._errands.come_back():
            self._come_back(back)
        began = {name: self._clock.monotonic() - self._begun[name] for name in self._running}
        self._words.say(began | self._errands.running(), queued=len(self._lines) + len(self._later))

    def _mind_the_time(self) -> None:
        """Begin nothing more, or end everything, when that time has come."""
        if self._start_until is not None and self._clock.monotonic() >= self._start_until:
            self._start_until, self._time_is_up = None, True
            waiting = [name for name in self._cells if name in self._lines and name not in self._attempts]
            self._lines.remove(waiting)
            for name in (*waiting, *self._cheap.release()):
                self._ready.add(name)
        if self._until is not None and self._clock.monotonic() >= self._until:
            self._until = None
            for stage in dict.fromkeys(planned.cell.stage for planned in self._cells.values()):
                self._call_off(stage, OUT_OF_TIME)
            self._give_up()

    def _give_up(self) -> None:
        """No time is left to wait for what can do without."""
        for back in self._errands.give_up():
            self._come_back(back)

    def _come_back(self, back: Back) -> None:
        if back.seconds:
            self._waits.beside(back.cell, back.seconds, back.errand.text)
        outcome = back.errand.then()
        if outcome is None:
            self._ready.add(back.cell)
        else:
            back.after(outcome)

    def _end(self, name: str, running: Running, ended: group.Ended) -> None:
        del self._running[name]
        allotment = self._allotments.pop(name, None)
        if allotment is not None:
            self._allotter.give_back(allotment)
        spec = running.planned.cell.spec
        called_off = self._called_off.get(spec.name)
        if called_off is not None and (ended.code != 0 or running.pressed):  # many end well with half of their work
            self._executor.abandon(running)
            self._leave_out(called_off_by(name, called_off))
            return
        unwell = ended.code != 0 or running.pressed
        outcome = self._executor.end(running, ended)
        if isinstance(outcome, Errand):
            self._errands.send(name, outcome, self._finish)
            if called_off == OUT_OF_TIME:
                self._give_up()
            return
        attempt = self._attempts.get(name, 1)
        delay = delay_after(spec.retries, attempt) if outcome.did is Did.FAILED and unwell else None
        if delay is None or called_off is not None:
            self._finish(outcome)
            return
        self._attempts[name] = attempt + 1
        heapq.heappush(self._later, (self._clock.monotonic() + delay, name))
        self._events.add(
            "stage_retried",
            cell=name,
            attempt=attempt + 1,
            attempts=spec.retries.count + 1,
            delay=round(delay, 3),
            reason=outcome.reason,
        )

    def _leave_out(self, outcome: CellOutcome) -> None:
        """A cell that was not run, or not to its end, is told like one that was."""
        self._events.add("stage_not_run", cell=outcome.cell, did=outcome.did.value, reason=outcome.reason)
        self._finish(outcome)

    def _finish(self, outcome: CellOutcome) -> None:
        self._waits.over(outcome.cell)
        waited, what = self._waits.of(outcome.cell)
        outcome = replace(outcome, waited=waited, waited_for=what) if what else outcome
        if self._record is None:
            self._count(outcome)
        else:
            self._errands.send(outcome.cell, self._record(outcome), self._count)
        spec = self._cells[outcome.cell].cell.spec
        if outcome.did is Did.FAILED and spec.fail_fast and spec.name not in self._called_off:
            self._call_off(spec.name, f"{outcome.cell} failed, and `fail_fast` stops the stage's other cells")

    def _count(self, outcome: CellOutcome) -> None:
        """An outcome stands: what waits for it may be ready."""
        self._done[outcome.cell] = outcome
        self._ready.ended(outcome.cell)
        for name in self._cheap.ended(outcome):
            self._waits.over(name)
            self._ready.add(name)

    def _call_off(self, stage: str, reason: str) -> None:
        """Stop the cells of a stage: those that run are asked to end, the others are not begun."""
        self._called_off[stage] = reason
        for running in self._running.values():
            if running.planned.cell.stage == stage and not running.pressed and running.ended is None:
                self._press(running)
        waiting = [name for name in self._cells if name in self._lines and self._cells[name].cell.stage == stage]
        self._lines.remove(waiting)
        waiting += [name for _, name in self._later if self._cells[name].cell.stage == stage]
        self._later = [(due, name) for due, name in self._later if self._cells[name].cell.stage != stage]
        heapq.heapify(self._later)
        for name in waiting:
            self._ready.add(name)

    def _press(self, running: Running) -> None:
        """Ask a group that is to end to do so; kill it when it has been asked before."""
        running.child.send(signal.SIGKILL if running.pressed else signal.SIGTERM)
        running.pressed = True
        running.deadline = self._clock.monotonic() + _GRACE

    def _stop_all(self) -> None:
        for running in self._running.values():
            running.child.send(signal.SIGTERM)
        patience = self._clock.monotonic() + _GRACE
        for running in self._running.values():
            while running.ended is None and running.child.poll() is None:
                if self._clock.monotonic() >= patience:
                    running.child.send(signal.SIGKILL)
                self._wait([running.child], 0.1)
            self._executor.abandon(running)
        self._running.clear()
        self._errands.drop()
        self._waits.close()
        self._allotter.close()


def _sleep(children: Sequence[group.Waitable], timeout: float) -> None:
    if children:
        group.wait_any(children, timeout)
    else:
        time.sleep(timeout)

"""Cells that take as long as a script says, in a time that only passes when the scheduler sleeps.

`Stage` plays the executor: it begins commands that are none, ends them when their time has come, and keeps
what was under way at each moment, so that a test can look for what must never have happened.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec

from seatrial.change.closure import Closure
from seatrial.clock import FixedClock
from seatrial.environment.gpus import Gpu, Gpus
from seatrial.pipeline.allotment import Allotter
from seatrial.pipeline.command import Layout
from seatrial.pipeline.deferral import UNBOUNDED, Bounds
from seatrial.pipeline.events import Event, EventLog
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.grant import Grant
from seatrial.pipeline.holders import Waiting
from seatrial.pipeline.inputs import CellInputs
from seatrial.pipeline.machine import Machine
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.plan import Plan, PlannedCell
from seatrial.pipeline.policy import MachineLimits, Resources, Retries, StageSpec
from seatrial.pipeline.rank import Order
from seatrial.pipeline.scheduler import Scheduler
from seatrial.pipeline.select import Action
from seatrial.pipeline.starting import Running
from seatrial.pipeline.tracing import Begun
from seatrial.process import group
from seatrial.store.leases import Leases
from seatrial.store.locks import Held

ONE_CORE, NEVER_AGAIN = Resources(), Retries()
BEGUN = datetime(2026, 11, 21, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """One cell: what it waits for and needs, and how each of its attempts ends."""

    name: str
    after: tuple[str, ...] = ()
    needs: Resources = ONE_CORE
    seconds: float = 1.0
    codes: tuple[int | None, ...] = (0,)
    """Exit codes by attempt, the last one for all further ones; None for a command killed by SIGSEGV."""
    stored: bool = False
    retries: Retries = NEVER_AGAIN
    fail_fast: bool = False
    timeout: float | None = None
    deaf: bool = False
    """Whether it goes on when it is asked to end."""
    graceful: bool = False
    """Whether it ends well when it is asked to, as a training that saves what it has."""


_AGES = 1e6


class Passing(FixedClock):
    """A clock that passes when somebody sleeps; `alarms` are what happens at some times."""

    alarms: list[tuple[float, Callable[[], None]]] = msgspec.field(default_factory=list)

    def wait(self, children: Sequence[group.Waitable], timeout: float) -> None:
        """Sleep until the first child ends, at most so long."""
        ends = [cast("_Command", child).ends for child in children]
        target = min([self.seconds + timeout, *ends])
        self.pass_by(max(0.0, target - self.seconds))

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.instant += timedelta(seconds=seconds)
        for due, alarm in [one for one in self.alarms if one[0] <= self.seconds]:
            self.alarms.remove((due, alarm))
            alarm()
        if self.seconds > _AGES:
            raise AssertionError("this run would never end")


class _Command(group.Child):
    """A command that is none."""

    def __init__(self, clock: Passing, script: Scripted, code: int | None) -> None:
        self.pid = -1
        self.started = clock.seconds
        self.descriptor = None
        self.ends = clock.seconds + script.seconds
        self.sent: list[signal.Signals] = []
        self._clock = clock
        self._deaf = script.deaf
        self._graceful = script.graceful
        self._code = code
        self._signal = signal.SIGSEGV if code is None else None

    def poll(self) -> group.Ended | None:
        if self._clock.seconds < self.ends - 1e-9:
            return None
        wall = self._clock.seconds - self.started
        return group.Ended(code=self._code, signal=self._signal, wall=wall, cpu=0.0, peak_memory=0)

    def send(self, number: signal.Signals) -> None:
        self.sent.append(number)
        alive = self._clock.seconds < self.ends - 1e-9
        if alive and (number is signal.SIGKILL or not self._deaf):
            self.ends, self._code, self._signal = self._clock.seconds, None, number
            if self._graceful:
                self._code, self._signal = 0, None


@dataclass(slots=True)
class Stage:
    """The executor of a play. `moments` are the sets of cells that were under way together."""

    clock: Passing
    scripts: Mapping[str, Scripted]
    busy: Callable[[str], Waiting | None] = lambda _cell: None
    attempts: dict[str, int] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    started_at: dict[str, float] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    abandoned: list[str] = field(default_factory=list)
    running: dict[str, _Command] = field(default_factory=dict)
    moments: list[frozenset[str]] = field(default_factory=list)
    begins: int = 0

    def begin(
        self, planned: PlannedCell, done: Mapping[str, CellOutcome], *, grant: Grant | None, attempt: int = 1
    ) -> CellOutcome | Running | Waiting | None:
        """Reuse, start, or wait, as the script says."""
        name = planned.cell.name
        script = self.scripts[name]
        self.begins += 1
        if script.stored:
            return CellOutcome(cell=name, did=Did.REUSED, reason="stored")
        if (waiting := self.busy(name)) is not None:
            return waiting
        if grant is None:
            return None
        if not all(other in done for other in script.after):
            raise AssertionError(f"{name} was begun before {script.after}")
        code = script.codes[min(attempt, len(script.codes)) - 1]
        child = _Command(self.clock, script, code)
        self.attempts[name], self.grants[name] = attempt, grant
        self.started.append(name)
        self.started_at[name] = self.clock.seconds
        self.running[name] = child
        self.moments.append(frozenset(self.running))
        return Running(
            planned=planned,
            parts={},
            action_key="",
            layout=Layout(deps={}, outs={}),
            child=child,
            held=Held({}, frozenset()),
            log=Path("log"),
            reason="",
            changed=(),
            deadline=None if script.timeout is None else self.clock.seconds + script.timeout,
            produced={},
            stamps={},
            begun=Begun(name=name, program=""),
            attempt=attempt,
        )

    def end(self, running: Running, ended: group.Ended) -> CellOutcome:
        """A command that ended well has made what it should."""
        name = running.planned.cell.name
        del self.running[name]
        self.ended.append(name)
        well = ended.code == 0 and not running.pressed
        return CellOutcome(
            cell=name,
            did=Did.RAN if well else Did.FAILED,
            reason="" if well else "timeout" if running.pressed else f"code {ended.code}",
            attempts=running.attempt,
        )

    def abandon(self, running: Running) -> None:
        """A command was stopped."""
        name = running.planned.cell.name
        self.running.pop(name, None)
        self.abandoned.append(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A play that is over."""

    outcome: RunOutcome
    stage: Stage
    events: tuple[Event, ...]
    clock: Passing

    @property
    def did(self) -> dict[str, str]:
        """What became of each cell."""
        return {name: cell.did.value for name, cell in self.outcome.cells.items()}

    def named(self, event: str) -> list[Event]:
        """The events of one kind."""
        return [entry for entry in self.events if entry["event"] == event]


def machine(
    folder: Path, *, cores: float = 2.0, gpus: int = 0, memory: int | None = None, left: int | None = None
) -> Machine:
    """A made-up machine; `left` is the memory that others leave."""
    devices = tuple(Gpu(index=n, uuid=f"GPU-{n}", handle=str(n), capability="sm_90") for n in range(gpus))
    return Machine(
        cores=cores,
        memory_total=memory,
        memory_available=lambda: memory if left is None else left,
        gpus=lambda: Gpus(devices=devices, capability="sm_90" if gpus else "?"),
        leases=Leases(folder / "leases"),
        user="anna",
    )


def play(
    folder: Path,
    *scripts: Scripted,
    here: Machine | None = None,
    limits: MachineLimits | None = None,
    jobs: int = 2,
    expected: Mapping[str, float] | None = None,
    order: Order | None = None,
    bounds: Bounds = UNBOUNDED,
    busy: Callable[[str], Waiting | None] = lambda _cell: None,
    clock: Passing | None = None,
    hides_gpus: bool = False,
    listener: Callable[[Event], None] = lambda _event: None,
) -> Played:
    """Schedule scripted cells to their end. `expected` is short for an order that knows nothing else."""
    time = clock or Passing(BEGUN)
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        listener(event)

    stage = Stage(time, {script.name: script for script in scripts}, busy)
    log = EventLog(folder / "events.jsonl", time, listen)
    allotter = Allotter(
        here or machine(folder),
        limits or MachineLimits(),
        jobs=jobs,
        hides_gpus=hides_gpus,
        note={"user": "anna", "repository": "digits", "run": "r1", "pid": 0, "pid_start": None},
    )
    known = order or Order(seconds=expected or {})
    scheduler = Scheduler(stage, log, allotter=allotter, clock=time, order=known, bounds=bounds, wait=time.wait)
    try:
        outcome = scheduler.run(Plan(cells=tuple(map(planned_of, scripts))))
    finally:
        log.close()
    return Played(outcome=outcome, stage=stage, events=tuple(events), clock=time)


def planned_of(script: Scripted) -> PlannedCell:
    """The cell of a script, as a plan has it."""
    spec = StageSpec(
        name=script.name.partition("[")[0],
        cmd="x",
        resources=script.needs,
        retries=script.retries,
        fail_fast=script.fail_fast,
        timeout=script.timeout,
    )
    return PlannedCell(
        cell=Cell(name=script.name, spec=spec, values={}, deps=None, outs=(), after=script.after),
        action=Action.REUSE if script.stored else Action.RUN,
        reason="",
        changed=(),
        inputs=CellInputs(parts={}, watched={}, paths={}, closure=Closure(files={})),
        input_digest="",
        expected=None,
    )

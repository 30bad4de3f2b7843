"""A stage run twice on the same inputs: whether it makes the same thing, and if not, where it differs.

Called by `seatrial run --twice STAGE`. What feeds the stage is run or reused as usual; the stage itself runs
twice without the cache, in scratch where its command can be made to write there, else in the tree. Both
runs write to the same path, so that a path is no difference. Nothing is stored: each run has results of its
own that are thrown away. Where the runs differ, a note is left beside the stored result (`doubts`), which
stays as it is.

Subtle: the second run begins in another second than the first, else a stage that writes down the time in
seconds would pass for one that does not.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

from msgspec import Struct

from seatrial.clock import Clock, iso
from seatrial.errors import UsageError
from seatrial.evidence.sameness import FileComparison, Sameness
from seatrial.flows.doubts import clear_doubt, note_doubt
from seatrial.flows.engine import Prepared, Rebinding, execute, prepare, work_tree
from seatrial.flows.layouts import scratch_outs, takes_all_outs
from seatrial.flows.pins import refuse_unpinned
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.request import Request
from seatrial.flows.selection import cells_named, find_tier, select_stages
from seatrial.flows.twice_outs import compare_outs
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.command import Layout
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.outs import Outs
from seatrial.pipeline.plan import Plan, PlannedCell
from seatrial.pipeline.select import Action
from seatrial.replacing import replace
from seatrial.store.blobs import remove

_TURNS = ("first", "second")
_LONGEST_WAIT = 30  # looks at the clock, a twentieth of a second apart


class CellTwice(Struct, frozen=True, kw_only=True):
    """One cell and its two runs. `trouble` says why there is nothing to compare, `stored` whether the result in
    the cache is the one that was made now (None without one)."""

    cell: str
    files: tuple[FileComparison, ...] = ()
    trouble: CellOutcome | None = None
    stored: bool | None = None
    in_tree: bool = False

    @property
    def sameness(self) -> Sameness:
        """The worst that was found of any file."""
        order = (Sameness.EQUAL, Sameness.WITHIN, Sameness.DIFFERENT)
        return max((file.sameness for file in self.files), key=order.index, default=Sameness.EQUAL)


class Twice(Struct, frozen=True, kw_only=True):
    """What running a stage twice has shown, cell by cell. `fed` are outcomes of what feeds it that keep the stage
    from being run at all."""

    run: str
    folder: Path
    cells: tuple[CellTwice, ...]
    fed: tuple[CellOutcome, ...] = ()
    python: str = ""

    @property
    def troubles(self) -> tuple[CellOutcome, ...]:
        return (*self.fed, *(cell.trouble for cell in self.cells if cell.trouble is not None))

    @property
    def failed(self) -> tuple[CellOutcome, ...]:
        """The commands that failed."""
        return tuple(outcome for outcome in self.troubles if outcome.did in (Did.FAILED, Did.BLOCKED))

    @property
    def different(self) -> bool:
        return any(cell.sameness is Sameness.DIFFERENT for cell in self.cells)


def run_twice(workspace: Workspace, policy: ProjectPolicy, request: Request, stage: str) -> Twice:
    """Run a stage, or one cell of it, twice. Raises ConfigError and UsageError before anything runs."""
    tier = find_tier(policy, request.tier)
    stages, pipeline = select_stages(policy.pipeline, tier, (stage,))
    prepared = prepare(workspace, stages, pipeline, tree=work_tree(workspace))
    refuse_unpinned(workspace, policy, request, tier, prepared)
    chosen = {cell.name for cell in cells_named(prepared.cells, (stage,))}
    planned = tuple(one for one in prepared.plan.cells if one.cell.name in chosen)
    for one in planned:
        _refuse_unfit(one)
    run = workspace.new_run()
    folder = workspace.cache.runs / run
    events = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
    try:
        events.add("twice_started", run=run, command=request.command, cells=sorted(chosen))
        work = _Work(workspace, prepared, run, folder, events)
        before = tuple(one for one in prepared.plan.cells if one.cell.stage != planned[0].cell.stage)
        made = work.execute(Plan(cells=before), {})
        stuck = tuple(cell for cell in made.cells.values() if cell.result is None)
        cells = () if stuck else tuple(work.twice(one, made) for one in planned)
        for cell in cells:
            events.add("twice_compared", cell=cell.cell, sameness=cell.sameness.value, stored=cell.stored)
    finally:
        events.close()
    return Twice(run=run, folder=folder, cells=cells, fed=stuck, python=str(prepared.host.python))


class _Work:
    """The runs of one stage, one after the other."""

    def __init__(self, workspace: Workspace, prepared: Prepared, run: str, folder: Path, events: EventLog) -> None:
        self._workspace = workspace
        self._prepared = prepared
        self._run = run
        self._folder = folder
        self._events = events

    def execute(self, plan: Plan, given: Mapping[str, CellOutcome]) -> RunOutcome:
        """What feeds the stage, as in any run."""
        return execute(
            self._workspace,
            self._prepared,
            run=self._run,
            folder=self._folder,
            events=self._events,
            plan=plan,
            given=given,
        )

    def twice(self, planned: PlannedCell, made: RunOutcome) -> CellTwice:
        """Run one cell twice and compare."""
        cell, cache = planned.cell, self._workspace.cache
        movable = takes_all_outs(cell)
        outcomes: list[CellOutcome] = []
        with cache.scratch("twice") as scratch, nullcontext() if movable else self._put_back(planned):
            rebinding = Rebinding()
            if movable:
                outs = scratch_outs(planned, scratch, self._prepared.host.root)
                rebinding = Rebinding(layouts={cell.name: Layout(deps=planned.dep_paths, outs=outs)})
            for turn in _TURNS:
                began = int(self._workspace.clock.now().timestamp())
                remove(scratch / "outs")
                outcome = self._turn(planned, made, turn, rebinding, scratch / f"results-{turn}")
                if outcome.did is not Did.RAN:
                    return CellTwice(cell=cell.name, trouble=outcome, in_tree=not movable)
                outcomes.append(outcome)
                if turn != _TURNS[-1]:
                    into_the_next_second(self._workspace.clock, began, time.sleep)
            files = compare_outs(cell, outcomes[0], outcomes[1], cache.blobs, scratch / "compared")
        return self._noted(CellTwice(cell=cell.name, files=files, in_tree=not movable), outcomes)

    def _turn(
        self, planned: PlannedCell, made: RunOutcome, turn: str, rebinding: Rebinding, results: Path
    ) -> CellOutcome:
        # The bytes of both runs are needed for comparing, also where an ordinary run keeps only digests.
        spec = replace(planned.cell.spec, outs=tuple(replace(out, cache=True) for out in planned.cell.spec.outs))
        cell = replace(planned.cell, spec=spec, outs=tuple(replace(out, cache=True) for out in planned.cell.outs))
        again = replace(planned, cell=cell, action=Action.RUN, reason=f"{turn} of two runs", expected=None)
        outcome = execute(
            replace(self._workspace, cache=self._workspace.cache.apart(results)),
            self._prepared,
            run=self._run,
            folder=self._folder / turn,
            events=self._events,
            plan=Plan(cells=(again,)),
            given=made.cells,
            rebinding=rebinding,
        ).cells[planned.cell.name]
        return replace(outcome, log=f"{turn}/{outcome.log}") if outcome.log else outcome

    def _noted(self, found: CellTwice, outcomes: list[CellOutcome]) -> CellTwice:
        """Leave a note about a difference, or take an old one away."""
        cache, result = self._workspace.cache, outcomes[0].result
        if result is None:
            return found
        if found.sameness is Sameness.DIFFERENT:
            differing = tuple(file.path for file in found.files if file.sameness is Sameness.DIFFERENT)
            at = iso(self._workspace.clock.now())
            note_doubt(cache, result.action_key, cell=found.cell, run=self._run, at=at, differing=differing)
        else:
            clear_doubt(cache, result.action_key)
        stored = cache.results.find(result.action_key)
        if stored is None:
            return found
        made = [outcome.result.outs for outcome in outcomes if outcome.result is not None]
        return replace(found, stored=any(outs == stored.outs for outs in made))

    @contextmanager
    def _put_back(self, planned: PlannedCell) -> Iterator[None]:
        """Leave the outs in the tree as they were. What lies there may be the user's own, with its bytes nowhere
        else, so it is moved out of the way and back; after a kill it lies in the run's folder."""
        root, before = self._prepared.host.root, self._folder / "before"
        paths = [out.path for out in planned.cell.outs]
        outs = Outs(root, self._workspace.cache, self._folder / "aside")
        try:
            for path in paths:
                if os.path.lexists(root / path):
                    (before / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.move(root / path, before / path)
            yield
        finally:
            for path in paths:
                remove(root / path)
                if os.path.lexists(before / path):
                    shutil.move(before / path, root / path)
                outs.is_whole(path)


def into_the_next_second(clock: Clock, began: int, sleep: Callable[[float], None]) -> None:
    """Wait until the clock's second is another one than `began`, within reason."""
    for _ in range(_LONGEST_WAIT):
        if int(clock.now().timestamp()) != began:
            return
        sleep(0.05)


def _refuse_unfit(planned: PlannedCell) -> None:
    spec = planned.cell.spec
    if spec.effects:
        raise UsageError(
            f"{planned.cell.name} acts on the world outside (`effects: true`); doing that twice is not a test",
            next_step="run a stage without effects twice",
        )
    for file in planned.inputs.taken.values():
        raise UsageError(
            f"{planned.cell.name} takes its results from {file}, so its command would not run, not even once",
            next_step=f"move {file} away, and run it twice then",
        )
    if any(out.persist for out in spec.outs) and not takes_all_outs(planned.cell):
        raise UsageError(
            f"{planned.cell.name} goes on from an out of its own (`persist: true`), so its second run would begin "
            "where the first ended",
            next_step="let its command take every out as ${outs.NAME}, so that each run can begin with nothing",
        )
    if not spec.outs:
        raise UsageError(
            f"{planned.cell.name} declares no outs, so there is nothing to compare",
            next_step="declare what it writes under `outs:`",
        )

"""One stage at one commit, with what feeds it, in a scratch tree.

Called by `bisecting` and `auditing`. Results come from the cache and go there, as in any run, unless the stage is to
be run afresh: then it finds no result of its own and leaves none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from seatrial.errors import UsageError
from seatrial.flows.commit_runs import prepare_at
from seatrial.flows.engine import Prepared, execute
from seatrial.flows.selection import cells_named, select_stages
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.plan import Plan, PlannedCell
from seatrial.pipeline.select import Action
from seatrial.replacing import replace

_FINE = (Did.RAN, Did.REUSED, Did.USED)


class ActsOutsideError(UsageError):
    """A stage, or what it rests on, has effects that must not be had again."""


class StageThere(Struct, frozen=True, kw_only=True):
    """A stage planned at a commit. `cells` are those asked for, `feeding` what must be over before them."""

    commit: str
    prepared: Prepared
    cells: tuple[PlannedCell, ...]
    feeding: tuple[PlannedCell, ...]


class StageRun(Struct, frozen=True, kw_only=True):
    """What became of the cells; `stuck` are outcomes of what feeds them that kept them from being run."""

    cells: tuple[CellOutcome, ...]
    stuck: tuple[CellOutcome, ...] = ()

    @property
    def failed(self) -> tuple[CellOutcome, ...]:
        return tuple(cell for cell in self.cells if cell.did is Did.FAILED)

    @property
    def passed(self) -> bool:
        return not self.stuck and bool(self.cells) and all(cell.did in _FINE for cell in self.cells)

    @property
    def seconds(self) -> float:
        """How long its commands took, or had taken when their results were stored."""
        return sum(cell.seconds or (cell.result.wall if cell.result is not None else 0.0) for cell in self.cells)


@contextmanager
def scratch_place(workspace: Workspace) -> Iterator[Path]:
    """One place for trees of several commits, one after the other, so that no path is a difference between them."""
    with workspace.cache.scratch("commit") as scratch:
        yield scratch / "tree"


def stage_at(workspace: Workspace, commit: str, stage: str, tier: str | None, place: Path) -> StageThere:
    """Put a commit's tree in a place and plan a stage, or one cell of it, there. Raises what `plan_at` and `aim` do."""
    return aim(plan_at(workspace, commit, (stage,), tier, place), commit, stage)


def plan_at(workspace: Workspace, commit: str, stages: Sequence[str], tier: str | None, place: Path) -> Prepared:
    """Put a commit's tree in a place and plan some stages, with what feeds them, there.

    Raises ConfigError where that commit's configuration cannot be used, UsageError where it has no such stage.
    """
    policy = workspace.load_policy(lambda path: workspace.git.read_at(commit, path))
    known = policy.tiers.get(tier) if tier is not None else None
    chosen, pipeline = select_stages(policy.pipeline, known, stages)
    shutil.rmtree(place, ignore_errors=True)
    return prepare_at(workspace, policy, commit, place, chosen, pipeline)


def aim(prepared: Prepared, commit: str, stage: str) -> StageThere:
    """One stage or cell of a plan, with what feeds it. Raises UsageError where it is not there, ActsOutsideError."""
    wanted = {cell.name for cell in cells_named(prepared.cells, (stage,))}
    before = {planned.cell.name: planned.cell.before for planned in prepared.plan.cells}
    needed: dict[str, None] = {}
    pending = [name for one in wanted for name in before[one]]
    while pending:
        name = pending.pop()
        if name not in needed:
            needed[name] = None
            pending += before[name]
    chosen = tuple(one for one in prepared.plan.cells if one.cell.name in wanted or one.cell.name in needed)
    for one in chosen:
        if one.cell.spec.effects:
            raise ActsOutsideError(
                f"{one.cell.name} acts on the world outside (`effects: true`), which is not done for old commits",
                next_step="ask about a stage that neither has effects nor rests on one that has",
            )
    return StageThere(
        commit=commit,
        prepared=prepared,
        cells=tuple(one for one in chosen if one.cell.name in wanted),
        feeding=tuple(one for one in chosen if one.cell.name not in wanted),
    )


def run_there(
    workspace: Workspace,
    there: StageThere,
    *,
    run: str,
    folder: Path,
    events: EventLog,
    fresh: bool = False,
    tracer: str = "audit",
) -> StageRun:
    """Run a planned stage, or take its stored result; `fresh`: run it whatever is stored, and store nothing. `tracer`
    watches the stage itself: see `Session`."""

    def done(
        plan: tuple[PlannedCell, ...], cells: dict[str, CellOutcome], where: Workspace, watched_by: str = "audit"
    ) -> dict[str, CellOutcome]:
        if not plan:
            return {}
        outcome = execute(
            where,
            there.prepared,
            run=run,
            folder=folder,
            events=events,
            plan=Plan(cells=plan),
            given=cells,
            tracer=watched_by,
        )
        return dict(outcome.cells)

    made = done(there.feeding, {}, workspace)
    stuck = tuple(cell for cell in made.values() if cell.did not in _FINE)
    if stuck:
        return StageRun(cells=(), stuck=stuck)
    if not fresh:
        found = done(there.cells, made, workspace)
    else:
        again = tuple(
            replace(one, action=Action.RUN, reason="it is run afresh", expected=None, must_run=True)
            for one in there.cells
        )
        with workspace.cache.scratch("afresh") as results:
            found = done(again, made, replace(workspace, cache=workspace.cache.apart(results)), tracer)
    mine = [one.cell.name for one in there.cells]
    return StageRun(cells=tuple(found[name] for name in mine))

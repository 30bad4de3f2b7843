"""From declared stages and a tree to a plan, and from a plan to outcomes.

Called by `candidate`, `part_run` and `twice` for the work tree, by `commit_runs` for another commit in a
scratch tree, by `rescoring` for one cell on another model, and by `explaining`, which stops before
anything runs. The same plan is explained and executed.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct, field

from seatrial.environment.interpreter import describe, find_python, installation
from seatrial.errors import ConfigError, Place
from seatrial.flows.history import read_history
from seatrial.flows.ordering import order_of
from seatrial.flows.recording import Recorder, Recording
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.allotment import Allotter
from seatrial.pipeline.command import Host, Layout
from seatrial.pipeline.deferral import UNBOUNDED, Bounds
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.execute import Executor
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.inputs import Survey
from seatrial.pipeline.outcome import CellOutcome, RunOutcome
from seatrial.pipeline.plan import Plan, make_plan
from seatrial.pipeline.policy import PipelinePolicy, StageSpec
from seatrial.pipeline.rank import Order
from seatrial.pipeline.scheduler import Scheduler
from seatrial.pipeline.select import Action
from seatrial.pipeline.session import Session
from seatrial.pipeline.tree import Tree
from seatrial.process.group import start_time
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact


class Prepared(Struct, frozen=True, kw_only=True):
    """A plan and what it takes to run it."""

    plan: Plan
    survey: Survey
    host: Host
    cells: tuple[Cell, ...]
    tree: Tree
    every_out: tuple[str, ...]
    """The paths that any stage writes, those that are not selected too."""

    @property
    def out_paths(self) -> tuple[str, ...]:
        return tuple(out.path for cell in self.cells for out in cell.outs)


class Rebinding(Struct, frozen=True, kw_only=True):
    """How a cell is run on something else than its producers made: artifacts by dep name, and where
    everything lies meanwhile."""

    bound: Mapping[str, Artifact] = field(default_factory=dict)
    layouts: Mapping[str, Layout] = field(default_factory=dict)


def prepare(
    workspace: Workspace,
    stages: Mapping[str, StageSpec],
    pipeline: PipelinePolicy,
    *,
    tree: Tree,
    tracked_outs: bool = True,
    elsewhere: Mapping[str, str] | None = None,
) -> Prepared:
    """Plan the given stages over a tree. `elsewhere`: cells of another machine, with their input digests.

    Raises ConfigError, with every problem at once, when they cannot be run as declared.
    """
    cells = expand(stages)
    # Outs of stages that are not selected are outs all the same: no glob may take them for sources.
    everything = cells if stages.keys() == pipeline.stages.keys() else expand(pipeline.stages)
    every_out = tuple(out.path for cell in everything for out in cell.outs)
    if tracked_outs:
        _refuse_tracked(tree.tracked, cells)
    python = find_python(pipeline.python, workspace.git.main_root, workspace.environ)
    environment = describe(python, workspace.environ, workspace.cache.memory)
    if any(cell.spec.resources.gpus for cell in cells):  # asking for devices costs a process
        environment = replace(environment, gpu=workspace.hardware.capability())
    installed = partial(installation, python, workspace.environ, workspace.cache.memory)
    survey = Survey(
        tree, pipeline, environment, workspace.cache.memory, frozenset(every_out), workspace.addresses, installed
    )
    plan = make_plan(cells, survey, workspace.cache.results, workspace.cache.listing, elsewhere=elsewhere)
    host = Host(root=tree.root, python=python, environ=workspace.environ, policy=pipeline)
    return Prepared(plan=plan, survey=survey, host=host, cells=cells, tree=tree, every_out=every_out)


def work_tree(workspace: Workspace) -> Tree:
    """The files of the user's work tree as they lie there."""
    git = workspace.git
    listed = git.listed()
    return Tree(
        git.root,
        listed.files,
        relist=git.files,
        kept_by_lfs=partial(git.with_filter, "lfs"),
        tracked=listed.tracked,
    )


def execute(
    workspace: Workspace,
    prepared: Prepared,
    *,
    run: str,
    folder: Path,
    events: EventLog,
    plan: Plan | None = None,
    given: Mapping[str, CellOutcome] | None = None,
    rebinding: Rebinding | None = None,
    bounds: Bounds = UNBOUNDED,
    order: Order | None = None,
    recording: Recording | None = None,
    tracer: str = "audit",
) -> RunOutcome:
    """Run a plan (the prepared one unless another is given) within `bounds`; the `order` of its cells is looked up
    unless it is given. `recording` sees each outcome before any
    consumer does, and may replace it. `tracer`: see `Session`."""
    other = rebinding or Rebinding()
    session = Session(
        run=run,
        folder=folder,
        machine=workspace.machine,
        host=prepared.host,
        cache=workspace.cache,
        survey=prepared.survey,
        events=events,
        clock=workspace.clock,
        bound=other.bound,
        layouts=other.layouts,
        in_work_tree=rebinding is None and prepared.host.root == workspace.git.root,
        tracer=tracer,
    )
    executor = Executor(session)
    recorder = Recorder(recording, events) if recording is not None else None
    chosen = plan or prepared.plan
    scheduler = Scheduler(
        executor,
        events,
        allotter=allotter_of(workspace, prepared.host.policy, run),
        clock=workspace.clock,
        order=_order(workspace, chosen, prepared.host.policy) if order is None else order,
        bounds=bounds,
        given=given,
        record=recorder.record if recorder is not None else None,
    )
    try:
        outcome = scheduler.run(chosen)
        executor.linger()
        return outcome
    finally:
        executor.close()
        if recorder is not None:
            recorder.close()
        workspace.cache.memory.save()


def allotter_of(workspace: Workspace, pipeline: PipelinePolicy, run: str) -> Allotter:
    """The run's account of the machine. Where any stage of a project asks for devices, the others see none."""
    note = {
        "user": workspace.hardware.user,
        "repository": workspace.git.main_root.name,
        "run": run,
        "pid": os.getpid(),
        "pid_start": start_time(os.getpid()),
    }
    return Allotter(
        workspace.hardware,
        pipeline.machine,
        jobs=workspace.jobs,
        hides_gpus=any(spec.resources.gpus for spec in pipeline.stages.values()),
        note=note,
    )


def _order(workspace: Workspace, plan: Plan, pipeline: PipelinePolicy) -> Order:
    """What earlier runs say of a plan's cells; not looked up where nothing is to be run."""
    wanted = [planned.cell for planned in plan.cells if planned.action is not Action.REUSE]
    return order_of(wanted, read_history(workspace.state), pipeline.selection) if wanted else Order()


def _refuse_tracked(tracked: frozenset[str], cells: tuple[Cell, ...]) -> None:
    """An out that git tracks would be removed before its stage runs: the user's file would be lost."""
    owners = {out.path: cell for cell in cells for out in cell.outs}
    there: set[str] = set()
    for name in tracked if owners else ():
        place = name
        while place:
            if place in owners:
                there.add(place)
            place = place.rpartition("/")[0]
    paths = [path for path in owners if path in there]
    if not paths:
        return
    first = owners[paths[0]]
    more = f" and {len(paths) - 1} more {'out' if len(paths) == 2 else 'outs'}" if len(paths) > 1 else ""
    raise ConfigError(
        f"stage {first.name} writes {paths[0]}{more}, which git tracks; a run would replace versioned files",
        place=first.spec.place or Place(file="seatrial.yaml", key=f"stages.{first.stage}"),
        next_step=f"git rm --cached -r {shlex.join(paths)}, and add {'them' if more else 'it'} to .gitignore",
    )

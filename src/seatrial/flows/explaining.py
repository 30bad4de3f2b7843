"""What would run and why: the plan of a work tree, and a cell's last doings from the runs' logs.

Called by `seatrial plan` and `seatrial why`; nothing here runs a command of the user.
"""

from __future__ import annotations

from collections.abc import Callable

from seatrial.errors import UsageError
from seatrial.flows.debts import read_book
from seatrial.flows.engine import Prepared, prepare, work_tree
from seatrial.flows.forecasting import Outlook, look_ahead
from seatrial.flows.foreseeing import foresee
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.selection import find_tier, select_stages
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.events import read_events
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.why import Explanation, Past, SinceBase, explain, past_of
from seatrial.registry.debt import settling
from seatrial.replacing import replace

DEFER = "defer"
"""The action of a cell that should run and cannot on this machine, beside those of a plan."""

_RUNS_LOOKED_AT = 200


def plan_ahead(
    workspace: Workspace, policy: ProjectPolicy, tier: str | None, stages: tuple[str, ...]
) -> tuple[Prepared, Outlook]:
    """The plan that `run` would follow, and how long that is expected to take."""
    prepared = plan_stages(workspace, policy, tier, stages)
    return prepared, look_ahead(workspace, prepared, find_tier(policy, tier), named=bool(stages))


def plan_stages(workspace: Workspace, policy: ProjectPolicy, tier: str | None, stages: tuple[str, ...]) -> Prepared:
    """The plan that `run` would follow. Raises what `run` would raise before anything runs."""
    chosen, pipeline = select_stages(policy.pipeline, find_tier(policy, tier), stages)
    if not chosen:
        raise UsageError("no stage is selected", next_step="seatrial config --show")
    prepared = prepare(workspace, chosen, pipeline, tree=work_tree(workspace))
    workspace.cache.memory.save()
    return prepared


def plan_stage(
    workspace: Workspace, policy: ProjectPolicy, tier: str | None, stage: str
) -> tuple[Prepared, tuple[PlannedCell, ...]]:
    """The plan of a stage with what feeds it, and of that its cells, or the one that is named.

    Raises UsageError for a stage or cell that does not exist.
    """
    prepared = plan_stages(workspace, policy, tier, (stage.partition("[")[0],))
    cells = tuple(planned for planned in prepared.plan.cells if stage in (planned.cell.name, planned.cell.stage))
    if not cells:
        name = stage.partition("[")[0]
        known = ", ".join(planned.cell.name for planned in prepared.plan.cells if planned.cell.stage == name)
        raise UsageError(f"there is no cell {stage}; cells of {name}: {known}", next_step=f"seatrial why {name}")
    return prepared, cells


def explain_stage(
    workspace: Workspace, policy: ProjectPolicy, tier: str | None, stage: str, base: str | None = None
) -> tuple[Explanation, ...]:
    """The explanation of a stage's cells, or of the one cell that is named; with a base, of what differs from that.

    Raises UsageError for a stage or cell that does not exist, UserError for such a base, StateError where debts
    cannot be read.
    """
    prepared, cells = plan_stage(workspace, policy, tier, stage)
    told_of = _told_of(workspace, policy, prepared, base, tier)
    owed = {debt.cell: f"{debt}; to settle it, {settling((debt,))}" for debt in read_book(workspace.state).open}
    deferred = foresee(workspace, prepared)
    found = []
    for planned in cells:
        name = planned.cell.name
        told = told_of(replace(explain(planned, _last(workspace, name)), debt=owed.get(name)), planned)
        found.append(replace(told, action=DEFER, reason=deferred[name]) if name in deferred else told)
    workspace.cache.memory.save()
    return tuple(found)


def _told_of(
    workspace: Workspace, policy: ProjectPolicy, prepared: Prepared, base: str | None, tier: str | None
) -> Callable[[Explanation, PlannedCell], Explanation]:
    """What gives an explanation its evidence."""
    # What looks at code is loaded where somebody asks for it: `plan` of a work tree has no use for it.
    from seatrial.flows.since_last import since_last
    from seatrial.flows.tree_change import look_at_tree, plan_tree_change

    if base is None:
        there = look_at_tree(workspace, policy, prepared)
        return lambda told, planned: replace(told, evidence=since_last(workspace, there, planned))
    found = plan_tree_change(workspace, policy, prepared, base, tier)
    by_name = {one.planned.cell.name: one for one in found.cells}

    def told_since(told: Explanation, planned: PlannedCell) -> Explanation:
        one = by_name[planned.cell.name]
        change = SinceBase(base=found.base, action=one.action.value, reason=one.reason)
        return replace(told, evidence=one.evidence, change=change)

    return told_since


def _last(workspace: Workspace, cell: str) -> Past | None:
    for folder in sorted(workspace.cache.runs.glob("*"), reverse=True)[:_RUNS_LOOKED_AT]:
        log = folder / "events.jsonl"
        past = past_of(cell, read_events(log)) if log.exists() else None
        if past is not None:
            return past
    return None

"""A run that is about a change: the plan without what the change does not reach, and what is put off of the rest.

Called by `candidate` for `seatrial run --base`, and for `seatrial plan --base` of a work tree. A stage that is skipped
is not judged, not stored and no debt: at the base it is what it is here. What a tier puts off for weak evidence is debt
like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from seatrial.flows.change_plan import ChangePlan
from seatrial.flows.dossier import cells_of
from seatrial.flows.engine import Prepared
from seatrial.flows.forecasting import Outlook, look_ahead
from seatrial.flows.policy import ModelPolicy, ProjectPolicy, TierPolicy
from seatrial.flows.selection import find_tier
from seatrial.flows.spared import as_skipped
from seatrial.flows.tree_change import plan_tree_change
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.deferral import Cause, Deferral
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.plan import Plan
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.select import Action
from seatrial.replacing import replace


class Narrowed(Struct, frozen=True, kw_only=True):
    """A plan without the cells that a change does not reach, which are in `skipped`."""

    change: ChangePlan
    plan: Plan
    skipped: Mapping[str, CellOutcome]

    def spares(self, model: ModelPolicy, pipeline: PipelinePolicy) -> bool:
        """Whether the change does not reach what makes up a model, so that there is nothing to judge."""
        return any(name in self.skipped for name in cells_of(model, pipeline))

    def warnings(self, models: Iterable[ModelPolicy], pipeline: PipelinePolicy) -> list[str]:
        """What to say of models that are not judged, and of paths that nobody can classify."""
        said = [
            f"model {model.name} was not judged: no path that changed since {self.change.base[:12]} reaches "
            f"{' or '.join(name for name in cells_of(model, pipeline) if name in self.skipped)}"
            for model in models
            if self.spares(model, pipeline)
        ]
        unknown = [one.path for one in self.change.unknown]
        if unknown:
            more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
            said.append(f"whether any stage reads {unknown[0]}{more} is not known, so the fallback set runs")
        return [*said, *([self.change.everything] if self.change.everything else []), *self.change.notes]

    @property
    def put_off(self) -> dict[str, Deferral]:
        """The cells that the tier puts off for weak evidence, and what waits for them."""
        return {
            cell.planned.cell.name: Deferral(reason=cell.reason, cause=Cause.GRADE)
            for cell in self.change.cells
            if cell.action is Action.DEFER
        }


def plan_ahead(
    workspace: Workspace, policy: ProjectPolicy, prepared: Prepared, base: str, tier: str | None, *, named: bool
) -> tuple[ChangePlan, Outlook]:
    """What `run --base` would do, with what it would put off, and how long that is expected to take.

    `named`: the user named the stages.
    """
    chosen = find_tier(policy, tier)
    found = narrow(workspace, policy, prepared, base, chosen)
    ahead = replace(prepared, plan=found.plan)
    outlook = look_ahead(workspace, ahead, chosen, named=named, decided=found.put_off)
    cells = tuple(
        replace(cell, action=Action.DEFER, reason=outlook.deferred[cell.planned.cell.name])
        if cell.action in (Action.RUN, Action.RUN_IF_CHANGED) and cell.planned.cell.name in outlook.deferred
        else cell
        for cell in found.change.cells
    )
    return replace(found.change, cells=cells), outlook


def narrow(
    workspace: Workspace,
    policy: ProjectPolicy,
    prepared: Prepared,
    base: str,
    tier: TierPolicy | None,
    spared: Collection[str] | None = None,
) -> Narrowed:
    """The plan of a run about a change. `spared` are the cells that it leaves out, where another machine has said so.

    Raises UserError for a base that does not exist or is unrelated.
    """
    change = plan_tree_change(workspace, policy, prepared, base, tier.name if tier else None)
    left = [cell.planned.cell.name for cell in change.cells if cell.action is Action.SKIP]
    skipped = as_skipped(left if spared is None else spared, change.base)
    return Narrowed(
        change=change,
        plan=Plan(
            cells=tuple(
                replace(
                    cell.planned,
                    # What is put off is so when it is come to.
                    action=Action.RUN if cell.action in (Action.DEFER, Action.SKIP) else cell.action,
                    reason=cell.reason,
                )
                for cell in change.cells
                if cell.planned.cell.name not in skipped
            )
        ),
        skipped=skipped,
    )

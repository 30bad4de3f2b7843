"""Why a stage would not run: the plan against a base, told for one stage from the other side.

Called by `seatrial why --skip`. By default the base is where the branch left the main one.
"""

from __future__ import annotations

from seatrial.flows.explaining import plan_stage
from seatrial.flows.main_tip import main_tip
from seatrial.flows.path_rules import compared_files
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.tree_change import plan_tree_change
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.why_skip import Skipping, Stored, Watched, ground_of, passed


def explain_skip(
    workspace: Workspace, policy: ProjectPolicy, tier: str | None, stage: str, base: str | None
) -> tuple[Skipping, ...]:
    """Why the cells of a stage, or the one that is named, would not run.

    Raises UsageError for a stage or cell that does not exist, UserError for a base that does not.
    """
    prepared, cells = plan_stage(workspace, policy, tier, stage)
    found = plan_tree_change(workspace, policy, prepared, base or default_base(workspace, policy), tier)
    by_name = {one.planned.cell.name: one for one in found.cells}
    compared = compared_files(policy)
    told = []
    for planned in cells:
        one = by_name[planned.cell.name]
        closure = planned.inputs.closure
        told.append(
            Skipping(
                cell=planned.cell.name,
                base=found.base,
                action=one.action,
                reason=one.reason,
                paths=passed(closure, found.changed, one.evidence, compared),
                ground=ground_of(closure),
                watched=watched(workspace.cache.results.last_of(planned.cell.name)),
                stored=_stored(planned),
                built_in=planned.cell.spec.apart,
            )
        )
    return tuple(told)


def default_base(workspace: Workspace, policy: ProjectPolicy) -> str:
    """The commit at which HEAD left the main branch; HEAD itself where there is no such branch."""
    git = workspace.git
    tip, head = main_tip(workspace, policy.main), git.commit()
    common = git.merge_base(head, tip.commit) if head is not None and tip is not None and tip.commit else None
    return common or "HEAD"


def watched(last: StageResult | None) -> Watched | None:
    """How the last run of a cell was watched; None for a cell without a result."""
    if last is None:
        return None
    if last.trace is None:
        return Watched(reads=len(last.reads))
    return Watched(tracer=last.trace.tracer, incomplete=last.trace.incomplete, reads=len(last.reads))


def _stored(planned: PlannedCell) -> Stored | None:
    expected = planned.expected
    return None if expected is None else Stored(run=expected.run, finished=expected.finished)

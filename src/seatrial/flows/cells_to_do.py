"""The cells of a run that machines have to do, each with those it waits for, as a pipeline of a forge is made of them.

Called by `seatrial plan --matrix`. What is left out is what `run --id` leaves out by the same rule (`spared.py`), so
that no cell is waited for that nobody does.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.flows.explaining import plan_stages
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.selection import find_tier
from seatrial.flows.spared import base_commit, spared
from seatrial.flows.tree_change import plan_tree_change
from seatrial.flows.workspace import Workspace
from seatrial.forge.workflows.gitlab_child import ChildCell
from seatrial.pipeline.select import Action


class ToDo(Struct, frozen=True, kw_only=True):
    """The cells, producers first, and the commit that they are about a change from."""

    cells: tuple[ChildCell, ...]
    base: str | None


def cells_to_do(workspace: Workspace, policy: ProjectPolicy, tier: str, base: str | None) -> ToDo:
    """What a run of a tier has to do. One that is stored here can be taken by this machine.

    Raises UsageError for a tier that there is none of, UserError for a base that does not exist or is unrelated.
    """
    chosen = find_tier(policy, tier)
    prepared = plan_stages(workspace, policy, tier, ())
    left: set[str] = set()
    commit = None
    if base is not None:
        commit = base_commit(workspace, base)
        changed = plan_tree_change(workspace, policy, prepared, base, chosen.name if chosen else None).cells
        left = {*spared(changed), *(cell.planned.cell.name for cell in changed if cell.action is Action.DEFER)}
    return ToDo(
        cells=tuple(
            ChildCell(
                name=planned.cell.name,
                needs=tuple(name for name in planned.cell.before if name not in left),
                gpus=planned.cell.spec.resources.gpus,
                timeout=planned.cell.spec.timeout,
                stored=planned.action is Action.REUSE,
            )
            for planned in prepared.plan.cells
            if planned.cell.name not in left
        ),
        base=commit,
    )

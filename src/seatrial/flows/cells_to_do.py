"""The cells of a tier that are to be done, each with those it waits for, as a child pipeline of GitLab is made of them.

Called by `seatrial plan --matrix gitlab`. What is left out, and what this machine has the results of, is decided as for
any other forge (`matrix.py`).
"""

from __future__ import annotations

from seatrial.flows.matrix import job_minutes, looked_at, reused
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.spared import base_commit
from seatrial.flows.workflow_wants import runners_of, without_machine
from seatrial.flows.workspace import Workspace
from seatrial.forge.workflows.gitlab_child import ChildCell, child_pipeline


def child_of(workspace: Workspace, policy: ProjectPolicy, tier: str, base: str | None) -> str:
    """The text of the child pipeline of a tier in this work tree.

    Raises what `plan` raises, and ConfigError for a stage that asks for a GPU where no tag says which machines have
    one.
    """
    planned, left_out = looked_at(workspace, policy, tier, base)
    stored = reused(planned, left_out)
    cells = tuple(
        ChildCell(
            name=one.cell.name,
            needs=tuple(name for name in one.cell.before if name not in left_out),
            gpus=one.cell.spec.resources.gpus,
            minutes=job_minutes([one.cell.spec]),
            stored=one.cell.name in stored,
        )
        for one in planned
        if one.cell.name not in left_out
    )
    if runners_of(policy).gpu is None:
        without_machine({one.cell.stage: one.cell.spec for one in planned if one.cell.name not in (*left_out, *stored)})
    commit = None if base is None else base_commit(workspace, base)
    return child_pipeline(cells, tier=tier, base=commit)

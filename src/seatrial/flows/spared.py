"""What a run of several machines leaves out because the change that it is about does not reach it, or too weakly.

Called by `part_run`, on the machine that begins such a run, and by `candidate` where it is collected.

Subtle: what a plan says depends on what its machine has stored, and machines differ in that. So the one that begins the
run decides which cells are left out, from what the change reaches and what that needs, and writes them down with the
commit that was compared with; every other machine takes its word. A cell that it did not name and that nobody has
done is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.change.objects import Objects
from seatrial.flows.change_plan import ChangedCell, compared
from seatrial.flows.engine import prepare, work_tree
from seatrial.flows.policy import ProjectPolicy, TierPolicy
from seatrial.flows.selection import select_stages
from seatrial.flows.tree_change import plan_tree_change
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.select import Action


def base_commit(workspace: Workspace, base: str) -> str:
    """The commit that a change from `base` is compared with. Raises UserError where there is none."""
    return compared(Objects(workspace.git.root), base, "HEAD")[0]


class LeftOut(Struct, frozen=True, kw_only=True):
    """The cells that nobody has to do: those that the change does not reach, and those that the tier puts off for weak
    evidence, each with the reason."""

    spared: tuple[str, ...]
    put_off: Mapping[str, str]


def left_out(workspace: Workspace, policy: ProjectPolicy, base: str, tier: TierPolicy | None) -> LeftOut:
    """The cells of a tier that a change from `base` leaves out. Raises ConfigError, UserError."""
    stages, pipeline = select_stages(policy.pipeline, tier, ())
    prepared = prepare(workspace, stages, pipeline, tree=work_tree(workspace))
    cells = plan_tree_change(workspace, policy, prepared, base, tier.name if tier else None).cells
    put_off = {cell.planned.cell.name: cell.reason for cell in cells if cell.action is Action.DEFER}
    return LeftOut(spared=spared(cells), put_off=put_off)


def spared(cells: Sequence[ChangedCell]) -> tuple[str, ...]:
    """The cells, producers first, that a change does not reach and that nothing which it reaches reads from.

    A stored result does not matter here: another machine may not have it.
    """
    needed: set[str] = set()
    for cell in reversed(cells):
        name = cell.planned.cell.name
        if cell.evidence or cell.action not in (Action.SKIP, Action.REUSE) or name in needed:
            needed.update((name, *cell.planned.cell.producers))
    return tuple(cell.planned.cell.name for cell in cells if cell.planned.cell.name not in needed)


def as_skipped(names: Iterable[str], base: str) -> dict[str, CellOutcome]:
    """The outcomes of cells that a change from the commit `base` leaves out."""
    reason = f"no path that changed since {base[:12]} reaches it"
    return {name: CellOutcome(cell=name, did=Did.SKIPPED, reason=reason) for name in names}


def as_deferred(put_off: Mapping[str, str]) -> dict[str, CellOutcome]:
    """The outcomes of cells that a tier puts off for weak evidence."""
    return {
        name: CellOutcome(cell=name, did=Did.DEFERRED, reason=reason, cause=Cause.GRADE)
        for name, reason in put_off.items()
    }

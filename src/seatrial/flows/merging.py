"""What it means for a merge that a run has put something off: how much that is, whether it holds, what lifts it. Pure.

Called by `finishing`, and for the sentences that say how what was put off is done after all. What decides is
the tier's `merge_with_debt` alone. Whether this is a merge queue's run changes the words and nothing else.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence

from seatrial.errors import some_of
from seatrial.flows.policy import MergeWithDebt, TierPolicy
from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.device_hours import hours_of
from seatrial.pipeline.outcome import CellOutcome
from seatrial.report.facts import DebtFact

_QUEUES = (("GITHUB_EVENT_NAME", "merge_group"), ("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train"))


def is_merge_queue(environ: Mapping[str, str]) -> bool:
    """Whether a forge says that this run belongs to its merge queue."""
    return any(environ.get(name) == word for name, word in _QUEUES)


def debt_of(
    deferred: Sequence[CellOutcome],
    owed: Collection[str],
    costs: Mapping[str, tuple[int, float | None]],
    tier: TierPolicy | None,
    *,
    command: str,
    in_queue: bool,
) -> DebtFact | None:
    """What a run has put off, None for nothing. `owed` are the cells of it that no other run has done by now; `costs`
    has devices and expected seconds by cell; `command` is what was typed."""
    if not deferred:
        return None
    hours = hours_of(costs[cell.cell] for cell in deferred)
    merge = tier.merge_with_debt if tier is not None else MergeWithDebt.ALLOW
    held = merge is not MergeWithDebt.ALLOW and any(cell.cell in owed for cell in deferred)
    lifted = None
    if tier is not None and held:
        lifted = _lifted(tier, [cell for cell in deferred if cell.cell in owed], command=command, in_queue=in_queue)
    return DebtFact(
        merge=merge.value,
        held=held,
        gpu_hours=hours.gpu,
        hours=hours.plain,
        unknown=hours.unknown,
        lifted_by=lifted,
    )


def how_to_settle(deferred: Sequence[CellOutcome], command: str) -> str:
    """What does after all what a run has put off: commands, each with where. There must be some."""
    said = []
    elsewhere = [cell for cell in deferred if cell.cause is Cause.MACHINE]
    if elsewhere:
        said.append(f"`{command}` on a machine that has what {elsewhere[0].cell} needs")
    if any(cell.cause is Cause.TRUST for cell in deferred):
        said.append(f"`{command}` once the change is in a branch of the repository itself")
    here = [cell.cell for cell in deferred if cell.cause not in (Cause.MACHINE, Cause.TRUST)]
    if here:
        said.append(f"`{by_name(command, here)}`")
    return ", and ".join(said)


def by_name(command: str, cells: Iterable[str]) -> str:
    """The command that runs the stages of some cells by name, which no budget puts off."""
    return f"{command} {shlex.join(dict.fromkeys(cell.partition('[')[0] for cell in cells))}"


def _lifted(tier: TierPolicy, owed: Sequence[CellOutcome], *, command: str, in_queue: bool) -> str:
    names = some_of(list(dict.fromkeys(cell.cell.partition("[")[0] for cell in owed)))
    said = f"held by debt, since tier {tier.name} says `merge_with_debt: {tier.merge_with_debt}`"
    how = how_to_settle(owed, command)
    if tier.merge_with_debt is not MergeWithDebt.QUEUE:
        return f"{said}: lifted by {how}"
    if in_queue:
        return f"{said}, and this run of the merge queue put off {names} too: lifted by {how}"
    return f"{said}: lifted by the merge queue's run, once its tier runs {names}; or by {how}"

"""What becomes of a cell that is stopped, or not begun, for no fault of its own command. Pure.

Called by the scheduler, and for cells that no machine of a shared run did. Time that is used up is a failure
of the run, so that nothing is judged of what is there by then; a cell that another cell of its stage took
along (`fail_fast`) is not a second failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outcome import CellOutcome, Did

OVER_BUDGET = "over_budget"
"""The first word of the reason of a cell that its tier's budget has stopped."""

OUT_OF_TIME = f"{OVER_BUDGET}: the time of the tier was used up, and it says `over: stop`"


def called_off_by(cell: str, reason: str) -> CellOutcome:
    """The outcome of a cell that was called off for a reason."""
    failed = reason.startswith(OVER_BUDGET)
    return CellOutcome(cell=cell, did=Did.FAILED if failed else Did.BLOCKED, reason=reason)


def held_back(cell: Cell, done: Mapping[str, CellOutcome], *, called_off: str | None = None) -> CellOutcome | None:
    """Why a cell is not begun at all, however much of the machine is free; None when it may be.

    `called_off` is why its stage was called off. What failed before it weighs more than that, and that more
    than what was only deferred.
    """
    before = [done[name] for name in cell.before if name in done]
    failed = [other.cell for other in before if other.did in (Did.FAILED, Did.BLOCKED)]
    if failed:
        return CellOutcome(cell=cell.name, did=Did.BLOCKED, reason=f"{min(failed)} failed")
    if called_off is not None:
        return called_off_by(cell.name, called_off)
    deferred = {other.cell: other.cause for other in before if other.did is Did.DEFERRED}
    if deferred:
        # Another machine is needed where any of them needs one; the other causes are settled alike.
        cause = Cause.MACHINE if Cause.MACHINE in deferred.values() else deferred[min(deferred)]
        return CellOutcome(cell=cell.name, did=Did.DEFERRED, reason=behind_deferred(deferred), cause=cause)
    return None


def behind_deferred(deferred: Iterable[str]) -> str:
    """Why a cell is deferred that waits for such cells."""
    return f"waits for {min(deferred)}, which is deferred"

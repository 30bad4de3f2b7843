"""What becomes of a cell that is stopped, or not begun, for no fault of its own command. Pure.

Called by the scheduler. Time that is used up is a failure of the run, so that nothing is judged of what is
there by then; a cell that another cell of its stage took along (`fail_fast`) is not a second failure.
"""

from __future__ import annotations

from seatrial.pipeline.outcome import CellOutcome, Did

OVER_BUDGET = "over_budget"
"""The first word of the reason of a cell that its tier's budget has stopped."""

OUT_OF_TIME = f"{OVER_BUDGET}: the time of the tier was used up, and it says `over: stop`"


def called_off_by(cell: str, reason: str) -> CellOutcome:
    """The outcome of a cell that was called off for a reason."""
    failed = reason.startswith(OVER_BUDGET)
    return CellOutcome(cell=cell, did=Did.FAILED if failed else Did.BLOCKED, reason=reason)

"""Whether a run has anything to do with debt, found out without loading what keeps the book.

Called by every run. Nearly all of them defer nothing and owe nothing: they pay for one look into an
empty stream.
"""

from __future__ import annotations

from seatrial.errors import OutsideError
from seatrial.pipeline.outcome import RunOutcome
from seatrial.store.state import StateStore

STREAM = "debt"
"""The stream of records that `registry/debt.py` folds."""


def concerns_debt(state: StateStore, outcome: RunOutcome) -> bool:
    """Whether a run deferred something, or may settle something; also where that cannot be looked up."""
    if outcome.deferred:
        return True
    try:
        return bool(state.read(STREAM))
    except OutsideError:
        return True

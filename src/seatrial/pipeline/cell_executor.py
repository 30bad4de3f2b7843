"""What the scheduler asks of whoever begins and ends cells: `execute.Executor`, and a play of it in tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from seatrial.pipeline.errands import Errand
from seatrial.pipeline.grant import Grant
from seatrial.pipeline.holders import Waiting
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.starting import Running
from seatrial.process import group


class CellExecutor(Protocol):
    """Begins and ends cells; `execute.Executor`."""

    def begin(
        self, planned: PlannedCell, done: Mapping[str, CellOutcome], *, grant: Grant | None, attempt: int = 1
    ) -> CellOutcome | Running | Waiting | Errand | None:
        """Reuse a cell or start its command; None when it must run and has no grant."""

    def end(self, running: Running, ended: group.Ended) -> CellOutcome | Errand:
        """Judge an ended command and store what it made."""

    def abandon(self, running: Running) -> None:
        """Give up a command that was stopped from outside."""

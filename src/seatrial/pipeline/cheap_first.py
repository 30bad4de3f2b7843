"""Keeps dear cells waiting until the cheap ones have ended, and from starting where one of those failed. Pure.

Called by the scheduler. What waits for a dear cell is not waited for: it can only run afterwards. A cheap cell that
was put off holds nobody, since somebody decided so; one that failed does, so that no hour of a device is
spent on a tree whose tests fail. A result that is there is no start: a dear cell is reused without waiting.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.errors import some_of
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.rank import ahead_of_dear

_MOST_NAMED = 3
_NOT_WELL = (Did.FAILED, Did.BLOCKED)


class CheapFirst:
    """The cheap cells of one run that have not ended, and the dear ones that wait for them."""

    def __init__(self, cells: Sequence[Cell] = (), dear: frozenset[str] = frozenset()) -> None:
        """`cells` have producers first."""
        stages = {cell.name: cell.stage for cell in cells} if dear else {}
        before = {cell.name: cell.before for cell in cells} if dear else {}
        self._dear = dear & stages.keys()
        self._left = {name: stages[name] for name in ahead_of_dear(stages, before, self._dear)}
        self._failed: str | None = None
        self._parked: list[str] = []

    def waits(self, cell: str) -> bool:
        """Whether a cell is not to start: not yet, or not at all."""
        return cell in self._dear and (bool(self._left) or self._failed is not None)

    def why_not(self) -> str | None:
        """Why dear cells are not started at all, None while they may be."""
        return None if self._failed is None else f"not started: {self._failed} failed"

    @property
    def awaited(self) -> str:
        """`the cheap stages: unit, lint`: what dear cells wait for now."""
        return f"the cheap stages: {some_of(list(dict.fromkeys(self._left.values())), most=_MOST_NAMED)}"

    def park(self, cell: str) -> None:
        """Let a dear cell wait."""
        self._parked.append(cell)

    def ended(self, outcome: CellOutcome) -> list[str]:
        """A cell is over. Those that waited for it and may go on, one way or the other."""
        if self._left.pop(outcome.cell, None) is None:
            return []
        if outcome.did in _NOT_WELL and self._failed is None:
            self._failed = outcome.cell
        return self.release() if self._failed is not None or not self._left else []

    def release(self) -> list[str]:
        """All that wait, to be looked at again."""
        parked, self._parked = self._parked, []
        return parked

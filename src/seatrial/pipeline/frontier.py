"""The cells of a plan that may be looked at now: those that wait for no other cell any more. Pure.

Called by the scheduler. A cell is ready when the last cell it waits for has ended, and again whenever the
scheduler says so (a path came free, a delay is over). In which order is told by `rank.py`.
Each end touches only what waits for it, so the work per cell does not grow with the number of cells.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from seatrial.pipeline.expand import Cell
from seatrial.pipeline.rank import Order, Rank, ranks

_NOTHING_KNOWN = Order()


class Frontier:
    """The ready cells of one plan, best rank first."""

    def __init__(self, cells: Iterable[Cell] = (), order: Order = _NOTHING_KNOWN) -> None:
        """`cells` have producers first; what they wait for outside of these is done."""
        chosen = {cell.name: cell for cell in cells}
        before = {name: frozenset(cell.before) & chosen.keys() for name, cell in chosen.items()}
        self._ranks: dict[str, Rank] = ranks(tuple(chosen), before, order)
        self._waits_for = {name: set(others) for name, others in before.items()}
        self._feeds: dict[str, list[str]] = {}
        self._ready: list[tuple[Rank, str]] = []
        for name, others in before.items():
            for other in others:
                self._feeds.setdefault(other, []).append(name)
            if not others:
                self.add(name)

    def __len__(self) -> int:
        return len(self._ready)

    def rank(self, cell: str) -> Rank:
        """Where a cell stands among others; the smaller goes first."""
        return self._ranks[cell]

    def add(self, cell: str) -> None:
        """Let a cell be looked at, once more perhaps."""
        heapq.heappush(self._ready, (self._ranks[cell], cell))

    def pop(self) -> str:
        """Take the first out. There must be one."""
        return heapq.heappop(self._ready)[1]

    def ended(self, cell: str) -> None:
        """A cell is over: what waited for nothing else is ready."""
        for name in self._feeds.get(cell, ()):
            self._waits_for[name].discard(cell)
            if not self._waits_for[name]:
                self.add(name)

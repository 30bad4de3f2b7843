"""The cells that wait for a place, in one line for each kind of need. Pure.

Called by the scheduler. A line is a heap by rank; a cell that is taken out of the middle is only marked and
skipped when it comes to the front, so every operation costs a logarithm at most.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from msgspec import Struct, field

from seatrial.pipeline.choose_next import Choice, Want
from seatrial.pipeline.policy import Resources
from seatrial.pipeline.rank import Rank

_Shape = tuple[object, ...]


class _Line(Struct):
    needs: Resources
    cells: list[tuple[Rank, str]] = field(default_factory=list)
    overtaken: int = 0
    outside_until: float | None = None


class Lines:
    """Waiting cells by what they need."""

    def __init__(self) -> None:
        self._lines: dict[_Shape, _Line] = {}
        self._shape_of: dict[str, _Shape] = {}

    def __len__(self) -> int:
        return len(self._shape_of)

    def __contains__(self, cell: object) -> bool:
        return cell in self._shape_of

    def add(self, cell: str, needs: Resources, rank: Rank) -> None:
        """Let a cell wait."""
        shape = _shape(needs)
        self._shape_of[cell] = shape
        heapq.heappush(self._lines.setdefault(shape, _Line(needs)).cells, (rank, cell))

    def heads(self, now: float) -> tuple[Want, ...]:
        """The first of each line. One that lacked what others hold is `outside` until it is looked at again."""
        wants = []
        for shape, line in list(self._lines.items()):
            self._skip_gone(shape, line)
            if not line.cells:
                del self._lines[shape]
                continue
            if line.outside_until is not None and line.outside_until <= now:
                line.outside_until = None
            rank, cell = line.cells[0]
            wants.append(
                Want(
                    cell=cell,
                    rank=rank,
                    needs=line.needs,
                    overtaken=line.overtaken,
                    outside=line.outside_until is not None,
                )
            )
        return tuple(wants)

    def started(self, choice: Choice) -> None:
        """A chosen cell has started: it leaves, and those that it overtook remember it."""
        self._lines[self._shape_of[choice.cell]].overtaken = 0
        self.remove((choice.cell,))
        for cell in choice.overtook:
            self._lines[self._shape_of[cell]].overtaken += 1

    def remove(self, cells: Iterable[str]) -> None:
        """Take cells out, wherever they stand."""
        for cell in cells:
            self._shape_of.pop(cell, None)

    def lacks(self, cell: str, until: float) -> None:
        """The head of a line lacks what others hold; it is not tried again before `until`."""
        self._lines[self._shape_of[cell]].outside_until = until

    def next_look(self) -> float | None:
        """When the first of those lines is tried again, None when there is none."""
        return min(
            (line.outside_until for line in self._lines.values() if line.outside_until is not None), default=None
        )

    def _skip_gone(self, shape: _Shape, line: _Line) -> None:
        while line.cells and self._shape_of.get(line.cells[0][1]) != shape:
            heapq.heappop(line.cells)


def _shape(needs: Resources) -> _Shape:
    return (needs.cpus, needs.memory, needs.gpus, *sorted(needs.tokens.items()))

"""What earlier runs say about the order of a run: usual seconds, chances of failure, and which cells are dear. Pure.

Called by `forecasting`, and by `engine` for runs that nobody forecasts. Rows come oldest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from seatrial.flows.history import Row, typical_seconds
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.policy import SelectionPolicy
from seatrial.pipeline.rank import Order, chance

_RECENT = 30  # runs of a cell; a stage that was mended last month is as sound as it is now


def order_of(
    cells: Iterable[Cell],
    rows: Sequence[Row],
    selection: SelectionPolicy,
    *,
    expected: Mapping[str, float] | None = None,
) -> Order:
    """The order of cells. `expected` are seconds that are known better than from all rows alike."""
    chosen = tuple(cells)
    names = [cell.name for cell in chosen]
    seconds = {**typical_seconds(rows, names), **(expected or {})}
    return Order(
        seconds=seconds,
        chances=_chances(names, rows),
        dear=frozenset(cell.name for cell in chosen if selection.is_dear(cell.spec.resources, seconds.get(cell.name))),
    )


def _chances(names: Sequence[str], rows: Sequence[Row]) -> dict[str, float]:
    """How likely each cell fails, from its newest runs, else from those of its stage's other cells."""
    by_cell: dict[str, list[bool]] = {}
    by_stage: dict[str, list[bool]] = {}
    for row in reversed(rows):
        if row.ended_well or row.failed:
            by_cell.setdefault(row.cell, []).append(row.failed)
            by_stage.setdefault(row.stage, []).append(row.failed)
    found: dict[str, float] = {}
    for name in names:
        ends = (by_cell.get(name) or by_stage.get(name.partition("[")[0]) or [])[:_RECENT]
        if ends:
            found[name] = chance(sum(ends), len(ends))
    return found

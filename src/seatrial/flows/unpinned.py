"""What stages read outside of the repository that nothing pins: told in a report, kept with a version.

Called when a run is finished, and when a model is judged. A result that was reused was made of such files just as
well, so it counts like one of now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outcome import CellOutcome, RunOutcome
from seatrial.registry.records import UnpinnedReads


def unpinned_warnings(outcome: RunOutcome) -> list[str]:
    """A sentence for each cell."""
    return [
        f"{found}; nothing pins them, and a model that rests on them is not promoted"
        for found in map(_of, outcome.cells.values())
        if found is not None
    ]


def unpinned_behind(names: Iterable[str], cells: Mapping[str, Cell], outcome: RunOutcome) -> tuple[UnpinnedReads, ...]:
    """What was read by some cells, and by all that feed them."""
    reached: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached and name in cells:
            reached[name] = None
            waiting += cells[name].producers
    found = (_of(outcome.cells[name]) for name in cells if name in reached and name in outcome.cells)
    return tuple(one for one in found if one is not None)


def _of(outcome: CellOutcome) -> UnpinnedReads | None:
    trace = outcome.result.trace if outcome.result is not None else None
    if trace is None or not trace.unpinned_in_all:
        return None
    return UnpinnedReads(cell=outcome.cell, paths=trace.unpinned, in_all=trace.unpinned_in_all)

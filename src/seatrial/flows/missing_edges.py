"""Which changed path a cell depends on although nothing leads from the one to the other.

Called by `auditing` for a miss. What the cell was seen to read answers at once. Where it was not watched, or fails
before it is, the changed paths are tried: put into the base by halves, as long as one half makes the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from seatrial.pipeline.audit import AuditOutcome, narrowed
from seatrial.pipeline.results import StageResult


class Edge(Struct, frozen=True, kw_only=True):
    """A path that a cell depends on. `was_read` when its command was seen to read it, else it was found by trying."""

    path: str
    was_read: bool


def find_edges(
    paths: Sequence[str],
    results: Iterable[StageResult],
    tried: Callable[[tuple[str, ...]], AuditOutcome],
) -> tuple[Edge, ...]:
    """The paths, of those that changed, that account for a miss; none where nothing in the trees does."""
    read = {one.path for result in results for one in result.reads}
    seen = [path for path in paths if path in read]
    if seen:
        return tuple(Edge(path=path, was_read=True) for path in seen)
    if not paths or tried(tuple(paths)) is not AuditOutcome.MISSED:
        return ()
    left = narrowed(paths, lambda some: tried(some) is AuditOutcome.MISSED)
    return tuple(Edge(path=path, was_read=False) for path in left)

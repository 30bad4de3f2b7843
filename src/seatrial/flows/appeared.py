"""What appeared in the work tree during a run and belongs to no stage.

Called when a run is finished. Such files are neither restored with a reused result nor removed
before the next run, which sooner or later surprises somebody; so people are told.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.errors import some_of
from seatrial.flows.under_way import Run
from seatrial.pipeline.outcome import Did, RunOutcome

_MOST_NAMED = 3


def undeclared(run: Run, outcome: RunOutcome) -> list[str]:
    """Files that appeared beside the declared outs: nothing will restore or remove them."""
    if all(cell.did is Did.REUSED for cell in outcome.cells.values()):
        return []
    outs = run.outs
    named, inside = frozenset(outs), tuple(f"{out}/" for out in outs)
    listed = run.workspace.git.files()
    holding = {place for path in listed for place in _up_from(path)}
    bare = [out for out in outs if out in holding]
    ignored = [f"git does not ignore {', '.join(bare[:_MOST_NAMED])}; add your outs to .gitignore"] if bare else []
    new = [
        path
        for path in sorted(set(listed) - run.prepared.tree.paths)
        if path not in named and not path.startswith(inside)
    ]
    stray = [f"during the run {some_of(new)} appeared, which no stage declares as an out"] if new else []
    return [*ignored, *stray]


def _up_from(path: str) -> Iterator[str]:
    """A path and the folders above it."""
    yield path
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path

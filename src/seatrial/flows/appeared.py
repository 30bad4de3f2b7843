"""What appeared in the work tree during a run and belongs to no stage.

Called when a run is finished. Such files are neither restored with a reused result nor removed
before the next run, which sooner or later surprises somebody; so people are told.
"""

from __future__ import annotations

from seatrial.flows.under_way import Run, all_outs
from seatrial.pipeline.outcome import Did, RunOutcome

_MOST_NAMED = 3


def undeclared(run: Run, outcome: RunOutcome) -> list[str]:
    """Files that appeared beside the declared outs: nothing will restore or remove them."""
    if all(cell.did is Did.REUSED for cell in outcome.cells.values()):
        return []
    outs = all_outs(run.policy)
    listed = run.workspace.git.files()
    bare = [out for out in outs if any(path == out or path.startswith(out + "/") for path in listed)]
    ignored = [f"git does not ignore {', '.join(bare[:_MOST_NAMED])}; add your outs to .gitignore"] if bare else []
    new = [
        path
        for path in sorted(set(listed) - run.prepared.tree.paths)
        if not any(path == out or path.startswith(out + "/") for out in outs)
    ]
    more = f" and {len(new) - _MOST_NAMED} more" if len(new) > _MOST_NAMED else ""
    named = ", ".join(new[:_MOST_NAMED]) + more
    stray = [f"during the run {named} appeared, which no stage declares as an out"] if new else []
    return [*ignored, *stray]

"""What a run of a stranger's code is given, from what is known of it: the commit, its history, who vouched for it.

Called by `candidate` for a workspace whose code is a stranger's. `strangers.py` has what is made of that.

Subtle: whoever vouched did so for one commit, and only that one is believed, not a merge that has it for a parent: a
commit on top of it, pushed later, would have it for a parent as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.errors import UsageError
from seatrial.flows.engine import Prepared
from seatrial.flows.history import read_history, typical_seconds
from seatrial.flows.request import Request
from seatrial.flows.strangers import Given, put_off
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.deferral import Deferral


def put_off_here(workspace: Workspace, prepared: Prepared, request: Request) -> Mapping[str, Deferral]:
    """The cells that a stranger's code may not begin.

    Raises UsageError where it was vouched for another commit than the one that is checked out.
    """
    commit = workspace.git.commit()
    if request.dear_for is not None and request.dear_for != commit:
        here = (commit or "none")[:12]
        raise UsageError(
            f"dear stages were allowed for commit {request.dear_for[:12]}, and {here} is checked out",
            next_step="check out the commit that was allowed; a new one needs a maintainer's word again",
        )
    names = [cell.name for cell in prepared.cells]
    seconds = typical_seconds(read_history(workspace.state), names)
    given = Given(commit=commit, dear=request.dear_for is not None)
    return put_off(prepared.plan.cells, prepared.host.policy.selection, seconds, given)

"""What every run cost, appended to the records: the history that predictions and budgets rest on.

Called by `candidate` at the end of a run. A run is not lost when the note cannot be written: that
is a warning for people, because no verdict depends on it.
"""

from __future__ import annotations

from seatrial.digest import Json
from seatrial.errors import ConflictError, OutsideError
from seatrial.flows.workspace import Workspace
from seatrial.registry.serial import encode
from seatrial.report.facts import RunFacts

_TRIES = 20


def record_run(workspace: Workspace, facts: RunFacts) -> tuple[str, ...]:
    """Append one record with the figures of each stage; warnings when that failed."""
    stream = f"runs/{facts.started[:10]}"  # a stream a day: appending reads the stream, which must stay short
    body: dict[str, Json] = {
        "kind": "run",
        "schema": 1,
        "run": facts.run,
        "started": facts.started,
        "seconds": round(facts.seconds, 3),
        "commit": facts.commit,
        "tier": facts.tier,
        "machine": facts.machine,
        "stages": [encode(stage) for stage in facts.stages],
    }
    for _ in range(_TRIES):
        try:
            last = len(workspace.state.read(stream))
            workspace.state.append(stream, body, expected=last)
        except ConflictError:
            continue
        except OutsideError as error:
            return (f"the timings of this run were not recorded: {error}",)
        return ()
    return ("the timings of this run were not recorded: other runs kept writing theirs",)

"""What every run cost, appended to the records: the history that predictions and budgets rest on.

Called by `finishing` at the end of a run; read back by `history`. A run is not lost when the note cannot be
written: that is a warning for people, because no verdict depends on it.
"""

from __future__ import annotations

from msgspec.structs import asdict

from seatrial.digest import Json
from seatrial.errors import OutsideError
from seatrial.report.facts import RunFacts
from seatrial.store.state import StateStore


def record_run(state: StateStore, facts: RunFacts) -> tuple[str, ...]:
    """Append one record with the figures of each stage; warnings when that failed.

    A run in which everything was reused teaches nothing about how long things take, and leaves none.
    """
    if all(stage.action == "reused" for stage in facts.stages):
        return ()
    stream = f"runs/{facts.run}"  # a stream of its own: nobody else writes it, and nothing must be read first
    body: dict[str, Json] = {
        "kind": "run",
        "schema": 1,
        "run": facts.run,
        "started": facts.started,
        "seconds": round(facts.seconds, 3),
        "commit": facts.commit,
        "dirty": facts.dirty,
        "tier": facts.tier,
        "machine": facts.machine,
        "stages": [asdict(stage) for stage in facts.stages],
    }
    try:
        state.append(stream, body, expected=0)
    except OutsideError as error:
        return (f"the timings of this run were not recorded: {error}",)
    return ()

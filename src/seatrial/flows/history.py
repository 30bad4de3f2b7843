"""What stages cost and how they ended in the last runs: the records of `timings`, read back as rows.

Called before a run, to start first what the others wait longest for and to say how long it will take,
and after it, to count which stages needed a retry. It is a listing: nothing is decided from it that
could be wrong for a missing row, so a row that cannot be read is left out and an unreadable store is
an empty history.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import OutsideError
from seatrial.pipeline.outcome import RunOutcome
from seatrial.store.state import Entry, StateStore

RUNS = 200
"""How many of the last runs are looked at."""

PREFIX = "runs/"
_COMMAND_ENDED_WELL = ("ran", "used")


class Row(Struct, frozen=True, kw_only=True):
    """One cell in one earlier run. `did` is a word of `Did`; `wall` is in seconds, None where no command
    ended; `at` is when the run began; `attempts` counts starts of its command. `commit` is what was checked out,
    `dirty` whether the run used files that it does not hold."""

    run: str
    at: str
    machine: str
    tier: str | None
    cell: str
    did: str
    wall: float | None
    attempts: int = 1
    commit: str | None = None
    dirty: bool = False

    @property
    def stage(self) -> str:
        return self.cell.partition("[")[0]

    @property
    def ended_well(self) -> bool:
        """Whether its command was started and made what it should."""
        return self.did in _COMMAND_ENDED_WELL and self.wall is not None

    @property
    def failed(self) -> bool:
        """Whether its command was started and failed; what failed in no time was never begun."""
        return self.did == "failed" and bool(self.wall)


def read_history(state: StateStore, *, runs: int = RUNS) -> tuple[Row, ...]:
    """The rows of the last runs, oldest first; empty where they cannot be read."""
    try:
        entries = state.browse(PREFIX)
    except OutsideError:
        return ()
    return tuple(row for entry in entries[-runs:] for row in _rows(entry))  # names of runs sort by time


def typical_seconds(rows: Iterable[Row], cells: Iterable[str]) -> dict[str, float]:
    """The median wall time of each cell, else of its stage's other cells; cells that never ran are left out."""
    by_cell: dict[str, list[float]] = defaultdict(list)
    by_stage: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.wall is not None and row.ended_well:
            by_cell[row.cell].append(row.wall)
            by_stage[row.stage].append(row.wall)
    found = ((cell, by_cell.get(cell) or by_stage.get(cell.partition("[")[0])) for cell in cells)
    known = {cell: walls for cell, walls in found if walls}
    if not known:
        return {}
    import statistics  # brings fractions and decimals along; a first run has nothing to take the median of

    return {cell: statistics.median(walls) for cell, walls in known.items()}


def flaky_stages(rows: Sequence[Row], retried: Iterable[str], *, runs: int = 20) -> tuple[str, ...]:
    """A sentence for each stage that passed on a retry in this run: in how many of its last runs that was so.

    `retried` are the stages, or the cells of them, whose command was started more than once and ended well.
    Only cells whose command ended well count: one that fails at every attempt is broken, not flaky.
    """
    said = []
    for stage in dict.fromkeys(cell.partition("[")[0] for cell in retried):
        attempts: dict[str, int] = {}
        for row in rows:
            if row.stage == stage and row.did in _COMMAND_ENDED_WELL:
                attempts[row.run] = max(row.attempts, attempts.get(row.run, 1))
        last = list(attempts.values())[-runs:]
        again = sum(count > 1 for count in last)
        if len(last) > 1:
            said.append(f"{stage} is flaky: {again} of its last {len(last)} runs needed a retry")
        else:
            said.append(f"{stage} is flaky: it needed a retry")
    return tuple(said)


def flaky_now(state: StateStore, run: str, outcome: RunOutcome) -> tuple[str, ...]:
    """Which stages of a run that is about to be recorded passed on a retry, with how often that was so before."""
    retried = [
        name for name, cell in outcome.cells.items() if cell.attempts > 1 and cell.did.value in _COMMAND_ENDED_WELL
    ]
    if not retried:
        return ()
    now = [
        Row(run=run, at="", machine="", tier=None, cell=name, did=cell.did.value, wall=None, attempts=cell.attempts)
        for name, cell in outcome.cells.items()
    ]
    return flaky_stages((*read_history(state), *now), retried)


def _rows(entry: Entry) -> list[Row]:
    body = entry.body
    stages = body.get("stages")
    if body.get("kind") != "run" or not isinstance(stages, list):
        return []
    tier, commit = body.get("tier"), body.get("commit")
    return [
        Row(
            run=str(body.get("run")),
            at=str(body.get("started")),
            machine=str(body.get("machine")),
            tier=tier if isinstance(tier, str) else None,
            cell=str(stage["name"]),
            did=str(stage.get("action")),
            wall=_seconds(stage.get("wall")),
            attempts=_attempts(stage),
            commit=commit if isinstance(commit, str) else None,
            dirty=body.get("dirty") is True,
        )
        for stage in stages
        if isinstance(stage, Mapping) and "name" in stage
    ]


def _seconds(value: Json) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    return float(value) if known and isinstance(value, int | float) else None


def _attempts(stage: Mapping[str, Json]) -> int:
    """Records of earlier releases do not have the figure."""
    value = stage.get("attempts", 1)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 1

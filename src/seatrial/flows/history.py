"""What earlier runs cost, as typed rows: the one reader of the records that `timings` writes.

Called by forecasts (how long a cell takes) and by whatever counts over runs. These are listings:
they come from an index and nothing that lets a model through rests on them, so a row that cannot
be understood is left out instead of failing a run. What cannot be read at all is still an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seatrial.digest import Json
from seatrial.store.state import Entry, StateStore

_PREFIX = "runs/"
_MOST_RUNS = 200
"""Runs looked at: what is older says little about the code of today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One cell in one run. `did` is what became of it, seconds are wall and CPU of its command (None
    where it had none), `at` is when its run started, `machine` and `tier` are those of the run."""

    cell: str
    stage: str
    did: str
    wall: float | None
    cpu: float | None
    attempts: int
    machine: str
    at: str
    tier: str | None


def read_history(state: StateStore, *, most: int = _MOST_RUNS) -> tuple[Stage, ...]:
    """The cells of the last runs, newest run first. Raises StateError."""
    entries = state.browse(_PREFIX)  # a stream a run, named by its time
    return tuple(row for entry in reversed(entries[-most:]) for row in _rows(entry))


def _rows(entry: Entry) -> Iterator[Stage]:
    stages = entry.body.get("stages")
    tier = entry.body.get("tier")
    for stage in stages if isinstance(stages, list) else ():
        if isinstance(stage, Mapping) and isinstance(stage.get("name"), str):
            attempts = stage.get("attempts")
            yield Stage(
                cell=str(stage["name"]),
                stage=str(stage["name"]).partition("[")[0],
                did=str(stage.get("action", "")),
                wall=_seconds(stage.get("wall")),
                cpu=_seconds(stage.get("cpu")),
                attempts=attempts if isinstance(attempts, int) else 1,
                machine=str(entry.body.get("machine", "")),
                at=str(entry.body.get("started", "")),
                tier=tier if isinstance(tier, str) else None,
            )


def _seconds(value: Json) -> float | None:
    """A duration that can be reckoned with; a record may hold anything."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None

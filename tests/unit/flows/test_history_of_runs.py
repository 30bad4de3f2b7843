"""What earlier runs took is read from the records that runs leave, newest first."""

from __future__ import annotations

from pathlib import Path

from seatrial.digest import Json
from seatrial.flows.history import read_history
from seatrial.flows.timings import record_run
from seatrial.report.facts import RunFacts, StageFact
from tests.support.memory_state import MemoryState

RUNS = ("01m7yhnz3jwj32x5jxhryr0gd0", "01m7yhnz3jwj32x5jxhryr0gd1", "01m7yhnz3jwj32x5jxhryr0gd2")


def _run(run: str, seconds: float) -> RunFacts:
    stage = StageFact(name="train[seed=0]", action="ran", reason="changed", wall=seconds, cpu=seconds / 2)
    return RunFacts(
        project="tiny", run=run, started=f"at {run}", seconds=seconds, repeat="seatrial run", tier="pr",
        machine="linux x86_64, 2 cores", stages=(stage,),
    )  # fmt: skip


def test_rows_are_those_of_the_runs_newest_first(tmp_path: Path) -> None:
    """A cell of a matrix knows its stage; machine and tier are those of its run."""
    state = MemoryState(tmp_path)
    for place, run in enumerate(RUNS):
        record_run(state, _run(run, 1.0 + place))

    newest, *older = read_history(state)

    assert (newest.cell, newest.stage, newest.did) == ("train[seed=0]", "train", "ran")
    assert (newest.wall, newest.cpu, newest.attempts) == (3.0, 1.5, 1)
    assert (newest.machine, newest.tier, newest.at) == ("linux x86_64, 2 cores", "pr", f"at {RUNS[2]}")
    assert [row.wall for row in older] == [2.0, 1.0]


def test_only_the_last_runs_are_looked_at(tmp_path: Path) -> None:
    """History grows without end, and what is old says little."""
    state = MemoryState(tmp_path)
    for place, run in enumerate(RUNS):
        record_run(state, _run(run, 1.0 + place))

    assert [row.wall for row in read_history(state, most=2)] == [3.0, 2.0]


def test_rows_that_cannot_be_understood_are_left_out(tmp_path: Path) -> None:
    """A forecast is no reason to fail; figures that are none count as not measured."""
    state = MemoryState(tmp_path)
    odd: list[dict[str, Json]] = [
        {"kind": "run", "stages": "many"},
        {"kind": "run", "stages": [7, {"action": "ran"}, {"name": "train", "action": "ran", "wall": -1.0, "cpu": "x"}]},
    ]
    for place, body in enumerate(odd):
        state.append(f"runs/{place}", body, expected=0)

    (row,) = read_history(state)

    assert (row.cell, row.wall, row.cpu) == ("train", None, None)

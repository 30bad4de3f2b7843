"""What earlier runs cost, read back from their records, and how often their stages needed a retry."""

from __future__ import annotations

from pathlib import Path

from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.flows.history import Row, flaky_now, flaky_stages, read_history, typical_seconds
from seatrial.flows.timings import record_run
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.report.facts import RunFacts, StageFact
from seatrial.store.state import Entry
from tests.support.memory_state import MemoryState


def _run(number: int, *stages: StageFact) -> RunFacts:
    return RunFacts(
        project="tiny",
        run=f"01m7yhnz3jwj32x5jxhryr0g{number:02}",
        started=f"2026-11-21T08:{number:02}:00.000Z",
        seconds=1.5,
        repeat="seatrial run",
        tier="pr",
        machine="linux x86_64, 2 cores",
        stages=stages,
    )


def _ran(name: str, wall: float, attempts: int = 1) -> StageFact:
    return StageFact(name=name, action="ran", reason="x", wall=wall, attempts=attempts)


def _row(run: str, cell: str = "train", did: str = "ran", attempts: int = 1) -> Row:
    return Row(run=run, at="", machine="", tier=None, cell=cell, did=did, wall=1.0, attempts=attempts)


def test_what_a_run_records_is_read_back(tmp_path: Path) -> None:
    """Through the store, so that the form of the record cannot drift from its reader."""
    state = MemoryState(tmp_path)
    record_run(state, _run(1, _ran("train[seed=0]", 12.5, attempts=2)))

    (row,) = read_history(state)
    assert row == Row(
        run="01m7yhnz3jwj32x5jxhryr0g01",
        at="2026-11-21T08:01:00.000Z",
        machine="linux x86_64, 2 cores",
        tier="pr",
        cell="train[seed=0]",
        did="ran",
        wall=12.5,
        attempts=2,
    )
    assert row.stage == "train"


def test_only_the_last_runs_are_looked_at(tmp_path: Path) -> None:
    """A project's history grows for years; what it costs to read must not."""
    state = MemoryState(tmp_path)
    for number in range(5):
        record_run(state, _run(number, _ran("train", float(number))))

    assert [row.wall for row in read_history(state, runs=2)] == [3.0, 4.0]


def test_records_of_earlier_releases_and_damaged_ones_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    """A figure that is missing or no figure is unknown, and hides no other row."""
    state = MemoryState(tmp_path)
    stages: list[Json] = [{"name": "a", "action": "ran", "wall": 2}, {"name": "b", "wall": "long", "attempts": -1}, "c"]
    state.append("runs/1", {"kind": "run", "stages": stages}, expected=0)
    state.append("runs/2", {"kind": "other"}, expected=0)

    assert [(row.cell, row.wall, row.attempts) for row in read_history(state)] == [("a", 2.0, 1), ("b", None, 1)]


def test_an_unreadable_store_is_an_empty_history(tmp_path: Path) -> None:
    """A prediction is no reason to stop a run."""

    class Gone(MemoryState):
        def browse(self, prefix: str = "") -> tuple[Entry, ...]:
            raise StateError("the share is gone")

    assert read_history(Gone(tmp_path)) == ()


def test_a_cell_without_history_is_expected_to_take_as_long_as_its_siblings() -> None:
    """A new seed of a known training is a training; a new stage is unknown."""
    rows = [
        Row(run=str(n), at="", machine="", tier=None, cell=f"train[seed={n}]", did=did, wall=wall)
        for n, (did, wall) in enumerate([("ran", 10.0), ("ran", 20.0), ("used", 40.0), ("failed", 1.0), ("reused", 0)])
    ]

    expected = typical_seconds(rows, ["train[seed=0]", "train[seed=9]", "other"])

    assert expected == {"train[seed=0]": 10.0, "train[seed=9]": 20.0}


def test_a_stage_that_fails_at_every_attempt_is_broken_and_not_flaky(tmp_path: Path) -> None:
    """Only a pass on a retry shows that the same command can end either way."""
    cells = {
        "passed": CellOutcome(cell="passed", did=Did.RAN, reason="x", attempts=2),
        "broken": CellOutcome(cell="broken", did=Did.FAILED, reason="exit code 2", attempts=3),
    }

    said = flaky_now(MemoryState(tmp_path), "01m7yhnz3jwj32x5jxhryr0g01", RunOutcome(cells=cells))

    assert said == ("passed is flaky: it needed a retry",)


def test_flakiness_is_counted_over_runs_in_which_the_stage_ran_well() -> None:
    """Reused stages say nothing about it, nor do those that failed at every attempt; several cells of one run
    are one run."""
    rows = [
        _row("1", "train[seed=0]", attempts=2),
        _row("1", "train[seed=1]"),
        _row("2", did="reused"),
        _row("3"),
        _row("4", did="failed", attempts=3),
        _row("4", "other", attempts=2),
    ]

    assert flaky_stages(rows, ["train[seed=1]"]) == ("train is flaky: 1 of its last 2 runs needed a retry",)
    assert flaky_stages(rows, []) == ()
    assert flaky_stages(rows[:1], ["train"]) == ("train is flaky: it needed a retry",)

"""What a run cost is kept with the records, and losing the note loses nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.flows.timings import record_run
from seatrial.replacing import replace
from seatrial.report.facts import RunFacts, StageFact
from seatrial.store.state import Entry
from tests.support.memory_state import MemoryState

FACTS = RunFacts(
    project="tiny",
    run="01m7yhnz3jwj32x5jxhryr0gd0",
    started="2026-11-21T08:00:00.000Z",
    seconds=1.5,
    repeat="seatrial run",
    machine="linux x86_64, 2 cores",
    stages=(
        StageFact(name="train", action="reused", reason="same inputs", saved=12.5),
        StageFact(name="evaluate", action="ran", reason="no earlier result", wall=0.5, cpu=0.4),
    ),
)


class FullDisk(MemoryState):
    """A state that takes no more records."""

    def append(self, stream: str, body: Mapping[str, Json], *, expected: int) -> Entry:
        raise StateError("no space is left")


def test_each_stage_is_kept_with_its_figures(tmp_path: Path) -> None:
    """A reused stage is recorded with what its reuse saved."""
    state = MemoryState(tmp_path)

    assert record_run(state, FACTS) == ()

    (entry,) = state.read(f"runs/{FACTS.run}")
    assert entry.body["machine"] == "linux x86_64, 2 cores"
    stages = entry.body["stages"]
    assert isinstance(stages, list)
    assert [(stage["name"], stage["wall"], stage["saved"]) for stage in stages] == [
        ("train", None, 12.5),
        ("evaluate", 0.5, None),
    ]


def test_a_run_in_which_everything_was_reused_leaves_no_timings(tmp_path: Path) -> None:
    """It took no time that says anything about the stages, and there are many such runs."""
    state = FullDisk(tmp_path)

    assert record_run(state, replace(FACTS, stages=FACTS.stages[:1])) == ()


def test_timings_that_cannot_be_kept_are_a_warning(tmp_path: Path) -> None:
    """No verdict depends on them, so the run is not lost for them."""
    (warning,) = record_run(FullDisk(tmp_path), FACTS)

    assert "not recorded: no space is left" in warning

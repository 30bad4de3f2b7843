"""Dear cells wait for the cheap ones, and are not started where one of those failed; in a time of its own."""

from __future__ import annotations

from pathlib import Path

from seatrial.pipeline.deferral import UNBOUNDED, Bounds, Cause, Deferral
from seatrial.pipeline.policy import Resources, Retries
from seatrial.pipeline.rank import Order
from tests.support.scripted_cells import Played, Scripted, machine, play

GPU = Resources(gpus=1)
DEAR = Order(dear=frozenset({"train"}))


def _play(folder: Path, *cells: Scripted, order: Order = DEAR, jobs: int = 4, bounds: Bounds = UNBOUNDED) -> Played:
    return play(folder, *cells, order=order, jobs=jobs, here=machine(folder, cores=8, gpus=2), bounds=bounds)


def test_a_dear_cell_starts_when_the_cheap_ones_have_ended(tmp_path: Path) -> None:
    """Though there was a place for it all along; what waits for the dear one is not waited for."""
    played = _play(
        tmp_path,
        Scripted(name="train", seconds=100.0),
        Scripted(name="evaluate", after=("train",)),
        Scripted(name="unit", seconds=7.0),
        Scripted(name="lint", seconds=2.0),
    )

    assert played.stage.started_at["train"] == 7.0
    assert played.stage.started_at["lint"] == 0.0
    assert set(played.did.values()) == {"ran"}


def test_why_it_waits_is_told_and_for_how_long(tmp_path: Path) -> None:
    """Once a stage, in the log; in the outcome of each cell."""
    seeds = [Scripted(name=f"train[seed={seed}]", needs=GPU) for seed in range(2)]
    order = Order(dear=frozenset(seed.name for seed in seeds))
    played = _play(tmp_path, *seeds, Scripted(name="unit", seconds=7.0), Scripted(name="lint"), order=order)

    (event,) = played.named("stage_held")
    assert (event["cell"], event["said"]) == ("train[seed=0]", "waits for the cheap stages: unit, lint")
    for seed in seeds:
        outcome = played.outcome.cells[seed.name]
        assert (outcome.waited, outcome.waited_for) == (7.0, "the cheap stages: unit, lint")


def test_nothing_dear_starts_where_a_cheap_cell_failed(tmp_path: Path) -> None:
    """It is blocked, and so is what waits for it; cheap cells go on, and nobody waits for them."""
    played = _play(
        tmp_path,
        Scripted(name="train", needs=GPU, seconds=7200.0),
        Scripted(name="evaluate", after=("train",)),
        Scripted(name="unit", codes=(1,)),
        Scripted(name="lint", seconds=5.0),
    )

    assert played.did == {"unit": "failed", "train": "blocked", "evaluate": "blocked", "lint": "ran"}
    assert played.outcome.cells["train"].reason == "not started: unit failed"
    assert played.stage.started == ["unit", "lint"]
    assert list(played.did)[-1] == "lint", "the dear ones are told at once"
    assert played.clock.seconds == 5.0


def test_a_retry_that_passes_lets_dear_cells_start(tmp_path: Path) -> None:
    """It is the end that counts."""
    unit = Scripted(name="unit", codes=(1, 0), retries=Retries(count=1, delay=3.0))
    played = _play(tmp_path, Scripted(name="train"), unit)

    assert played.did == {"unit": "ran", "train": "ran"}
    assert played.stage.started_at["train"] == 5.0


def test_a_dear_cell_whose_result_is_there_is_reused_without_waiting(tmp_path: Path) -> None:
    """Also where a cheap one fails: nothing is spent."""
    played = _play(
        tmp_path,
        Scripted(name="train", stored=True),
        Scripted(name="evaluate", after=("train",)),
        Scripted(name="unit", codes=(1,), seconds=9.0),
    )

    assert played.did == {"train": "reused", "evaluate": "ran", "unit": "failed"}
    assert played.stage.started_at["evaluate"] == 0.0


def test_a_cheap_cell_that_was_put_off_holds_nobody(tmp_path: Path) -> None:
    """Somebody decided that it need not run first."""
    bounds = Bounds(deferrals={"lint": Deferral(reason="only a name changed", cause=Cause.GRADE)})
    played = _play(tmp_path, Scripted(name="train"), Scripted(name="lint"), Scripted(name="unit"), bounds=bounds)

    assert played.did == {"lint": "deferred", "unit": "ran", "train": "ran"}
    assert played.outcome.cells["lint"].cause is Cause.GRADE


def test_a_dear_cell_that_feeds_a_cheap_one_does_not_wait_for_it(tmp_path: Path) -> None:
    """That would be a circle."""
    played = _play(
        tmp_path, Scripted(name="train"), Scripted(name="unit", after=("train",)), Scripted(name="lint", seconds=3.0)
    )

    assert played.stage.started == ["lint", "train", "unit"]


def test_a_run_that_has_only_dear_cells_waits_for_nothing(tmp_path: Path) -> None:
    """`seatrial run train`."""
    played = _play(tmp_path, Scripted(name="train", needs=GPU))

    assert played.stage.started_at == {"train": 0.0}
    assert played.named("stage_held") == []


def test_a_stopped_stage_of_which_a_cheap_cell_failed_blocks_its_dear_cells(tmp_path: Path) -> None:
    """`fail_fast` says so first."""
    cells = [Scripted(name=f"train[seed={seed}]", fail_fast=True, codes=(1 - seed,)) for seed in range(2)]
    played = _play(tmp_path, *cells, order=Order(dear=frozenset({"train[seed=1]"})))

    assert played.did == {"train[seed=0]": "failed", "train[seed=1]": "blocked"}
    assert "fail_fast" in played.outcome.cells["train[seed=1]"].reason


def test_time_that_is_used_up_ends_the_wait_too(tmp_path: Path) -> None:
    """A run with `over: stop` leaves nothing waiting."""
    played = _play(tmp_path, Scripted(name="train"), Scripted(name="unit", seconds=50.0), bounds=Bounds(end_after=10.0))

    assert played.did == {"unit": "failed", "train": "failed"}
    assert all(cell.reason.startswith("over_budget") for cell in played.outcome.cells.values())

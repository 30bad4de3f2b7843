"""Cells that are put off: beforehand by decision, or because no time is left to begin them."""

from __future__ import annotations

from pathlib import Path

from seatrial.pipeline.deferral import Bounds, Cause, Deferral
from seatrial.pipeline.policy import Resources, Retries
from seatrial.pipeline.rank import Order
from tests.support.scripted_cells import Scripted, machine, play

OVER = Deferral(reason="over the tier's budget of 5 m 00 s (expected 2 h 00 m)", cause=Cause.BUDGET)
PUT_OFF = Bounds(deferrals={"train": OVER})
TEN_SECONDS = Bounds(start_for=10.0, out_of_time="no time was left")


def test_what_was_decided_is_put_off_with_what_waits_for_it(tmp_path: Path) -> None:
    """The reason and the cause go along; the rest runs."""
    cells = (
        Scripted(name="train"),
        Scripted(name="evaluate", after=("train",)),
        Scripted(name="report", after=("evaluate", "unit")),
        Scripted(name="unit"),
    )
    played = play(tmp_path, *cells, bounds=PUT_OFF)
    outcomes = played.outcome.cells

    assert played.did == {"train": "deferred", "evaluate": "deferred", "unit": "ran", "report": "deferred"}
    assert outcomes["train"].reason == OVER.reason
    assert outcomes["evaluate"].reason == "waits for train, which is deferred"
    assert {cell.cause for name, cell in outcomes.items() if name != "unit"} == {Cause.BUDGET}
    assert [event["cell"] for event in played.named("stage_not_run")] == ["train", "evaluate", "report"]


def test_what_can_be_reused_is_not_put_off_and_neither_is_what_waits_for_it(tmp_path: Path) -> None:
    """No time is spent on it."""
    played = play(
        tmp_path, Scripted(name="train", stored=True), Scripted(name="evaluate", after=("train",)), bounds=PUT_OFF
    )

    assert played.did == {"train": "reused", "evaluate": "ran"}


def test_a_machine_that_lacks_the_device_is_the_nearer_cause(tmp_path: Path) -> None:
    """More time on this machine would settle nothing; nor would it for what waits for both."""
    cells = (
        Scripted(name="train", needs=Resources(gpus=1)),
        Scripted(name="lint"),
        Scripted(name="evaluate", after=("lint", "train")),
    )
    bounds = Bounds(deferrals={"train": OVER, "lint": OVER})
    played = play(tmp_path, *cells, bounds=bounds, here=machine(tmp_path, gpus=0))

    causes = {name: cell.cause for name, cell in played.outcome.cells.items()}
    assert causes == {"train": Cause.MACHINE, "lint": Cause.BUDGET, "evaluate": Cause.MACHINE}


def test_nothing_begins_once_the_time_is_used_up_and_what_runs_is_left_to_end(tmp_path: Path) -> None:
    """What did not begin is put off, not failed."""
    cells = (Scripted(name="a", seconds=30.0), Scripted(name="b", after=("a",)), Scripted(name="c", seconds=1.0))
    played = play(tmp_path, *cells, jobs=1, bounds=TEN_SECONDS)

    assert played.did == {"a": "ran", "b": "deferred", "c": "deferred"}
    assert {played.outcome.cells[name].reason for name in "bc"} == {"no time was left"}
    assert played.outcome.cells["c"].cause is Cause.BUDGET
    assert played.clock.seconds == 30.0
    assert played.stage.abandoned == []


def test_results_that_are_there_are_still_taken_when_the_time_is_used_up(tmp_path: Path) -> None:
    """A reuse begins nothing."""
    cells = (
        Scripted(name="a", seconds=30.0),
        Scripted(name="b", after=("a",), stored=True),
        Scripted(name="c", after=("b",)),
    )
    played = play(tmp_path, *cells, bounds=TEN_SECONDS)

    assert played.did == {"a": "ran", "b": "reused", "c": "deferred"}


def test_a_retry_belongs_to_what_has_begun(tmp_path: Path) -> None:
    """Putting it off would hide that it failed once."""
    again = Scripted(name="a", seconds=8.0, codes=(1, 0), retries=Retries(count=1, delay=5.0))
    played = play(tmp_path, again, Scripted(name="b", after=("a",)), bounds=TEN_SECONDS)

    assert played.did == {"a": "ran", "b": "deferred"}
    assert played.stage.attempts["a"] == 2


def test_dear_cells_that_still_wait_are_put_off_when_the_time_is_used_up(tmp_path: Path) -> None:
    """At once, not when the cheap ones have ended."""
    cells = (Scripted(name="train"), Scripted(name="unit", seconds=60.0))
    played = play(tmp_path, *cells, bounds=TEN_SECONDS, order=Order(dear=frozenset({"train"})))

    assert played.did == {"train": "deferred", "unit": "ran"}
    assert list(played.did) == ["train", "unit"]


def test_no_time_at_all_puts_everything_off_that_cannot_be_reused(tmp_path: Path) -> None:
    """A run that is repeated after its time was used up."""
    cells = (Scripted(name="a", stored=True), Scripted(name="b", after=("a",)))
    played = play(tmp_path, *cells, bounds=Bounds(start_for=0.0, out_of_time="no time was left"))

    assert played.did == {"a": "reused", "b": "deferred"}


def test_the_deferral_of_a_failed_chain_stays_a_failure(tmp_path: Path) -> None:
    """What failed before it weighs more."""
    cells = (Scripted(name="unit", codes=(1,)), Scripted(name="train", after=("unit",)))
    played = play(tmp_path, *cells, bounds=PUT_OFF)

    assert played.did == {"unit": "failed", "train": "blocked"}

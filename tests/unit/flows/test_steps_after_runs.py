"""What to type after a run: a command that works as it stands, wherever it is read."""

from __future__ import annotations

from seatrial.flows.facts import next_step
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.report.facts import ModelFact
from tests.support.report_samples import model


def step(*models: ModelFact, failed: CellOutcome | None = None) -> str | None:
    cells = {} if failed is None else {failed.cell: failed}
    return next_step(
        "01jd", RunOutcome(cells=cells), models, command="seatrial run", fit=True, again=lambda cell: f"again {cell}"
    )


def test_one_of_several_models_is_named() -> None:
    """Registering asks which one is meant."""
    one, other = model(name="digits"), model(name="its name")

    assert step(one) == "seatrial models register --run 01jd"
    assert step(one, other) == "seatrial models register --run 01jd --model digits"
    assert step(model(name="digits", promoted_to="production"), other) == (
        "seatrial models register --run 01jd --model 'its name'"
    )


def test_a_stage_that_failed_is_repeated_and_one_that_never_began_explained() -> None:
    """No path on the machine that ran it."""
    ended = CellOutcome(cell="train[seed=1]", did=Did.FAILED, reason="exit code 1", log="logs/train.log")
    unbegun = CellOutcome(cell="train[seed=1]", did=Did.FAILED, reason="no such program")

    assert step(failed=ended) == "again train[seed=1]"
    assert step(failed=unbegun) == "seatrial why 'train[seed=1]'"

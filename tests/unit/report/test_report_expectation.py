"""What is said of the time a run takes, before and after it."""

from __future__ import annotations

import pytest

from seatrial.replacing import replace
from seatrial.report import serial
from seatrial.report.expectation import budgeted, compared, expected, overrun
from seatrial.report.facts import ForecastFact, PathFact
from tests.support.report_samples import deferred, run

KNOWN = ForecastFact(
    p50=130.0,
    p90=160.0,
    cells=2,
    path=(PathFact(stage="train", seconds=104.0, share=0.8), PathFact(stage="evaluate", seconds=26.0, share=0.2)),
)
NEW = ForecastFact(p50=0.0, p90=0.0, cells=2, unknown=("train", "evaluate"))


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (ForecastFact(p50=0.0, p90=0.0, cells=0), "nothing will run"),
        (NEW, "no history yet of train, evaluate, so how long this takes is not known"),
        (KNOWN, "about 2 m 10 s, nine times in ten at most 2 m 40 s; longest way: train 80 %, evaluate 20 %"),
        (
            replace(KNOWN, cells=3, unknown=("lint",), path=(), bases=(("train", "other machines"),)),
            (
                "about 2 m 10 s, nine times in ten at most 2 m 40 s, and whatever lint takes (no history yet); "
                "train as in other machines"
            ),
        ),
    ],
)
def test_what_is_expected(fact: ForecastFact, text: str) -> None:
    """What is not known is named as not known."""
    assert expected(fact) == text


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (KNOWN, None),
        (replace(KNOWN, budget=300.0, fit="fits"), "fits the budget of 5 m 00 s"),
        (replace(NEW, budget=300.0, fit="unknown"), "the budget of 5 m 00 s may or may not do"),
        (
            replace(KNOWN, budget=60.0, fit="will_not", over_by=70.0, blame="train", gain=104.0, alone=True),
            "will not fit the budget of 1 m 00 s: over by 1 m 10 s; train alone takes longer than that",
        ),
        (
            replace(KNOWN, budget=150.0, fit="may_not", over_by=10.0, blame="train", gain=104.0),
            (
                "may not fit the budget of 2 m 30 s: one time in ten it is over by 10.0 s or more; "
                "without train it would be 1 m 44 s shorter"
            ),
        ),
    ],
)
def test_whether_it_fits_and_who_is_to_blame(fact: ForecastFact, text: str | None) -> None:
    """By how much, and which stage to shorten."""
    assert budgeted(fact) == text


@pytest.mark.parametrize(
    ("took", "judged"),
    [(200.0, "40.0 s over"), (100.0, "30.0 s under"), (130.0, "as expected"), (160.0, "as expected")],
)
def test_afterwards_the_forecast_is_held_against_the_run(took: float, judged: str) -> None:
    """Between the median and the high figure it was right."""
    said = compared(replace(KNOWN, took=took))

    assert said is not None
    assert said.startswith("Expected were 2 m 10 s to 2 m 40 s; the stages took")
    assert said.endswith(f": {judged}.")


def test_two_figures_that_read_the_same_are_said_once() -> None:
    """Not as a range."""
    said = compared(replace(KNOWN, p90=KNOWN.p50, took=KNOWN.p50))

    assert said is not None
    assert said.startswith("Expected were 2 m 10 s; the stages took")


def test_a_run_that_ended_early_was_not_faster_than_expected() -> None:
    """Something failed or was deferred: the time it took says nothing of the forecast."""
    said = compared(replace(KNOWN, took=3.0, complete=False))

    assert said is not None
    assert said.endswith("the stages took 3.0 s: not all of it ran.")


def test_a_run_over_its_budget_is_warned_about_and_no_other() -> None:
    """Equal is not over."""
    over = overrun(replace(KNOWN, budget=60.0, took=61.5, blame="train", gain=50.0))

    assert over == (
        "the stages took 1 m 02 s, 1.5 s over the budget of 1 m 00 s; without train it would be 50.0 s shorter"
    )
    assert overrun(replace(KNOWN, budget=60.0, took=60.0)) is None
    assert overrun(replace(KNOWN, took=61.5)) is None


def test_a_report_keeps_its_forecast() -> None:
    """Through its bytes and back; a report of an earlier release has none."""
    facts = deferred()
    old = serial.to_json(run())
    del old["forecast"]

    assert serial.from_text(serial.to_text(facts)) == facts
    assert serial.from_json(old) == run()


@pytest.mark.parametrize("took", [4.0, 130.0, 10_000.0])
def test_what_was_expected_without_some_stages_is_not_held_against_all_of_them(took: float) -> None:
    """Seconds over would be those of the stages that nobody had seen before."""
    fact = replace(KNOWN, cells=3, unknown=("data",), took=took)
    said = compared(fact) or ""

    assert said.startswith("Expected were 2 m 10 s to 2 m 40 s, without data (no history yet); the stages took ")
    assert said.count(":") == 0
    assert (compared(replace(fact, complete=False)) or "").endswith(": not all of it ran.")

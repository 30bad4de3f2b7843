"""Which pictures a model has follows from its rows, and none of them ever ends a run."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from seatrial.evidence.records import Predictions
from seatrial.flows import picturing
from seatrial.flows.picturing import pictures
from seatrial.gates.evidence import Absent, AbsentReason, Baseline, Evidence, LeftOut, Present
from seatrial.report.plot_facts import PlotFact
from tests.support.large_models import frames, in_pieces
from tests.support.pictured import LABEL, binary, measured, predictions, several, timings

SCORED = ["confusion", "confusion_difference", "roc", "precision_recall", "calibration"]


def drawn(mine: Predictions | None, theirs: Predictions | None = None, **more: object) -> tuple[PlotFact, ...]:
    baseline: Baseline = LeftOut() if theirs is None else Present(evidence=Evidence(predictions=theirs), label=LABEL)
    evidence = Evidence(predictions=mine, **more)  # type: ignore[arg-type]
    made = pictures("m", evidence, baseline, scratch=Path())
    assert made.troubles == ()
    return made.plots


def kinds(plots: tuple[PlotFact, ...]) -> list[str]:
    return [plot.kind for plot in plots if plot.drawn]


def series(plots: tuple[PlotFact, ...], kind: str) -> list[tuple[str, str]]:
    [plot] = [one for one in plots if one.kind == kind]
    assert plot.lines is not None
    return [(one.role, one.name) for one in plot.lines.series]


def test_two_classes_with_scores_have_every_picture_of_both_models() -> None:
    plots = drawn(binary(400, 1), binary(400, 2))

    assert kinds(plots) == SCORED
    assert [(role, name.partition(":")[0]) for role, name in series(plots, "roc")] == [
        ("candidate", "candidate"),
        ("baseline", LABEL),
    ]
    assert all(plot.of == "m" for plot in plots)


def test_several_classes_are_pooled_and_it_is_said() -> None:
    plots = drawn(several(400, 1), several(400, 2))

    assert kinds(plots) == SCORED
    assert "all of them pooled" in next(plot.note for plot in plots if plot.kind == "roc")
    assert "the class that scores highest" in next(plot.note for plot in plots if plot.kind == "calibration")


def test_answers_without_scores_have_a_matrix_alone() -> None:
    rows = binary(200, 1)
    bare = predictions(rows.table.drop("score"))

    assert kinds(drawn(bare, bare)) == ["confusion", "confusion_difference"]
    assert kinds(drawn(bare)) == ["confusion"]


def test_measurements_have_errors_and_no_matrix() -> None:
    assert kinds(drawn(measured(200, 1), measured(200, 2))) == ["predicted", "residuals"]


def test_a_served_model_has_waits() -> None:
    assert kinds(drawn(None, None, timings=timings())) == ["latency"]


def test_without_rows_there_is_nothing_to_draw() -> None:
    assert drawn(None) == ()


def test_scores_alone_and_ranked_lists_have_no_pictures() -> None:
    """Without labels nobody knows what is true; a relevance is no class."""
    rows = binary(200, 1).table
    assert drawn(predictions(rows.drop("label", "prediction"))) == ()
    assert drawn(predictions(rows.with_columns(query=pl.lit("q")))) == ()


def test_a_baseline_of_other_rows_leaves_the_candidate_alone() -> None:
    """The gates have said that rows do not match; a picture of half the truth is none."""
    plots = drawn(binary(400, 1), binary(300, 2))

    assert "confusion_difference" not in kinds(plots)
    assert series(plots, "roc")[0][0] == "candidate"


def test_a_missing_baseline_is_no_side() -> None:
    evidence = Evidence(predictions=binary(200, 1))
    made = pictures("m", evidence, Absent(reason=AbsentReason.NO_BASELINE), scratch=Path())

    assert len(series(made.plots, "roc")) == 1


def test_scores_that_are_no_probabilities_leave_a_sentence() -> None:
    rows = binary(200, 1)
    wild = predictions(rows.table.with_columns(score=pl.col("score") * 10))
    plots = drawn(wild)
    [calibration] = [plot for plot in plots if plot.kind == "calibration"]

    assert not calibration.drawn
    assert "lie outside 0 to 1" in calibration.note
    assert "roc" in kinds(plots), "any score ranks"


def test_one_class_has_no_curve_and_says_so() -> None:
    rows = binary(200, 1)
    ones = predictions(rows.table.with_columns(label=pl.lit("yes")))
    [roc] = [plot for plot in drawn(ones) if plot.kind == "roc"]

    assert not roc.drawn
    assert "same label" in roc.note


def test_classes_of_which_nobody_said_the_positive_have_no_curve() -> None:
    table = binary(200, 1).table
    cats = table.with_columns(pl.col("label", "prediction").replace({"no": "cat", "yes": "dog"}))

    assert kinds(drawn(predictions(cats))) == ["confusion"]
    assert "roc" in kinds(drawn(predictions(cats, positive="dog")))


def test_whatever_goes_wrong_is_a_sentence_and_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other pictures are made all the same."""

    def wrong(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(picturing, "answer_table", wrong)
    made = pictures("m", Evidence(predictions=binary(200, 1)), LeftOut(), scratch=Path())

    assert made.troubles == ("there is no picture of the confusion of m: RuntimeError: nobody foresaw this",)
    assert kinds(made.plots) == ["roc", "precision_recall", "calibration"]
    assert made.plots[0].note == "RuntimeError: nobody foresaw this"


def test_rows_that_cannot_be_looked_at_at_all_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(picturing, "sample_of", wrong)
    made = pictures("m", Evidence(predictions=binary(200, 1)), LeftOut(), scratch=Path())

    assert len(made.troubles) == 1
    assert kinds(made.plots) == []


def test_rows_too_many_for_memory_are_pictured_from_some_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both models are drawn, and how many rows they are drawn from is said."""
    monkeypatch.setattr("seatrial.metrics.large.some_rows.some_of_pieces.__defaults__", (100,))
    ours, theirs = frames(1000)
    mine, other = in_pieces(tmp_path / "a.parquet", ours), in_pieces(tmp_path / "b.parquet", theirs)
    made = pictures(
        "m", Evidence(predictions=mine), Present(evidence=Evidence(predictions=other), label=LABEL), scratch=tmp_path
    )

    assert kinds(made.plots) == ["confusion", "roc", "precision_recall", "calibration"]
    assert len(series(made.plots, "roc")) == 2
    assert all("From 100 of 1,000 rows, at even steps." in plot.note for plot in made.plots)

"""What was counted of a model becomes pictures with both sides, and with what has to be said of them."""

from __future__ import annotations

import math

import pytest

from seatrial.metrics.answer_table import AnswerTable
from seatrial.report import model_plots
from seatrial.report.model_plots import Binned
from tests.support.pictured import LABEL

NAMES = model_plots.names_of(LABEL)


def test_the_difference_of_two_matrices_is_cell_by_cell() -> None:
    table = AnswerTable(names=("a", "b"), candidate=((9, 1), (2, 8)), baseline=((7, 3), (4, 6)))
    counts, moved = model_plots.confusion("m", table, NAMES, "")

    assert counts.matrix is not None
    assert moved.matrix is not None
    assert counts.matrix.cells == ((9, 1), (2, 8))
    assert (moved.matrix.cells, moved.matrix.signed) == (((2, -2), (-2, 2)), True)
    assert LABEL in moved.title


def test_without_a_baseline_there_is_no_difference_and_classes_put_together_are_told() -> None:
    table = AnswerTable(names=("a", "(others)"), candidate=((9, 1), (2, 8)), together=40)
    [counts] = model_plots.confusion("m", table, NAMES, "From 5 of 9 rows.")

    assert counts.note.startswith("From 5 of 9 rows. 40 classes with few labels are one row")


def test_calibration_tells_the_rows_of_its_bins() -> None:
    def bins(*sizes: int) -> list[Binned]:
        return [Binned(n=n, score=0.5, share=0.4, low=0.3, high=0.5) for n in sizes]

    even = model_plots.calibration("m", [bins(50, 50), bins(40)], NAMES, "")
    uneven = model_plots.calibration("m", [bins(50, 1200)], NAMES, "")

    assert even.note.startswith("50 rows in each of the candidate's 2 bins")
    assert uneven.note.startswith("50 to 1,200 rows")
    assert even.lines is not None
    assert [(one.role, one.n) for one in even.lines.series] == [("candidate", (50, 50)), ("baseline", (40,))]


def test_waits_have_quantiles_and_count_those_who_got_no_answer() -> None:
    """An answer that never came is no short wait."""
    mine = [float(ms) for ms in range(1, 101)] + [math.inf]
    plot = model_plots.latency("m", [mine, [1.0, 2.0]], NAMES)

    assert plot is not None
    assert plot.bars is not None
    assert "candidate: p50 51, p95 96, p99 100, longest 100 ms, 1 request without an answer." in plot.note
    assert f"{LABEL}: p50 1.500" in plot.note
    assert sum(plot.bars.current) == pytest.approx(1.0)
    assert plot.bars.above


def test_waits_that_are_all_the_same_have_a_width_and_none_has_no_picture() -> None:
    plot = model_plots.latency("m", [[5.0, 5.0]], NAMES)

    assert plot is not None
    assert plot.bars is not None
    assert plot.bars.low < 5.0 < plot.bars.high
    assert max(plot.bars.current) == 1.0
    assert model_plots.latency("m", [[math.inf]], NAMES) is None


def test_a_baseline_that_never_answered_is_told_without_bars() -> None:
    plot = model_plots.latency("m", [[1.0, 2.0], [math.inf]], NAMES)

    assert plot is not None
    assert plot.bars is not None
    assert plot.bars.reference == ()
    assert "no answer came" in plot.note


def test_a_quantile_that_failures_reach_is_no_figure() -> None:
    plot = model_plots.latency("m", [[*map(float, range(1, 100)), *[math.inf] * 3]], NAMES)

    assert plot is not None
    assert "p95 96.95, p99 no answer, longest 99 ms, 3 requests without an answer." in plot.note


def test_what_is_no_picture_says_why() -> None:
    plot = model_plots.without("roc", "churn", "all rows have one label")

    assert (plot.drawn, plot.title, plot.note) == (False, "roc of churn", "all rows have one label")

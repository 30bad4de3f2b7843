"""All seeds of a stage are one picture, with their mean and the baseline's curve."""

from __future__ import annotations

import math

from seatrial.evidence.records import Curve, Source
from seatrial.report.curve_plots import MOST_CURVES, Drawn, baseline_plots, beside, curve_plots, drawn
from seatrial.report.plot_facts import MOST_SERIES
from tests.support.pictured import LABEL, loss_plots

STEPS = (1.0, 2.0, 3.0)


def a_run(
    seed: int, values: tuple[float, ...] = (3.0, 2.0, 1.0), *, column: str = "loss", steps: tuple[float, ...] = STEPS
) -> Drawn:
    return Drawn(cell=f"train[seed={seed}]", column=column, steps=steps, values=values)


def test_the_columns_of_a_file_are_drawn_by_the_cell_that_made_it() -> None:
    source = Source(path="loss.csv", digest="b3:1")
    curve = Curve(source=source, steps=STEPS, columns={"loss": (3.0, 2.0, 1.0), "lr": (0.1, 0.1, 0.1)})

    assert [(one.stage, one.run, one.column, one.steps) for one in drawn("train[seed=1]", curve)] == [
        ("train", "seed=1", "loss", STEPS),
        ("train", "seed=1", "lr", STEPS),
    ]


def test_seeds_of_one_stage_share_a_picture_and_columns_do_not() -> None:
    plots = curve_plots([a_run(0), a_run(1, (5.0, 4.0, 3.0)), a_run(0, column="accuracy")])

    assert [(plot.of, plot.title) for plot in plots] == [("train", "loss of train"), ("train", "accuracy of train")]
    assert plots[0].lines is not None
    assert [(one.name, one.role, one.y) for one in plots[0].lines.series] == [
        ("seed=0", "run", (3.0, 2.0, 1.0)),
        ("seed=1", "run", (5.0, 4.0, 3.0)),
        ("mean", "mean", (4.0, 3.0, 2.0)),
    ]


def test_a_single_run_is_the_candidate_and_has_no_mean() -> None:
    [plot] = curve_plots([Drawn(cell="train", column="loss", steps=STEPS, values=(3.0, 2.0, 1.0))])

    assert plot.lines is not None
    assert [(one.name, one.role) for one in plot.lines.series] == [("train", "candidate")]


def test_runs_of_other_steps_have_no_mean_and_it_is_said() -> None:
    [plot] = curve_plots([a_run(0), a_run(1, (1.0, 1.0), steps=(1.0, 3.0))])

    assert plot.lines is not None
    assert [one.role for one in plot.lines.series] == ["run", "run"]
    assert "no mean" in plot.note


def test_a_run_that_diverged_is_named() -> None:
    [plot] = curve_plots([a_run(0), a_run(7, (3.0, 9.0, math.nan))])

    assert plot.note == "No value at the end: seed=7. The mean ends where a run does."


def test_the_baseline_stands_beside_its_own_column_and_nowhere_else() -> None:
    mine = curve_plots([a_run(0), a_run(0, column="accuracy")])
    theirs = baseline_plots(LABEL, [a_run(0, (4.0, 3.0, 2.0)), a_run(0, column="gone")])
    loss, accuracy = beside(mine, theirs)

    assert loss.lines is not None
    assert accuracy == mine[1]
    assert [(one.name, one.role) for one in loss.lines.series] == [("seed=0", "candidate"), (LABEL, "baseline")]


def test_a_hundred_seeds_are_a_picture_that_a_report_holds() -> None:
    """The mean is of all of them, and what is left out is said."""
    many = [a_run(seed, (float(seed), 1.0, 1.0)) for seed in range(101)]
    [plot] = beside(curve_plots(many), baseline_plots(LABEL, many))

    assert plot.lines is not None
    assert len(plot.lines.series) == MOST_SERIES
    [mean] = [one for one in plot.lines.series if one.role == "mean"]
    assert mean.y[0] == 50.0
    assert "13 of 101 runs" in plot.note


def test_curves_beyond_a_bound_are_not_drawn() -> None:
    assert len(curve_plots([a_run(0, column=str(at)) for at in range(MOST_CURVES + 5)])) == MOST_CURVES


def test_values_far_apart_are_on_a_scale_of_powers_unless_one_is_not_above_nothing() -> None:
    def log(values: tuple[float, ...]) -> bool:
        [plot] = curve_plots([a_run(0, values)])
        return plot.lines is not None and plot.lines.y.log

    assert log((5000.0, 20.0, 1.0))
    assert not log((900.0, 20.0, 1.0))
    assert not log((5000.0, 20.0, 0.0))
    assert log((1e308, math.nan, 1e-300))


def test_a_long_training_is_thinned() -> None:
    long = Drawn(cell="train", column="loss", steps=tuple(map(float, range(2000))), values=(1.0,) * 2000)
    [plot] = curve_plots([long])

    assert plot.lines is not None
    assert len(plot.lines.series[0].x) <= 200
    assert len(loss_plots()) == 1

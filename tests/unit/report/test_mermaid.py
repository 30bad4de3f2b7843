"""One chart in Mermaid's small language: nothing that a name holds leaves its quotes, and every number is digits."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.replacing import replace
from seatrial.report import mermaid
from seatrial.report.curve_plots import Drawn, baseline_plots, beside, curve_plots
from seatrial.report.facts import TRIAL, RunFacts
from seatrial.report.mermaid import curves_chart
from tests.support.pictured import losses
from tests.support.report_samples import a_check, failed, run

_NUMBER = r"-?\d+(?:\.\d+)?"
_CHART = re.compile(
    r"```mermaid\nxychart-beta\n"
    r'    title "[^"\n]+"\n'
    rf'    x-axis "[^"\n]+" ({_NUMBER}) --> ({_NUMBER})\n'
    rf'    y-axis "[^"\n]+" ({_NUMBER}) --> ({_NUMBER})\n'
    rf"((?:    line \[{_NUMBER}(?:, {_NUMBER})*\]\n)+)```"
)


def curves(*runs: Sequence[float], column: str = "loss", stage: str = "train") -> RunFacts:
    drawn = [
        Drawn(cell=f"{stage}[seed={at}]", column=column, steps=tuple(map(float, range(len(one)))), values=tuple(one))
        for at, one in enumerate(runs)
    ]
    return run(plots=curve_plots(drawn))


def parsed(chart: str | None) -> tuple[list[float], list[list[float]]]:
    """The ends of both axes, and the lines."""
    match = _CHART.fullmatch(chart or "")
    assert match is not None, chart
    lines = [list(map(float, line.split(", "))) for line in re.findall(r"line \[(.*)\]", match[5])]
    return list(map(float, match.groups()[:4])), lines


def test_all_runs_are_lines_over_one_axis() -> None:
    ends, lines = parsed(curves_chart(curves((3.0, 2.0, 1.0), (5.0, 3.0, 0.5))))

    assert ends == [0, 2, 0, 5]
    assert lines == [[3, 2, 1], [5, 3, 0.5]]


def test_a_run_that_diverged_is_left_out_and_counted() -> None:
    """Mermaid has no gaps, and a line that ended early would be stretched."""
    chart = curves_chart(curves((3.0, 2.0, 1.0), (5.0, math.nan, math.nan)))

    assert len(parsed(chart)[1]) == 1
    assert 'title "loss of train (1 run not drawn)"' in (chart or "")
    assert curves_chart(curves((3.0, math.nan))) is None


def test_the_baseline_and_the_mean_are_no_lines_since_lines_have_no_names() -> None:
    mine = curve_plots(losses()[:2])
    facts = run(plots=beside(mine, baseline_plots("b@1", losses()[:1])))

    assert len(parsed(curves_chart(facts))[1]) == 2


def test_a_validated_loss_comes_first_then_any_loss() -> None:
    accuracy, loss, val = (curves((1.0, 2.0), column=column).plots for column in ("accuracy", "train_loss", "val_loss"))

    assert 'title "val_loss of train"' in (curves_chart(run(plots=(*accuracy, *loss, *val))) or "")
    assert 'title "train_loss of train"' in (curves_chart(run(plots=(*accuracy, *loss))) or "")
    assert 'title "accuracy of train"' in (curves_chart(run(plots=accuracy)) or "")


def test_a_run_without_pictures_has_no_chart() -> None:
    assert curves_chart(failed()) is None
    assert curves_chart(curves((1.0,))) is None, "one point is no line"
    assert curves_chart(curves((1.0, 1.0))) is None, "an axis of no length cannot be drawn"


def test_a_long_training_has_few_points_and_its_ends() -> None:
    chart = curves_chart(curves([1000.0 - at for at in range(1000)]))
    ends, [line] = parsed(chart)

    assert not re.search(r"\.\d\d", (chart or "").partition("line [")[2]), "of a thousand, a hundredth is not seen"
    assert ends == [0, 999, 0, 1000]
    assert len(line) == mermaid.POINTS
    assert (line[0], line[-1]) == (1000, 1)
    assert line == sorted(line, reverse=True)


def test_many_runs_are_a_few_lines() -> None:
    chart = curves_chart(curves(*[(2.0 + seed, 1.0) for seed in range(12)]))

    assert len(parsed(chart)[1]) == mermaid.MOST_LINES
    assert "(4 runs not drawn)" in (chart or "")


@settings(max_examples=200)
@given(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.sampled_from(
        [
            '%%{init: {"theme":"dark"}}%%',
            '"\n    click A call x()',
            "```\n<script>",
            "#quot;",
            "@everyone",
            "\u202e",
            "[x](http://y)",
            "---\ntitle: x\n---",
        ]
    ),
)
def test_no_name_leaves_its_quotes(noise: str, hostile: str) -> None:
    """No directive, no second line, no fence, no entity, no mention."""
    name = noise + hostile + noise
    chart = curves_chart(curves((2.0, 1.0), column=name, stage=name)) or ""
    inside = re.findall(r'"([^"\n]*)"', chart)

    parsed(chart)
    assert len(inside) == 3
    assert not set("".join(inside)) & set("%{}`#;<>&@[]:|\\")
    assert chart.count("```") == 2


@settings(max_examples=200)
@given(st.lists(st.lists(st.floats(), min_size=2, max_size=80), min_size=1, max_size=4))
def test_any_figures_make_a_chart_that_can_be_read_or_none(columns: list[list[float]]) -> None:
    """No exponent, no NaN, and every line lies within the axis."""
    chart = curves_chart(curves(*columns))
    if chart is None:
        return
    (_, _, low, high), lines = parsed(chart)

    assert low < high
    assert len({len(line) for line in lines}) == 1
    slack = (high - low) * 1e-3 + 1e-9
    assert all(low - slack <= value <= high + slack for line in lines for value in line)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (1e-9, "0.000000001"), (1e11, "100000000000"), (2.50, "2.5"), (-1e-12, "0")],
)
def test_numbers_are_digits(value: float, text: str) -> None:
    assert mermaid.number(value) == text


def test_a_trial_on_one_batch_is_drawn_only_where_no_training_is() -> None:
    """Its validated loss too: it says nothing of the model."""
    trained = curves((2.0, 1.0), column="train_loss").plots
    tried = curves((3.0, 0.01), column="val_loss", stage="one-batch").plots
    check = replace(a_check(name="one-batch[seed=0]"), judges=TRIAL)

    chart = curves_chart(replace(run(checks=(check,)), plots=(*tried, *trained)))
    alone = curves_chart(replace(run(checks=(check,)), plots=tried))

    assert 'title "train_loss of train"' in (chart or "")
    assert 'title "val_loss of one-batch"' in (alone or "")
    assert 'title "val_loss of one-batch"' in (curves_chart(run(plots=(*tried, *trained))) or ""), "a plain stage"


def test_ends_of_axes_have_three_digits_and_hold_all_lines() -> None:
    ends, _ = parsed(curves_chart(curves([2.345678 - at * 0.0007654321 for at in range(3000)])))

    assert ends == [0, 3000, 0, 2.35]
    assert parsed(curves_chart(curves((0.891234, 0.534567))))[0] == [0, 1, 0.534, 0.892]
    assert parsed(curves_chart(curves((-0.123456, -0.534567))))[0] == [0, 1, -0.535, -0.123]
    assert parsed(curves_chart(curves((-5e-324, 0.534567))))[0] == [0, 1, 0, 0.535]


def test_an_axis_that_needs_more_digits_has_them() -> None:
    """Three would press the line flat, or move it along."""
    ends, _ = parsed(curves_chart(curves((1000.12, 1000.98))))

    assert ends[2] == pytest.approx(1000.12, abs=0.02)
    assert ends[3] == pytest.approx(1000.98, abs=0.02)

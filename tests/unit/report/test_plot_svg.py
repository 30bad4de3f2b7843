"""Pictures are well-formed, lie in their frame, tell things apart by form, and never end the page that they are on."""

from __future__ import annotations

import itertools
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatrial.replacing import replace
from seatrial.report import plot_svg
from seatrial.report.plot_facts import AxisFact, BarsFact, LinesFact, MatrixFact, PlotFact, SeriesFact
from seatrial.report.plot_frame import WIDTH, Scale, fitting, scale_of, wide
from seatrial.report.plot_intervals import intervals, intervals_of
from seatrial.report.plot_lines import lines
from seatrial.report.plot_matrix import matrix, short
from seatrial.report.plot_svg import figure_of
from tests.support.markup import Markup
from tests.support.pictured import LABEL, loss_plots, rich_run, slices

RICH = rich_run()


def a_plot(
    series: Sequence[SeriesFact], *, joined: bool = True, log: bool = False, diagonal: bool = False
) -> LinesFact:
    return LinesFact(
        x=AxisFact(title="step"),
        y=AxisFact(title="loss", log=log),
        series=tuple(series),
        joined=joined,
        diagonal=diagonal,
    )


def a_series(y: Sequence[float], *, role: str = "run", name: str = "a") -> SeriesFact:
    return SeriesFact(name=name, role=role, x=tuple(map(float, range(len(y)))), y=tuple(y))


def drawn(markup: str) -> ET.Element:
    """An SVG, read as strictly as XML is, with all its figures within its frame."""
    root = ET.fromstring(markup)
    _, _, width, height = (float(part) for part in (root.get("viewBox") or "").split())
    for element in root.iter():
        for name, most in (("x", width), ("y", height), ("cx", width), ("cy", height)):
            value = element.get(name)
            assert value is None or -1 <= float(value) <= most + 1, (element.tag, element.attrib)
    return root


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if name in (element.get("class") or "").split()]


@pytest.mark.parametrize("plot", RICH.plots, ids=lambda plot: f"{plot.kind}-{plot.of}")
def test_every_kind_is_a_figure_with_a_drawing_a_title_and_its_figures(plot: PlotFact) -> None:
    markup = "".join(plot_svg.figure_of(plot))
    page = Markup(markup)
    page.refuse_foreign()

    assert {"svg", "figcaption", "details", "table"} <= set(page.seen)
    assert ("svg", "role", "img") in page.attributes
    drawn(re.findall(r"<svg.*?</svg>", markup, re.DOTALL)[0])


@settings(max_examples=150)
@given(
    st.lists(st.lists(st.floats(), min_size=1, max_size=12), min_size=1, max_size=5),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_any_figures_make_a_picture_within_its_frame(
    columns: list[list[float]], joined: bool, log: bool, diagonal: bool
) -> None:
    """NaN, infinity, the largest and the least float, all equal: no figure of the picture is one of those."""
    finite = [[value if math.isfinite(value) else math.nan for value in column] for column in columns]
    fact = a_plot([a_series(column) for column in finite], joined=joined, log=log, diagonal=diagonal)

    markup = lines(fact, "t")

    drawn(markup)
    Markup(markup).refuse_foreign()


@settings(max_examples=150)
@given(
    st.text(st.characters(exclude_categories=()), max_size=200),
    st.sampled_from(["<script>alert(1)</script>", '" onload="x', "</svg><img src=//x>", "n" * 70_000, "|\u202e", ""]),
)
def test_no_name_is_markup_and_none_is_too_long(noise: str, hostile: str) -> None:
    """In a legend, on an axis, in a cell, beside a bar, in a title."""
    name = hostile + noise
    fact = LinesFact(x=AxisFact(title=name), y=AxisFact(title=name), series=(a_series([1.0, 2.0], name=name),))
    plots = [
        PlotFact(kind="curve", of=name, title=name, note=name, lines=fact),
        PlotFact(kind="confusion", of="m", title=name, matrix=MatrixFact(names=(name, "b"), cells=((1, 2), (3, 4)))),
        PlotFact(
            kind="drift", of="m", title=name, bars=BarsFact(sides=(name, name), current=(0.5, 0.5), labels=(name, "b"))
        ),
    ]
    for plot in plots:
        markup = "".join(plot_svg.figure_of(plot))
        Markup(markup).refuse_foreign()
        assert len(markup) < 20_000
        drawn(re.findall(r"<svg.*?</svg>", markup, re.DOTALL)[0])


def test_a_gap_is_a_gap_and_the_end_of_a_run_a_cross() -> None:
    """A run that came back is two lines; one that did not has a cross where it was last seen."""
    back = drawn(lines(a_plot([a_series([3.0, math.nan, 1.0, 0.5])]), "t"))
    gone = drawn(lines(a_plot([a_series([3.0, 2.0, 1.0, math.nan])]), "t"))
    whole = drawn(lines(a_plot([a_series([3.0, 2.0, 1.0, 0.5])]), "t"))

    assert [path.get("d", "").count("M") for path in of_class(back, "l2")[1:] if path.get("d")] == [2]
    assert len(of_class(back, "f2")) == 1, "a point between two gaps is a point"
    assert any("8" in path.get("d", "") and "m" in path.get("d", "") for path in of_class(gone, "thick"))
    assert not of_class(whole, "thick")


def test_lines_are_told_apart_without_colour() -> None:
    """No two of sixteen runs have both the same colour and the same dash; the baseline is dashed, the mean is not."""
    fact = a_plot([a_series([1.0, 2.0], name=str(at)) for at in range(14)])
    looks = [path.get("class") for path in drawn(lines(fact, "t")).iter() if "ln" in (path.get("class") or "").split()]
    [losses] = loss_plots()
    assert losses.lines is not None
    root = drawn(lines(losses.lines, "t"))

    assert len(set(looks)) == 14
    assert {path.get("class") for path in of_class(root, "l0")} == {"ln l0 d0 thick", "ln l0 thick"}
    assert {path.get("class") for path in of_class(root, "l1")} == {"ln l1 d1 thick"}
    assert len({path.get("class") for colour in "234" for path in of_class(root, f"l{colour}")} - {None}) >= 3


def test_points_of_both_sides_differ_in_form() -> None:
    both = [a_series([1.0, 2.0], role="candidate"), a_series([2.0, 1.0], role="baseline")]
    root = drawn(lines(a_plot(both, joined=False), "t"))

    assert {element.tag.rpartition("}")[2] for element in of_class(root, "f0")} == {"circle"}
    assert {element.tag.rpartition("}")[2] for element in of_class(root, "open")} == {"rect"}


def test_a_difference_is_shaded_by_the_largest_of_the_whole_matrix_and_says_so() -> None:
    """One row of 89 is no half of a table in which thirty moved."""
    fact = MatrixFact(names=("a", "b"), cells=((31, -31), (1, -1)), signed=True)
    root = drawn(matrix(fact, "t"))
    opacity = [float(element.get("fill-opacity") or 0) for element in root.iter() if element.get("fill-opacity")]
    large, small = opacity[-4:-2], opacity[-2:]

    assert min(large) > 0.9
    assert max(small) < 0.2
    plain = PlotFact(kind="confusion", of="m", title="t", note="From some.", matrix=replace(fact, signed=False))
    moved = replace(plain, kind="confusion_difference", matrix=fact)
    assert "<p>From some. A shade is the share of all rows with that label.</p>" in figure_of(plain)
    assert "<p>From some. A shade is the share of the largest difference in the table.</p>" in figure_of(moved)


def test_a_matrix_shades_shares_of_its_rows_and_writes_counts() -> None:
    """A rare class is as dark as a frequent one; nothing is drawn where there is nothing."""
    root = drawn(matrix(MatrixFact(names=("a", "b"), cells=((900, 100), (0, 10))), "t"))
    shades = [element.get("fill-opacity") for element in of_class(root, "f0")]

    assert shades == ["0.87", "0.20", "0.95"]
    assert {"900", "100", "10"} <= {element.text for element in root.iter()}
    assert "0" not in {element.text for element in root.iter()}


def test_a_difference_says_what_is_better_by_sign_and_colour() -> None:
    root = drawn(matrix(MatrixFact(names=("a", "b"), cells=((3, -3), (2, -2)), signed=True), "t"))
    texts = [element.text for element in root.iter() if element.text in ("+3", "\u22123", "+2", "\u22122")]

    assert texts == ["+3", "\u22123", "+2", "\u22122"]
    assert (len(of_class(root, "f0")), len(of_class(root, "f1"))) == (3, 3), "two each, and the legend"
    better = drawn(matrix(MatrixFact(names=("a", "b"), cells=((3, -3), (-2, 2)), signed=True), "t"))
    assert (len(of_class(better, "f0")), len(of_class(better, "f1"))) == (5, 1)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (812, "812"),
        (9999, "9999"),
        (12_345, "12k"),
        (3_100_000, "3.1M"),
        (2 * 10**10, "20G"),
        (-5, "\u22125"),
    ],
)
def test_counts_are_short(number: int, text: str) -> None:
    assert short(number, signed=False) == text


def test_long_class_names_stand_on_end_and_stay_in_the_frame() -> None:
    names = tuple(f"a class with a long name {at}" for at in range(12))
    root = drawn(matrix(MatrixFact(names=names, cells=((1,) * 12,) * 12), "t"))

    assert len([element for element in root.iter() if "rotate" in (element.get("transform") or "")]) == 12


def test_slices_are_drawn_the_worst_first_and_only_so_many() -> None:
    found = intervals_of(slices(200), "difference of accuracy")
    assert found is not None
    fact, note = found
    root = drawn(intervals(fact, "t"))

    assert note == "170 more slices are in the table."
    assert [row.verdict for row in fact.rows] == sorted(
        (row.verdict for row in fact.rows), key=["FAIL", "INCONCLUSIVE", "PASS"].index
    )
    assert len([e for e in root.iter() if (e.text or "").startswith("size=")]) == 30
    assert len(of_class(root, "ref")) == 1


def test_one_slice_is_no_picture() -> None:
    assert intervals_of(slices(1), "x") is None


def test_a_picture_that_goes_wrong_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the figure is whole all the same."""

    def wrong(*_: object) -> str:
        raise ZeroDivisionError("<b>")

    monkeypatch.setattr(plot_svg, "lines", wrong)
    [plot] = loss_plots()
    page = Markup("".join(plot_svg.figure_of(plot)))
    page.refuse_foreign()

    assert "svg" not in page.seen
    assert any("could not be drawn (ZeroDivisionError: <b>)" in word for word in page.words)


def test_a_picture_that_is_none_says_why() -> None:
    page = Markup("".join(plot_svg.figure_of(PlotFact(kind="roc", of="m", title="roc of m", note="one class only"))))

    assert (page.seen.count("svg"), "one class only" in page.words) == (0, True)


@example(1.7e308, 1.7e308, True)
@example(-1.7976931348623157e308, -1.7976931348623157e308, False)
@example(5e-324, 5e-324, True)
@given(
    st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)
def test_a_scale_puts_what_it_holds_between_its_ends(one: float, other: float, log: bool) -> None:
    """In order, whatever the figures are."""
    scale = scale_of((one, other), None, None, log=log).moved(10, 110)
    at = scale.at(min(one, other)), scale.at(max(one, other))

    assert 10 <= at[0] <= at[1] <= 110
    assert all(10 <= scale.at(value) <= 110 for value, _ in scale.ticks(5))
    assert len(scale.ticks(5)) <= 24
    assert not any("inf" in said or "nan" in said for _, said in scale.ticks(5))


def test_the_widest_scale_there_is_has_nothing_in_its_middle() -> None:
    """The span from the least to the greatest float is no float."""
    scale = scale_of((-1.7e308, 1.7e308), None, None).moved(10, 110)

    assert [scale.at(value) for value in (-1.7e308, 0.0, 1.7e308)] == [10, 60, 110]


def test_a_scale_of_powers_has_powers_as_ticks() -> None:
    scale = Scale(low=0.01, high=1000.0, start=0, end=1, log=True)

    assert [said for _, said in scale.ticks(6)] == ["0.01", "0.1", "1", "10", "100", "1,000"]


@given(st.text(max_size=120), st.floats(30, 400))
def test_a_name_is_cut_until_it_fits(name: str, room: float) -> None:
    """Also in scripts that are twice as wide."""
    assert wide(fitting(name, room)) <= max(room, 3 * 11.5)


def test_a_legend_of_many_names_takes_rows() -> None:
    fact = a_plot([a_series([1.0, 2.0], name=f"a run with a long name {at}") for at in range(8)])
    root = drawn(lines(fact, LABEL))
    rows = {
        element.get("transform")
        for element in itertools.chain(root.iter())
        if (element.get("transform") or "").startswith("translate")
    }

    assert len(rows) == 8
    assert float((root.get("viewBox") or "").split()[2]) == WIDTH

"""The page of a run: whole, in the order of the report, alone, and harmless whatever it is about."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.data.mistaken import HEAD
from seatrial.data.mistaken import is_page as is_check
from seatrial.replacing import replace
from seatrial.report import plot_svg
from seatrial.report.facts import CurveFact, MetricFact, StageFact
from seatrial.report.headline import headline
from seatrial.report.page import MOST_ROWS, is_page, render_page
from seatrial.verdict import Part, Verdict
from tests.support.markup import Markup
from tests.support.pictured import rich_run, slices
from tests.support.report_samples import SAMPLES, failed, model, passed, regression, run

RICH = rich_run()
PAGE = render_page(RICH)


def words(page: str) -> str:
    """All text between the tags, the style left out."""
    return " ".join(Markup(re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)).words)


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_kind_of_run_is_a_whole_page(sample: str) -> None:
    facts = SAMPLES[sample]()
    page = render_page(facts)
    markup = Markup(page)
    markup.refuse_foreign()

    assert markup.seen[:3] == ["html", "head", "meta"]
    assert "h1" in markup.seen
    assert "style" not in {name for _, name, _ in markup.attributes}, "the policy would refuse it"
    addresses = {value for _, name, value in markup.attributes if "//" in (value or "") and name != "aria-label"}
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_parts_come_in_the_order_of_the_report() -> None:
    """Headline, models, slices, pictures, data, stages, curves, tests, warnings, and how to repeat it."""
    text = words(PAGE)
    order = [
        "Decision:",
        "Metrics",
        "Slices",
        "Gates",
        "answers of",
        "Distributions",
        "Stages",
        "Curves",
        "Tests",
        "Warnings",
        "To repeat it",
    ]
    places = [text.index(each) for each in order]

    assert places == sorted(places)
    assert headline(RICH).why[:30] in text
    assert "seatrial run" in text


def test_all_pictures_are_there_and_nothing_else_is() -> None:
    assert PAGE.count("<svg") == len(RICH.plots) + 1, "one of slices, which is made of a finding"
    assert PAGE.count("<figure>") == PAGE.count("</figure>")


def test_pictures_stand_with_what_they_are_of_and_none_is_lost() -> None:
    """Also where a model and a check have one name, and where what was drawn was not judged in the end."""
    named = replace(RICH, models=(replace(RICH.models[0], name="check"),))
    page = render_page(named)
    model_part, _, rest = page.partition("<h2>Data")
    data_part, _, others = rest.partition("<h2>More pictures")

    assert page.count("<svg") == PAGE.count("<svg")
    assert "distribution of age" not in model_part
    assert data_part.count("distribution of age</figcaption>") == 1
    assert "ROC of digits" in others
    assert "More pictures" not in PAGE


def test_a_slice_that_moved_stands_in_sight_and_the_others_in_the_table() -> None:
    moved = Part(name="up", verdict=Verdict.PASS, n=9, estimate=0.03, interval=(0.01, 0.05))
    still = Part(name="still", verdict=Verdict.PASS, n=9, estimate=0.0, interval=(-0.01, 0.01))
    silent = Part(name="none", verdict=Verdict.INCONCLUSIVE, n=1, note="no positives")
    finding = replace(slices(2), parts=(moved, still, silent))
    page = render_page(run(models=(model(finding),)))
    before, _, after = page.partition("<details>")

    assert "<code>size=up</code>" in before
    assert "1 of 3 slices moved, 1 undecided." in before
    assert "size=still" not in before.partition("<h3>Slices</h3>")[2].partition("<svg")[0]
    assert "size=still" in after
    assert "no positives" in after
    assert "0 of 2 slices moved." in render_page(run(models=(model(replace(finding, parts=(still, still))),)))


def test_slices_without_any_value_are_said_to_have_none() -> None:
    nothing = Part(name="1", verdict=Verdict.INCONCLUSIVE, n=1, note="no positives")
    page = render_page(run(models=(model(replace(slices(2), parts=(nothing, nothing))),)))

    assert "No two of these have a value." in page


@settings(max_examples=40)
@given(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.sampled_from(
        ["<script>alert(1)</script>", "'\" onmouseover=x ", "</style></svg>", "]]>", "<!--", "m" * 70_000, "\x1b[31m|"]
    ),
    st.floats(),
)
def test_whatever_a_run_is_called_it_is_text(noise: str, hostile: str, figure: float) -> None:
    """Names, reasons, messages and commands in every place that holds one; figures of any size."""
    name = hostile + noise
    finding = regression(message=name, metric=name, name=name, estimate=figure)
    part = Part(name=name, verdict=Verdict.FAIL, n=3, estimate=0.1, interval=(0.0, 0.2), note=name)
    facts = replace(
        RICH,
        project=name,
        repeat=name,
        machine=name,
        tier=name,
        next_step=name,
        commit=name,
        warnings=(name,),
        models=(
            model(
                finding,
                replace(slices(3), name=name, metric=name, parts=(part, part)),
                name=name,
                baseline=name,
                rescored=name,
                gate_set=name,
                metrics=(MetricFact(name=name, candidate=figure, baseline=figure, difference=figure),),
            ),
            model(regression(), name="b"),
        ),
        stages=(StageFact(name=name, action="failed", reason=name, log=name, wall=figure),),
        curves=(CurveFact(name=name, values=(figure, 1.0)),),
        plots=tuple(replace(plot, of=name, title=name, note=name) for plot in RICH.plots),
    )
    page = render_page(facts)

    Markup(page).refuse_foreign()
    assert page.encode()
    assert len(page) < 1_000_000


def test_one_picture_that_goes_wrong_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> str:
        raise OverflowError("cannot convert")

    monkeypatch.setattr(plot_svg, "matrix", wrong)
    page = render_page(RICH)

    assert page.count("could not be drawn (OverflowError: cannot convert)") == 4
    assert page.count("<svg") == PAGE.count("<svg") - 4


def test_what_no_page_has_room_for_is_counted() -> None:
    metrics = tuple(MetricFact(name=f"m{at}", candidate=0.5) for at in range(MOST_ROWS + 7))
    stages = tuple(StageFact(name=f"s{at}", action="reused", reason="same") for at in range(40))
    page = render_page(run(models=(model(metrics=metrics),), stages=(*stages, *failed().stages)))

    assert "and 7 more in report.json" in page
    assert "<summary>41 more stages, reused</summary>" in page
    assert "<code>s7</code>" in page


def test_a_page_of_a_run_is_known_again_and_no_other_is_taken_for_one() -> None:
    """Whoever writes a page over another asks first what is there."""
    head = PAGE.encode()[:HEAD]
    hostile = render_page(replace(passed(), project="PASS: people")).encode()[:HEAD]

    assert is_page(head)
    assert not is_check(head)
    assert b"<title>PASS: people: " in hostile, "as the page of a check begins"
    assert not is_check(hostile)
    assert not is_page(b"<!doctype html>\n<html><title>" + head)
    assert not is_page(b"")


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert render_page(rich_run()) == PAGE


def test_a_run_without_pictures_shows_curves_and_distributions_as_text() -> None:
    """As reports of earlier versions have them."""
    facts: Any = replace(RICH, plots=())
    text = words(render_page(facts))

    assert "train[seed=0] loss" in text
    assert "60.0 % Bern" in text

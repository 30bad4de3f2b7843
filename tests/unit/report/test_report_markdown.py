"""The Markdown report: its order, its size, and that hostile text cannot change its shape."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from seatrial.replacing import replace
from seatrial.report.budget import LEAST
from seatrial.report.facts import CurveFact, MetricFact, RunFacts, StageFact
from seatrial.report.facts import TestsFact as JUnitFact
from seatrial.report.markdown import LIMIT, render_markdown
from seatrial.verdict import Decision, Verdict
from tests.support.report_samples import EVIL, SAMPLES, hostile, model, passed, performance, regression, run

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TAGS = {"h1", "h2", "p", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
WILD = st.text(max_size=40) | st.text(st.sampled_from("ab1 @#|`\\<>[]()!*_~&;:/.-+=$\n\t\x1b\u202e\udc80"), max_size=40)


def page(facts: RunFacts) -> str:
    return str(MARKDOWN.render(render_markdown(facts)))


def tables(rendered: str) -> list[list[int]]:
    """For each table, how many cells each of its rows has."""
    found = re.findall(r"<table>.*?</table>", rendered, re.DOTALL)
    return [
        [len(re.findall(r"<t[hd][ >]", row)) for row in re.findall(r"<tr>.*?</tr>", each, re.DOTALL)] for each in found
    ]


def huge(text: str, number: int = 300) -> RunFacts:
    """More of everything than any report can hold."""
    return run(
        models=tuple(
            model(
                regression(verdict, message=text),
                performance(message=text),
                name=f"m{index}",
                verdict=verdict,
                decision=Decision.BLOCK if verdict is Verdict.FAIL else Decision.ALLOW,
                metrics=(MetricFact(name=text, candidate=0.5),),
            )
            for index, verdict in enumerate([Verdict.PASS, Verdict.FAIL] * 20)
        ),
        stages=(
            *(StageFact(name=f"s{index}", action="reused", reason=text) for index in range(number)),
            StageFact(name="the-last-stage", action="failed", reason="exit code 1"),
        ),
        curves=tuple(CurveFact(name=f"{text}{index}", values=(1.0, 2.0)) for index in range(number)),
        tests=(JUnitFact(name="unit", passed=1, failed=number, errors=0, skipped=0, troubles=(text,) * number),),
        warnings=(text,) * number,
        repeat=text,
        next_step=text,
        project=text,
        run=text,
        started=text,
        commit=text,
        tier=text,
        machine=text,
        dirty=True,
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_headline_and_decision_come_first_and_the_sections_in_order(sample: str) -> None:
    lines = render_markdown(SAMPLES[sample]()).splitlines()
    order = ["# ", "## Model ", "## Stages", "## Curves", "## Tests", "## Warnings", "## This run"]
    places = [next((at for at, line in enumerate(lines) if line.startswith(title)), None) for title in order]
    there = [place for place in places if place is not None]

    assert there == sorted(there)
    assert there[0] == 0
    assert "Project " in lines[2]


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_page_has_only_plain_tags_and_every_row_the_cells_of_its_header(sample: str) -> None:
    """No link, image, HTML, rule or extra cell comes of what users wrote."""
    rendered = page(SAMPLES[sample]())

    assert set(re.findall(r"<(\w+)", rendered)) <= TAGS
    assert all(len(set(cells)) == 1 for cells in tables(rendered))


def test_hostile_texts_make_no_rows_items_or_headings() -> None:
    """Twelve hostile names are twelve rows and twelve items."""
    rendered = page(hostile())

    assert [len(cells) - 1 for cells in tables(rendered)] == [2, len(EVIL), len(EVIL), len(EVIL), 1, 1]
    assert rendered.count("<li>") == 2 * len(EVIL)
    assert rendered.count("<h1>") == 1
    assert rendered.count("<h2>") == 8


@settings(max_examples=60)
@given(WILD, WILD, WILD)
def test_no_name_message_or_command_changes_the_shape_of_the_page(name: str, message: str, command: str) -> None:
    """The same report with harmless texts has the same tags in the same order, code aside."""

    def shape(one: str, two: str, three: str) -> list[str]:
        facts = run(
            project=one,
            models=(
                model(regression(message=two, name=one), name=one, metrics=(MetricFact(name=one, candidate=1.0),)),
            ),
            stages=(StageFact(name=one, action="ran", reason=two),),
            warnings=(two,),
            repeat=three,
            next_step=three,
        )
        return re.findall(r"</?(?!code)\w+", page(facts))

    harmless = ["x" if text.strip() else text for text in (name, message, command)]
    assert shape(name, message, command) == shape(*harmless)


def test_every_figure_of_the_metrics_table_stands_beside_the_baseline() -> None:
    assert "| `accuracy` | 0.919 | 0.931 | +0.012 up | [+0.001, +0.024] | **PASS** (not w" in render_markdown(passed())


def test_a_column_that_no_stage_needs_is_left_out() -> None:
    text = render_markdown(run(stages=(StageFact(name="a", action="reused", reason="same"),)))

    assert "| stage | action | why |" in text


def test_a_run_with_nothing_to_say_still_has_its_headline_and_the_command() -> None:
    text = render_markdown(run())

    assert text.startswith("# DONE: no stage was needed; no model was judged\n")
    assert "To repeat it: `seatrial run`" in text
    assert "Next:" not in text


def test_a_dirty_tree_is_said_in_words() -> None:
    assert "changes that are not committed" in render_markdown(run(dirty=True))
    assert "changes that are not committed" not in render_markdown(run())


@pytest.mark.parametrize(
    "text", ["x" * 300, "|" * 1000, "😀" * 1000, "\u202e" * 1000, "a|`" * 400, "😀|" * 500, "😀@|" * 300]
)
@pytest.mark.parametrize("limit", [LIMIT, LEAST])
def test_a_report_keeps_to_its_bytes_whatever_is_in_it(text: str, limit: int) -> None:
    """The limit is in bytes of UTF-8, and escapes and wide characters count in full."""
    report = render_markdown(huge(text), limit=limit)

    assert len(report.encode()) <= limit
    assert len(report.encode()) > limit - 5_000  # no more is left out than must be
    assert report.startswith("# FAIL 20 models · PASS 20 models · FAILED STAGES 1: m1: ")
    assert "To repeat it: " in report
    assert f"Left out to stay within {limit:,} bytes: " in report


def test_a_long_report_loses_reused_stages_and_curves_before_what_failed() -> None:
    """What says no stays, and the report says how much is missing."""
    report = render_markdown(huge("a sentence of a usual length, more or less", 600))

    assert "| `the-last-stage` | **failed** |" in report
    assert all(f"| **FAIL** | `m{index}` | block |" in report for index in range(1, 40, 2))
    assert re.search(r"Left out to stay within 60,000 bytes: .*\d+ stages.*`report.json` has everything\.", report)


def test_what_fits_is_not_cut() -> None:
    assert "Left out" not in render_markdown(passed())


def test_far_too_many_failed_models_are_cut_at_last_and_counted() -> None:
    """The headline then still has their number."""
    failures = tuple(model(regression(Verdict.FAIL), name=f"m{i}", verdict=Verdict.FAIL) for i in range(2000))
    report = render_markdown(run(models=failures))

    assert len(report.encode()) <= LIMIT
    assert report.startswith("# FAIL 2,000 models: m0: ")
    assert re.search(r"Left out .*[\d,]+ models, ", report)


def test_a_limit_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        render_markdown(run(), limit=100)


def test_a_curve_that_diverged_says_so_in_words() -> None:
    facts = replace(run(), curves=(CurveFact(name="loss", values=(1.0, float("nan")), diverged_at=40.0),))

    assert "| `loss` | `▄·` | 1.000 | 1.000 | 1.000 | NaN | **diverged at step 40** |" in render_markdown(facts)

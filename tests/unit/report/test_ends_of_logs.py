"""The end of a failed stage's log in each form of a report: it is there, it is harmless, and it goes as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from seatrial.errors import UserError
from seatrial.replacing import replace
from seatrial.report import serial
from seatrial.report.budget import LEAST
from seatrial.report.comment import render_comment
from seatrial.report.facts import MOST_LOG_BYTES, MOST_LOG_LINES, RunFacts, StageFact
from seatrial.report.junit_xml import render_junit
from seatrial.report.markdown import render_markdown
from seatrial.report.page import render_page
from tests.support.markup import Markup
from tests.support.report_samples import data, run

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TRACE = ("Traceback (most recent call last):", '  File "train.py", line 3', "ValueError: <b>no rows</b>")
WILD = st.lists(
    st.sampled_from(["```", "````` x", "~~~", "/merge", " /close", "<!-- x -->", "</details>", "# PASS", ""])
    | st.text(max_size=40),
    min_size=1,
    max_size=MOST_LOG_LINES,
)


def broken(*logs: tuple[str, ...]) -> RunFacts:
    """A run in which a stage failed for each of these logs."""
    stages = (
        StageFact(name=f"s{at}", action="failed", reason="exit code 3", log=f"logs/s{at}.log", log_end=log)
        for at, log in enumerate(logs)
    )
    return run(stages=(StageFact(name="first", action="ran", reason="new"), *stages))


@pytest.mark.parametrize("render", [render_markdown, lambda facts: render_comment(facts, None)])
def test_markdown_shows_the_end_of_a_log_below_the_stages_as_it_was_printed(
    render: Callable[[RunFacts], str],
) -> None:
    text = render(broken(TRACE))

    block = "\n".join(("```", *(f"  {line}" for line in TRACE), "```"))
    assert f"The log of `s0` ends with:\n\n{block}\n" in text
    assert text.index("exit code 3 (log:") < text.index(block) < text.index("To repeat it")


def test_the_page_shows_it_below_its_stage_and_failures_come_first_in_words_and_colour() -> None:
    page = render_page(broken(TRACE))
    Markup(page).refuse_foreign()

    assert "ends with:</p>\n<pre>Traceback" in page
    assert "\n  File &quot;train.py&quot;, line 3\nValueError: &lt;b&gt;no rows&lt;/b&gt;</pre>" in page
    assert page.index("<strong class=failed>failed</strong>") < page.index("<code>first</code>")


def test_a_junit_file_says_it_in_the_text_of_the_error() -> None:
    error = ET.fromstring(render_junit(broken(TRACE)).encode()).find(".//error")

    assert error is not None
    assert (error.text or "").endswith("\n".join(("its log ends with:", *(f"  {line}" for line in TRACE))))
    assert "Traceback" not in error.attrib["message"]


def test_a_stage_that_failed_because_its_data_did_has_no_log_shown() -> None:
    """What is wrong is said with the data."""
    facts = data()
    stages = tuple(
        StageFact(name=one.name, action=one.action, reason=one.reason, log_end=("a finding again",))
        for one in facts.stages
    )
    told = replace(facts, stages=stages)

    assert "a finding again" not in render_markdown(told) + render_page(told)


@settings(max_examples=60, deadline=None)
@given(WILD)
def test_no_line_of_a_log_leaves_its_block_or_begins_with_a_slash(log: list[str]) -> None:
    text = render_comment(broken(tuple(log)), None)
    (fence,) = (token for token in MARKDOWN.parse(text) if token.type == "fence")

    assert fence.content.count("\n") == len(log)
    assert fence.info == ""
    assert not re.search(r"^/", text, re.MULTILINE)
    harmless = render_comment(broken(("x",) * len(log)), None)
    tags = [re.findall(r"</?\w+", str(MARKDOWN.render(each))) for each in (text, harmless)]
    assert tags[0] == tags[1]


@settings(max_examples=30, deadline=None)
@given(WILD, st.integers(LEAST, 30_000), st.integers(0, 400))
def test_a_log_that_has_no_room_goes_as_a_whole(log: list[str], limit: int, many: int) -> None:
    facts = broken(*[tuple(line * 20 for line in log)] * 3, *[()] * many)
    text = render_markdown(facts, limit=limit)
    fences = [token for token in MARKDOWN.parse(text) if token.type == "fence"]

    assert len(text.encode()) <= limit
    assert len(fences) == text.count("` ends with:")
    assert "To repeat it: " in text
    assert all(token.map and token.content.count("\n") == len(log) for token in fences)


def test_three_logs_are_shown_and_the_others_counted() -> None:
    text = render_markdown(broken(*[TRACE] * 5))

    assert text.count("` ends with:") == 3
    assert "And 2 more logs, in `report.json`." in text


@pytest.mark.parametrize(
    "log_end", [["x"] * (MOST_LOG_LINES + 1), ["\u20ac" * (MOST_LOG_BYTES // 3 + 1)], "x", [1], None]
)
def test_a_stored_end_that_is_longer_than_ours_or_no_text_is_refused(log_end: object) -> None:
    """A report that is posted may come from a stranger."""
    stored = json.loads(serial.to_text(broken(TRACE)))
    stored["stages"][1]["log_end"] = log_end

    with pytest.raises(UserError) as caught:
        serial.from_json(stored)
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert (problem.place.key or "").startswith("stages[1].log_end")


def test_a_stored_end_comes_back_and_an_earlier_report_has_none() -> None:
    stored = serial.to_json(broken(TRACE))
    earlier = json.loads(json.dumps(stored))
    del earlier["stages"][1]["log_end"]

    assert serial.from_json(stored).stages[1].log_end == TRACE
    assert serial.from_json(earlier).stages[1].log_end == ()

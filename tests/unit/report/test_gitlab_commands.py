"""GitLab carries out a line of a comment that begins with `/close`, and replaces text after it was rendered: no text
of ours gives it any."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report import facts as fact
from seatrial.report.comment import Earlier, render_comment
from seatrial.report.escape import code, prose
from seatrial.report.links import Links
from seatrial.report.markdown import render_markdown, render_summary
from seatrial.verdict import Decision, Verdict
from tests.support import report_samples as samples
from tests.support.rendered import outside_code, rendered, words_of

COMMAND = re.compile(r"^/", re.MULTILINE)
PLANTED = ("/merge", "/close", "/approve", "/label ~bug", "x\n/merge", "x\r\n/close\r\n", "/\rmerge", "\u2028/merge")


def everywhere(text: str) -> fact.RunFacts:
    """A run in which every name, reason and message is that text."""
    finding = samples.performance(Verdict.FAIL, name=text, metric=text, message=text)
    judged = samples.model(
        finding,
        name=text,
        gate_set=text,
        baseline=text,
        rescored=text,
        promoted_to=text,
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        metrics=(fact.MetricFact(name=text, candidate=0.5, baseline=0.4, group=text),),
    )
    return samples.run(
        project=text,
        run=text,
        started=text,
        repeat=text,
        machine=text,
        tier=text,
        commit=text,
        next_step=text,
        models=(judged, judged),
        checks=(samples.a_check(name=text, dataset=text, next_step=text),),
        stages=(fact.StageFact(name=text, action="failed", reason=text, log=text),),
        curves=(fact.CurveFact(name=text, values=(1.0, 2.0)),),
        tests=(fact.TestsFact(name=text, passed=0, failed=1, errors=0, skipped=0, troubles=(text,)),),
        warnings=(text,),
    )


@pytest.mark.parametrize("text", PLANTED)
def test_no_line_of_a_comment_begins_with_a_command(text: str) -> None:
    """Whatever the names, reasons and messages of a run are, and its addresses and earlier headlines."""
    links = Links(report=text, run=text)
    earlier = [Earlier(sha=text, run=text, headline=text)]
    facts = everywhere(text)
    told = [
        render_markdown(facts, links=links),
        render_summary(facts, links=links),
        *(render_comment(facts, model, limit=60_000, links=links, earlier=earlier) for model in (text, None)),
    ]

    assert [COMMAND.search(markdown) for markdown in told] == [None] * len(told)


@given(st.text(st.sampled_from("/abc \n\r\t`\\|<")) | st.text())
def test_no_text_alone_on_its_line_is_a_command(text: str) -> None:
    for markdown in (prose(text), prose(f"/{text}"), code(text), code(f"/{text}")):
        assert not markdown.startswith("/")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("/merge", "\\/merge"),
        ("/tmp/x is missing", "\\/tmp/x is missing"),
        ("see src/a.py", "see src/a.py"),
        (":tada: done", "`:tada:` done"),
        ("tests/a.py::test_b: it failed", "tests/a.py::test_b: it failed"),
        ("gates.yaml:12: no", "gates.yaml:12: no"),
        ("lines :12:40", "lines :12:40"),
        ("[TOC]", "`[TOC]`"),
        ("[[_TOC_]]", "`[[_TOC_]]`"),
        ("{+ added +} and [- gone -]", "`{+ added +}` and `[- gone -]`"),
        ('~"my label" %"my milestone"', '`~"my` label" `%"my` milestone"'),
        ("interval [-0.024, +0.001]", "interval \\[-0.024, +0.001\\]"),
        ("[vulnerability:12]", "`[vulnerability:`12\\]"),
        ("{{ x }} {% y %}", "{{ x }} {% y %}"),
    ],
)
def test_what_gitlab_would_replace_stands_in_code(text: str, markdown: str) -> None:
    assert prose(text) == markdown
    assert words_of(rendered(prose(text))) == f"x{text}y".replace(" ", "")


@pytest.mark.parametrize("reference", ["@all", "!12", "&1", "#3", "%1", "~bug", "^alert#1", "$x$", ":tada:", '~"a b"'])
def test_no_reference_is_left_outside_of_code(reference: str) -> None:
    for text in (reference, f"see {reference}.", f"({reference})", f"a {reference}, b"):
        assert reference.split(" ", maxsplit=1)[0] not in outside_code(rendered(prose(text)))


def test_a_comment_holds_no_front_matter() -> None:
    """`---` in its first line would begin it."""
    for text in ("---\ntitle: x\n---", "+++", ";;;"):
        assert render_markdown(everywhere(text)).startswith("# ")

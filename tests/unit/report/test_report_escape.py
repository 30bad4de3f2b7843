"""Hostile text stays text, in a terminal and in rendered Markdown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.report.escape import ELLIPSIS, code, log_line, plain, prose, shorten, visible
from tests.support.rendered import MARKDOWN, outside_code, rendered, words_of
from tests.support.report_samples import EVIL

TRICKY = st.text(st.sampled_from("ab1 @#|`\\<>[]()!*_~&;:/.-+=$^%{}\"'\n\t\x1b\u202e\u200b\udc80é数")) | st.text()
Test = TypeVar("Test", bound=Callable[..., None])
HARMLESS_TAGS = {"p", "code"}


def each_evil(test: Test) -> Test:
    """Adds one Hypothesis example per hostile text."""
    for text in EVIL.values():
        test = example(text)(test)
    return test


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mFAILED\x1b[0m here", "FAILED here"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\nb\r\n", "a\\nb"),
        ("a\tb\u3000c\xa0d", "a b c d"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("line\u2028end", "line\\u2028end"),
        ("caf\udce9\udcff.json", "caf\\xe9\\xff.json"),
        ("\udc7f\ud800", "\\udc7f\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("数字 😀", "数字 😀"),
        (" \t::error::x", "\\x3a:error::x"),
        ("\x1b[1m::error::x", "\\x3a:error::x"),
        ("a\u3000::error::x", "a \\x3a:error::x"),
        ("test_a.py::test_b", "test_a.py::test_b"),
        ("loss##[add-mask]a", "loss\\x23#[add-mask]a"),
        ("###[x]", "#\\x23#[x]"),
    ],
)
def test_colours_go_and_what_does_not_print_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(("bound", "text"), [(9, "abcdefghi"), (5, "ab…hi"), (4, "ab…i"), (2, "a…"), (1, "…"), (0, "")])
def test_long_text_is_cut_in_the_middle(bound: int, text: str) -> None:
    assert shorten("abcdefghi", bound) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("accuracy 0.871, 0.041 below digits@2 (production)", "accuracy 0.871, 0.041 below digits@2 (production)"),
        ("declared with `seatrial models promote --first`", "declared with `seatrial models promote --first`"),
        ("max_degradation of train[seed=0]", "max_degradation of train\\[seed=0\\]"),
        ("ask @team, see https://a.example/x.", "ask `@team`, see `https://a.example/x`."),
        ("a|b", "a&#124;b"),
        ("# one", "\\# one"),
        ("1. one", "1\\. one"),
        ("- one", "\\- one"),
        ("-0.041 is less", "-0.041 is less"),
        ("a ` b", "a &#96; b"),
        ("", ""),
    ],
)
def test_a_sentence_stays_readable_as_markdown_source(text: str, markdown: str) -> None:
    assert prose(text) == markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [("train[seed=0]", "`train[seed=0]`"), ("a|b", "`a`&#124;`b`"), ("`", "&#96;"), ("<b>", "&lt;`b>`"), ("", "")],
)
def test_a_name_is_a_code_span_without_pipes_backticks_or_tags_in_it(text: str, markdown: str) -> None:
    assert code(text) == markdown


@each_evil
@given(TRICKY)
def test_no_output_holds_a_tag_a_pipe_or_a_character_that_does_not_print(text: str) -> None:
    """One printable line, whatever came in; it can stand in a table cell."""
    for markdown in (prose(text), code(text)):
        assert markdown.isprintable()
        assert "<" not in markdown
        assert "|" not in markdown
    assert plain(text).isprintable()
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in plain(text))


@each_evil
@given(TRICKY)
def test_rendered_markdown_shows_exactly_the_text(text: str) -> None:
    """No link, image, emphasis or HTML comes of any text, and no character of it is lost."""
    quotes_gone = re.sub(r"`([^`]+)`", r"\1", plain(text))
    for page, shown in ((rendered(code(text, bound=600)), plain(text)), (rendered(prose(text)), quotes_gone)):
        assert set(re.findall(r"<(\w+)", page)) <= HARMLESS_TAGS
        assert words_of(page) == f"x{shown}y".replace(" ", "")


@each_evil
@given(TRICKY)
def test_text_at_the_start_of_an_item_or_a_heading_opens_no_block(text: str) -> None:
    """A warning that begins like a list, a heading or a quote is still one paragraph."""
    for markdown in filter(None, (prose(text), code(text))):
        assert set(re.findall(r"<(\w+)", MARKDOWN.render(f"- {markdown}"))) <= {"ul", "li", "code"}
        assert set(re.findall(r"<(\w+)", MARKDOWN.render(f"# {markdown}"))) <= {"h1", "code"}


@each_evil
@given(TRICKY)
def test_nothing_a_forge_links_is_left_outside_code(text: str) -> None:
    """Mentions, references and bare addresses only ever stand in code, where no forge looks."""
    for markdown in (prose(text), code(text)):
        left = outside_code(rendered(markdown))
        assert not re.search(r"(?<![A-Za-z0-9_])@\w|://|\bwww\.\w|(?<!\w)[#!]\d|\$", left, re.IGNORECASE)


@given(st.text(), st.integers(min_value=0, max_value=40))
def test_bounded_text_keeps_to_its_bound(text: str, bound: int) -> None:
    """A bound holds for any text, and what fits is not touched."""
    short = plain(text, bound=bound)

    assert len(short) <= bound
    assert short == visible(text) or ELLIPSIS in short or bound == 0


def test_a_line_of_a_log_keeps_its_indentation() -> None:
    lines = ('  File "x.py", line 1', "\tat \x1b[31mMain\x1b[0m\n", "", "   ", "x" * 700)

    assert [log_line(line, bound=20) for line in lines] == [
        '  File "x.…", line 1',
        "        at Main",
        "",
        "",
        "xxxxxxxxxx…xxxxxxxxx",
    ]


def test_making_text_visible_twice_changes_nothing() -> None:
    assert [visible(visible(text)) for text in EVIL.values()] == [visible(text) for text in EVIL.values()]


@pytest.mark.parametrize("text", ["a" * 5_000_000, "@" * 5_000_000, "a`" * 2_000_000, "www." * 1_000_000])
def test_a_huge_text_costs_no_more_than_what_is_shown_of_it(text: str) -> None:
    """Escaping looks at the ends only; a search through all of it would take minutes here."""
    assert len(prose(text)) < 6_000

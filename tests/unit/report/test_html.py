"""The shell of a page: it lets a browser do nothing but apply its own style, and text from people is never markup."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report import html
from seatrial.report.escape import TEXT_BOUND, plain
from seatrial.report.html import Markup
from seatrial.verdict import Verdict
from tests.support.markup import Markup as Page

HOSTILE = ("<script>alert(1)</script>", "\"' onload=x <b>", "</style><img src=//x>", "a\u202eb\x1b[31mc\ud800", "&lt;")


def _policy(page: str) -> dict[str, str]:
    [said] = [
        value
        for tag, name, value in Page(page).attributes
        if tag == "meta" and name == "content" and "src" in (value or "")
    ]
    return dict(part.strip().split(" ", 1) for part in (said or "").split(";"))


def test_the_policy_allows_the_one_style_and_nothing_else() -> None:
    """The digest is that of the style element as a browser reads it; every other door is shut."""
    page = html.page("x", ["<p>y</p>"], style=".own{color:red}\n")
    allowed = _policy(page)
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)

    assert ".own{color:red}" in style
    assert allowed.pop("style-src") == f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    assert set(allowed.values()) == {"'none'"}
    assert {"default-src", "base-uri", "form-action"} <= set(allowed)


def test_the_policy_stands_before_all_that_it_forbids() -> None:
    """A browser applies it from where it stands on; only the encoding comes first."""
    assert html.page("x", []).index("Content-Security-Policy") < html.page("x", []).index("<title>")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_becomes_markup_anywhere(hostile: str) -> None:
    """In every place that takes text the page has the elements it has with a plain word there."""

    def made(word: str) -> Page:
        body = [
            *html.paragraph(word),
            *html.bullets([word]),
            *html.table([word], [[word, word]], right=[0], caption=word),
            *html.details(word, [html.code(word)]),
        ]
        return Page(html.page(word, body))

    safe, tried = made("word"), made(hostile)

    assert tried.seen == safe.seen
    assert tried.attributes == safe.attributes
    assert tried.words.count(plain(hostile)) == safe.words.count("word")


@given(st.text(max_size=60))
def test_text_reads_back_as_what_a_terminal_would_show(value: str) -> None:
    """Escaping loses nothing, in an element and in a quoted attribute."""
    shown = html.text(value)

    assert unescape(shown) == plain(value)
    assert not set(shown) & set("<>\"'")


def test_text_is_bounded() -> None:
    """A name of 70 KB does not make the page unreadable."""
    assert len(html.text("n" * 70_000)) == TEXT_BOUND
    assert len(html.code("n" * 70_000, bound=80)) == 80 + len("<code></code>")


def test_what_our_words_quote_is_code_even_where_it_would_be_markup() -> None:
    assert html.sentence("see `a<b`, then `c`") == "see <code>a&lt;b</code>, then <code>c</code>"


def test_markup_goes_out_once_and_a_string_made_of_it_is_text_again() -> None:
    """Joining markup with anything forgets that it was markup, which shows instead of running."""
    assert html.text(Markup("<b>x</b>")) == "<b>x</b>"
    assert html.text(Markup("<b>x</b>") + "<i>") == "&lt;b&gt;x&lt;/b&gt;&lt;i&gt;"


def test_nothing_makes_no_element() -> None:
    assert html.paragraph(None) == html.paragraph("") == html.bullets([]) == []


def test_a_verdict_is_a_word_with_its_colour() -> None:
    assert html.verdict(Verdict.INCONCLUSIVE) == "<strong class=INCONCLUSIVE>INCONCLUSIVE</strong>"
    assert all(f".{verdict.value}" in html.STYLE for verdict in Verdict)


def test_figures_stand_at_the_right() -> None:
    lines = "".join(html.table(["a", "b"], [["x", "1"]], right=[1]))

    assert "<th scope=col>a</th><th scope=col class=r>b</th>" in lines
    assert "<td>x</td><td class=r>1</td>" in lines

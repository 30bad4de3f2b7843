"""Reports of a check as Markdown and as a page: whole, bounded, well-formed, and nothing from the data is markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.data.columns import Kind
from seatrial.data.profile.records import Binning, Items, PairSums, Profile, RowSample
from seatrial.data.result import Check, Example, Examples
from seatrial.data.statistics import MASK, statistics
from seatrial.replacing import replace
from seatrial.report.data_markdown import LIMIT, blocks, render_markdown, statistic_cells
from seatrial.report.data_page import render_page
from seatrial.report.data_pictured import pictured
from seatrial.report.data_shapes import shape
from seatrial.report.data_svg import svg
from tests.support.data_checks import BROKEN, DRIFTED, GOOD, UNSURE, a_check, binning, numbers, texts

_EDGES = (1.0, 2.0, 3.0)
_VOID = {"meta", "br", "rect", "path"}


def _profile(counted: tuple[int, ...], word: str = "DE") -> Profile:
    income, city = numbers(_EDGES, counted, 0.0, 4.0), texts((30, 10))
    income = replace(income, column=replace(income.column, name="income"))
    city = replace(
        city,
        column=replace(city.column, name="city"),
        items=Items(counts=((word, 30), ("FR", 10)), complete=True),
    )
    return Profile(
        rows=40,
        columns={"income": income, "city": city},
        binning=Binning(columns={"income": binning(*_EDGES), "city": binning(words=(word,))}, digest="d"),
        sample=RowSample(hashing="", hashes=(), bare_hashes=(), columns=(), codes=b""),
        pairs=PairSums(columns=(), count=0, totals=(), sums=()),
        parts=(("b3:1", 40),),
    )


def _with_profiles(check: Check, *, word: str = "DE", sensitive: frozenset[str] = frozenset()) -> Check:
    current = _profile((10, 10, 10, 10), word)
    return replace(
        check,
        profile=current,
        reference_profile=_profile((40, 0, 0, 0), word),
        statistics=statistics(current, sensitive, lambda _: 38),
        sensitive=sensitive,
    )


class _Tags(HTMLParser):
    """The names of all elements, and whether every one that opens closes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag


def _tags(page: str) -> set[str]:
    parser = _Tags()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


def test_the_page_is_whole_and_stands_alone() -> None:
    """No script, no link, no address: it opens from a folder of artifacts years later."""
    page = render_page(_with_profiles(a_check(DRIFTED, BROKEN, UNSURE, GOOD, notes=("a note",))))
    seen = _tags(page)

    assert {"svg", "table", "figure", "h1"} <= seen
    assert seen.isdisjoint({"script", "link", "img", "iframe", "a"})
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert page.count("<figure>") == 2
    assert "contract.yaml:12:5" in page


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_no_value_of_the_data_becomes_markup(value: str) -> None:
    """A column name, a value, a message, a note: whatever they hold, the page has the elements it would have had."""
    hostile = f"<script>{value}</script>&<img src=x onerror=y>"
    rows = Examples(check="c", column=hostile, columns=(hostile,), rows=(Example(row=0, cells=(hostile,)),))
    check = a_check(
        replace(DRIFTED, message=hostile, column="city"), notes=(hostile,), examples=(rows,), dataset=hostile
    )

    assert _tags(render_page(_with_profiles(check, word=hostile))).isdisjoint({"script", "img"})


@given(st.text(max_size=40))
def test_a_picture_is_well_formed_whatever_it_names(word: str) -> None:
    """SVG is XML, which forgives nothing."""
    drawn = shape(texts((3, 1)), texts((1, 3)), binning(words=(word,)))
    assert drawn is not None
    root = ET.fromstring(svg(drawn, f"of {word}"))

    assert root.get("role") == "img"
    assert len(root.findall(".//{*}rect[@class='now']")) == len(drawn.labels) + 1  # one in the legend


def test_a_standing_picture_draws_both_sides_in_its_frame() -> None:
    """Every bar lies within the picture, and the reference is an outline."""
    drawn = shape(
        numbers(_EDGES, (10, 10, 10, 10), 0.0, 4.0), numbers(_EDGES, (40, 0, 0, 0), 0.0, 4.0), binning(*_EDGES)
    )
    assert drawn is not None
    root = ET.fromstring(svg(drawn, "x"))
    _, _, width, height = (float(part) for part in (root.get("viewBox") or "").split())

    assert len(root.findall(".//{*}rect[@class='now']")) == 41  # one in the legend
    bars = root.findall("{*}rect[@class='now']")
    assert len(bars) == 40
    assert all(float(bar.get("y") or -1) >= 0 for bar in bars)
    assert all(float(bar.get("x") or -1) + float(bar.get("width") or 0) <= width for bar in bars)
    assert all(float(bar.get("y") or 0) + float(bar.get("height") or 0) <= height for bar in bars)
    assert len(root.findall(".//{*}path[@class='was']")) == 2


def test_sensitive_columns_show_no_value() -> None:
    """Neither the statistics nor a picture give away what the contract hides."""
    check = _with_profiles(a_check(DRIFTED, UNSURE), word="Geheim", sensitive=frozenset({"city"}))
    shown = render_page(check) + render_markdown(check)

    assert "Geheim" not in shown
    assert MASK in shown
    assert [name for name, _ in pictured(check)] == ["income"]
    assert "Geheim" in render_page(replace(_with_profiles(a_check(DRIFTED, UNSURE), word="Geheim")))


def test_columns_with_findings_are_drawn_first() -> None:
    """The worst column leads, and what nobody asked about is not drawn."""
    assert [name for name, _ in pictured(_with_profiles(a_check(UNSURE, DRIFTED)))] == ["income", "city"]
    assert [name for name, _ in pictured(_with_profiles(a_check(BROKEN)))] == []
    assert pictured(a_check(DRIFTED)) == []


def test_markdown_begins_with_the_headline_and_has_every_part() -> None:
    """A reviewer reads the first line and may stop."""
    rows = Examples(check="contract.range", column="age", columns=("id",), rows=(Example(row=7, cells=("a|b",)),))
    text = render_markdown(_with_profiles(a_check(DRIFTED, BROKEN, UNSURE, GOOD, examples=(rows,), notes=("a note",))))

    assert text.startswith("## FAIL: decision block, 2 of 4 statements fail, 1 could not be decided\n")
    for part in ("`contract.yaml:12:5 columns.age.max`", "PASS 1:", "Next: ", "- a note"):
        assert part in text
    assert text.index("## Rows for") < text.index("## Distributions") < text.index("## Statistics")
    assert "a|b" not in text


@pytest.mark.parametrize("findings", [3000])
def test_a_long_report_keeps_what_fails_and_says_what_it_left_out(findings: int) -> None:
    """Forges cut comments silently; this says so, and the first finding is always there."""
    many = [replace(DRIFTED, column=f"column{number}", message="x" * 100) for number in range(findings)]
    text = render_markdown(a_check(*many))

    assert len(text.encode()) <= LIMIT
    assert "findings" in text.split("\n|")[0]
    assert "column0" in text


def test_blocks_share_one_scale() -> None:
    """The same height on both sides is the same share; what is there can be seen, what is not there cannot."""
    assert blocks((0.0, 0.001, 0.5, 1.0), 1.0) == " ▁▅█"
    assert blocks((0.5,), 0.5) == "█"
    assert blocks((0.0,), 0.0) == " "


def test_statistics_tell_what_is_estimated() -> None:
    """A count by sketch is not told like an exact one."""
    income, city = statistics(_profile((10, 10, 10, 10)), (), lambda _: 38)

    assert (income.distinct, income.estimated, income.kind) == (38, True, Kind.NUMBER)
    assert (income.least, income.mean, income.most) == ("0", "2", "4")
    assert (city.distinct, city.estimated, city.top, city.top_share) == (2, False, "DE", 0.75)


def test_a_column_of_one_value_without_a_reference_is_drawn() -> None:
    """The fewest bars there can be, on one side alone, in every face."""
    one = replace(texts((5, 0)), column=replace(texts((5, 0)).column, name="city"))
    profile = replace(_profile((10, 10, 10, 10)), columns={"city": one})
    check = replace(a_check(UNSURE), profile=profile)

    assert "<svg" in render_page(check)
    assert "100.0 % DE" in render_markdown(check)


def test_names_that_our_words_quote_are_code_and_places_stand_apart() -> None:
    """Also where the name would be markup."""
    page = render_page(a_check(replace(BROKEN, message="`a<b`: 3 values lie outside")))

    assert "<code>a&lt;b</code>: 3 values lie outside" in page
    assert "5,000 rows · contract.yaml:12:5" in page


def test_shares_that_are_not_nothing_do_not_read_as_nothing() -> None:
    profile = _profile((9_999, 1, 0, 0))
    rare = replace(profile.columns["income"], items=Items(counts=(("7", 1),), complete=False))
    [told] = statistics(replace(profile, columns={"income": rare}), (), lambda _: None)

    assert statistic_cells(told)[-1] == "7 (< 0.1 %)"

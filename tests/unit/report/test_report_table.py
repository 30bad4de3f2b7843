"""Plain-text tables and the fitting of text to columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report.fit import columns, pad, squeeze, wrap
from seatrial.report.table import table

TEXT = st.text(st.sampled_from("abc é数😀e\u0301\n\x1b|"), max_size=60)


def lines(*expected: str) -> str:
    return "\n".join(expected)


def test_figures_stand_at_the_right_and_words_at_the_left() -> None:
    text = table([("train", "1.2 s", "ran"), ("evaluate", "10.4 s", "reused")], ("stage", "time", "action"))

    assert text == lines(
        "stage       time  action",
        "train      1.2 s  ran",
        "evaluate  10.4 s  reused",
    )


def test_alignment_can_be_asked_for() -> None:
    assert table([("1", "x")], ("number", "word"), align="lr") == lines("number  word", "1          x")


def test_the_last_column_wraps_and_the_others_stay_empty_beneath() -> None:
    text = table([("train", "because a file that it reads was changed")], ("stage", "why"), width=32)

    assert text == lines(
        "stage  why",
        "train  because a file that it",
        "       reads was changed",
    )


def test_names_too_wide_are_shortened_in_the_middle_before_the_sentence_loses_its_room() -> None:
    name = "train[learning_rate=0.001,seed=12]"
    text = table([(name, "its parameters changed since then")], ("stage", "why"), width=48)

    assert text == lines(
        "stage                   why",
        "train[learn…1,seed=12]  its parameters changed",
        "                        since then",
    )


def test_columns_that_are_empty_everywhere_are_left_out() -> None:
    assert table([("a", "", "x"), ("b", "", "y")], ("one", "two", "three")) == lines("one  three", "a    x", "b    y")


def test_no_rows_are_no_table() -> None:
    assert table([], ("one", "two")) == ""
    assert table([("", "")], ("one", "two")) == ""


def test_cells_cannot_move_the_cursor_or_start_a_new_line() -> None:
    assert table([("a\nb\x1b[2J", "\x1b[31mred\x1b[0m")], ("one", "two")) == lines(
        "one          two", "a\\nb\\x1b[2J  red"
    )


def test_paint_sees_the_column_as_the_caller_counts_it_and_never_the_header() -> None:
    seen: list[tuple[int, str]] = []

    def paint(column: int, text: str) -> str:
        seen.append((column, text))
        return f"<{text}>"

    text = table([("PASS", "", "x")], ("verdict", "left out", "why"), paint=paint)

    assert text == lines("verdict  why", "<PASS   >  <x>")
    assert seen == [(0, "PASS   "), (2, "x")]


@pytest.mark.parametrize(
    ("rows", "align", "width"), [([("a",)], None, 80), ([("a", "b")], "l", 80), ([("a", "b")], None, 3)]
)
def test_a_table_that_cannot_be_laid_out_is_refused(rows: list[tuple[str, ...]], align: str | None, width: int) -> None:
    with pytest.raises(ValueError, match="table"):
        table(rows, ("one", "two"), align=align, width=width)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6), st.integers(min_value=12, max_value=100))
def test_no_line_of_any_table_is_wider_than_asked(rows: list[tuple[str, str, str]], width: int) -> None:
    """Wide characters, combining marks and escapes included."""
    for line in table(rows, ("one", "two", "three"), width=width).split("\n"):
        assert columns(line) <= width
        assert line.isprintable()
        assert line == line.rstrip()


def test_wide_characters_take_two_columns_and_combining_marks_none() -> None:
    assert [columns("abc"), columns("数字"), columns("e\u0301"), columns("😀"), columns("\uff21")] == [3, 4, 1, 2, 2]
    assert pad("数", 4) + "|" == "数  |"
    assert pad("数", 4, right=True) == "  数"


def test_squeezed_text_keeps_both_ends() -> None:
    assert squeeze("train[seed=0].model", 9) == "trai…odel"
    assert squeeze("数字の分類", 6) == "数…類"
    assert [squeeze("abc", 3), squeeze("abc", 1), squeeze("abc", 0)] == ["abc", "…", ""]


@given(TEXT, st.integers(min_value=2, max_value=30))
def test_wrapping_loses_nothing_and_keeps_to_the_width(text: str, width: int) -> None:
    """The words come out whole and in order, save those too long for a line."""
    wrapped = wrap(text, width)

    assert "".join(wrapped).replace(" ", "") == "".join(text.split())
    assert all(columns(line) <= width for line in wrapped)


def test_wrapping_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="width of 1"):
        wrap("text", 1)

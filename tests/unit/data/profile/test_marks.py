"""Marks of texts, by example."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.data.profile import marks


def seen(text: str) -> dict[str, object]:
    found = marks.seen(pl.Series([text]))
    return {"shape": found.shapes[0], **{name: values[0] for name, values in found.columns.items()}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"empty"}),
        (" Ab", {"blank_ends", "upper", "lower"}),
        ("N/A", {"null_word", "upper", "punctuation"}),
        ("nan", {"null_word", "lower"}),
        ("nancy", {"lower"}),
        ("Müller", {"not_ascii", "upper", "lower"}),
        ("a\ufffdb", {"replacement", "not_ascii", "lower"}),
        ("a\x00b", {"control", "lower"}),
        ("-1.5e3", {"number_like", "punctuation", "digit", "lower"}),
        ("1,5", {"number_like", "punctuation", "digit"}),
        ("12 kg", {"digit", "lower"}),
        ("2026-01-31", {"date_like", "punctuation", "digit"}),
        ("31.1.26", {"date_like", "punctuation", "digit"}),
        ("1.5.0", {"punctuation", "digit"}),
    ],
)
def test_marks(text: str, expected: set[str]) -> None:
    """Each text has exactly these marks."""
    found = seen(text)

    assert {mark for mark in marks.MARKS if found[mark]} == expected


@pytest.mark.parametrize("text", ["café", "naïve", "Größe", "中文字", "пример", "5 €", "„so“", "Ñandú", "straße"])
@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_mojibake_is_utf8_read_as_something_else(text: str, codec: str) -> None:
    """The text itself has no such mark, its bytes in another encoding have."""
    damaged = text.encode().decode(codec, errors="ignore")

    assert not seen(text)["mojibake"]
    assert seen(damaged)["mojibake"]


@pytest.mark.parametrize(
    ("text", "shape"), [("Ab 12-x", "Aa 9-a"), ("ÄÖü", "Aa"), ("x" * 100, "a"), ("", ""), ("AB12cd", "A9a")]
)
def test_shapes(text: str, shape: str) -> None:
    """Runs are one sign."""
    assert seen(text)["shape"] == shape


@pytest.mark.parametrize(
    ("length", "place"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (8, 4), (9, 5), (1024, 11)]
)
def test_lengths_in_bins_of_powers_of_two(length: int, place: int) -> None:
    """0, 1, 2, 3-4, 5-8, ... characters."""
    assert seen("é" * length)["length"] == place


def test_tokens_are_what_blanks_part() -> None:
    """Three words are in the bin of 3 and 4."""
    assert (seen(" one two\tthree ")["tokens"], seen("  ")["tokens"]) == (3, 0)


def test_what_is_in_quotation_marks_from_end_to_end_is_quoted() -> None:
    texts = ['"{\\"a\\": 1}"', " 'x' ", '"two\nlines"', 'say "a" and "b', '{"a": "b"}', "it's", '"']

    assert [seen(text)["quoted"] for text in texts] == [True, True, True, False, False, False, False]


TEXTS = st.text(st.sampled_from("aeZE T9 05\t\n\x0b\x1c\x00\x7f-/.,+'\"(?é\ufffdÃ©\u00a0"), max_size=30)
LIKE = st.sampled_from(
    ["N/A", " null", "(null)", "undefined", "2026-01-31T10", " 1/2/2003 x", "-1.5e3 ", "+.5", "'x' "]
)


@given(st.lists(TEXTS | LIKE | st.text(st.characters(codec="ascii"), max_size=30)))
@example(["", "a"])
@example(["a" * 30, "x" * 23 + "AA\n", "b\nc"])
def test_what_is_seen_in_bytes_is_what_the_patterns_mean(texts: list[str]) -> None:
    """ASCII or not, mixed, in the order of the texts."""
    series = pl.Series(texts, dtype=pl.String)
    found, meant = marks.seen(series), marks.seen_by_patterns(series)

    assert found.shapes == meant.shapes
    assert {name: values.tolist() for name, values in found.columns.items()} == {
        name: values.tolist() for name, values in meant.columns.items()
    }

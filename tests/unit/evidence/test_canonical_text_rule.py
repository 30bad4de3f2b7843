"""The rule by which values of three formats become one text, case by case as the documentation lists it."""

from __future__ import annotations

import polars as pl
import pytest

from seatrial.evidence import canonical_text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("-3.00", "-3"),
        ("-0.0", "0"),
        ("-0", "0"),
        ("True", "true"),
        ("FALSE", "false"),
        ("0.00001", "1e-05"),
        ("1e-5", "1e-05"),
        ("-1.5e-7", "-1.5e-07"),
        ("5e-324", "5e-324"),
    ],
)
def test_spellings_of_one_value_become_one(written: str, read: str) -> None:
    """Whole numbers, truth values and small numbers have one text each."""
    assert canonical_text.canonical(pl.Series([written])).to_list() == [read]


@pytest.mark.parametrize(
    "text",
    ["01", "01.0", "1.", ".0", "1.00a", " 1.0", "0.50", "1e5", "1E+20", "+1", "tRUE", "1e-400", "0.0001", "NA", "v1.0"],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    """Texts that merely look like numbers are names, and names are not touched."""
    assert canonical_text.canonical(pl.Series([text])).to_list() == [text]


@pytest.mark.parametrize(("dtype", "limit"), [(pl.Float64, 2**53), (pl.Float32, 2**24)])
def test_whole_floats_are_trusted_below_the_exact_range(dtype: type[pl.DataType], limit: int) -> None:
    """The largest whole number that no other could have been rounded to is read, the next is refused."""
    values = pl.Series([float(limit - 1), float(limit), -float(limit), 0.5, float("nan"), None]).cast(dtype)
    texts, inexact = canonical_text.of_floats(values)

    assert inexact.to_list() == [False, True, True, False, False, False]
    assert texts.to_list()[0] == str(limit - 1)
    assert texts.to_list()[3:] == ["0.5", "NaN", None]
    assert canonical_text.of_float(2.0**53) is None


@pytest.mark.parametrize("text", ["nan", "NaN", "-inf", "+Infinity", "INF"])
def test_spellings_of_no_number_are_known(text: str) -> None:
    """NaN and infinities are told from words, in any case."""
    found = canonical_text.not_finite(pl.Series([text, "nano", "info", None]))

    assert found.to_list() == [True, False, False, False]

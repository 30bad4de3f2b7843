"""Figures as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report import numbers

ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.8712, "0.871"),
        (0.0, "0.000"),
        (-0.0, "0.000"),
        (-0.00001, "-1e-05"),
        (0.03124, "0.0312"),
        (12.4, "12.40"),
        (123.456, "123.5"),
        (31.0, "31"),
        (1713.0, "1,713"),
        (1713.5, "1,714"),
        (3.1e-5, "3.1e-05"),
        (6.02e23, "6.02e+23"),
        (math.nan, "NaN"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_a_figure_has_the_digits_that_say_something(value: float | None, text: str) -> None:
    assert numbers.figure(value) == text


def test_figures_side_by_side_keep_a_small_difference_visible() -> None:
    """0.9112 and 0.9114 must not both read 0.911."""
    decimals = numbers.places(0.9112, 0.9114, difference=-0.0002)

    assert [
        numbers.figure(0.9112, decimals),
        numbers.figure(0.9114, decimals),
        numbers.signed(-0.0002, decimals),
    ] == ["0.91120", "0.91140", "-0.00020"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.012, "+0.012"), (-0.041, "-0.041"), (0.0, "0.000"), (None, "-"), (math.inf, "+inf"), (1500.0, "+1,500")],
)
def test_a_difference_carries_its_sign(value: float | None, text: str) -> None:
    assert numbers.signed(value) == text


def test_a_difference_that_rounds_to_zero_has_no_sign() -> None:
    assert [numbers.signed(0.0004, 3), numbers.signed(-0.0004, 3)] == ["0.000", "0.000"]


def test_an_interval_of_a_difference_is_signed_and_one_of_a_value_is_not() -> None:
    assert numbers.interval((-0.024, 0.001)) == "[-0.024, +0.001]"
    assert numbers.interval((0.86, 0.89), sign=False) == "[0.860, 0.890]"
    assert numbers.interval(None) == "-"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00 s"),
        (-0.001, "0.00 s"),
        (0.04, "0.04 s"),
        (0.0999, "0.1 s"),
        (0.8, "0.8 s"),
        (59.94, "59.9 s"),
        (59.96, "1 m 00 s"),
        (130.0, "2 m 10 s"),
        (3599.6, "1 h 00 m"),
        (3900.0, "1 h 05 m"),
        (7170.0, "2 h 00 m"),
        (None, "-"),
        (math.nan, "-"),
    ],
)
def test_a_duration_is_rounded_without_impossible_parts(seconds: float | None, text: str) -> None:
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (9_960, "10 kB"),
        (312_400_000, "312 MB"),
        (999_600_000, "1.0 GB"),
        (1_230_000_000, "1.2 GB"),
        (5e17, "500 PB"),
        (5e18, "5e+18 B"),
        (None, "-"),
    ],
)
def test_bytes_are_shown_in_decimal_units(number: float | None, text: str) -> None:
    assert numbers.size(number) == text


def test_counts_have_separators_and_nouns_agree() -> None:
    assert numbers.count(1713) == "1,713"
    assert [numbers.plural(1, "row"), numbers.plural(1713, "row")] == ["1 row", "1,713 rows"]
    assert numbers.plural(2, "file of tests", "files of tests") == "2 files of tests"


@given(ANY_FLOAT)
def test_every_figure_is_short_plain_text(value: float) -> None:
    """Whatever a metric is, its text is one short ASCII word."""
    for text in (numbers.figure(value), numbers.signed(value), numbers.duration(value), numbers.size(value)):
        assert text.isascii()
        assert text.isprintable()
        assert len(text) <= 24


@given(st.floats(min_value=-1e9, max_value=1e9), st.floats(min_value=-1, max_value=1))
def test_figures_that_differ_by_a_millionth_never_look_equal(value: float, difference: float) -> None:
    """Of two figures that share their decimals, at least the difference is not rounded away."""
    decimals = numbers.places(value, value + difference, difference=difference)
    if abs(difference) >= 1e-6:
        assert any(digit in numbers.signed(difference, decimals) for digit in "123456789")

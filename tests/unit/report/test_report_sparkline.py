"""Curves as one word."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report.sparkline import BLOCKS, GAP, sparkline

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((), ""),
        ((0.3,), "▄"),
        ((5.0, 5.0, 5.0), "▄▄▄"),
        ((0.0, 1.0), "▁█"),
        (tuple(map(float, range(8))), BLOCKS),
        ((8.0, 4.0, 2.0, 1.0), "█▄▂▁"),
        ((1.0, NAN, 2.0), f"▁{GAP}█"),
        ((1.0, INF, -INF, 2.0), f"▁{GAP}{GAP}█"),
        ((NAN, NAN), GAP * 2),
        ((-1e308, 1e308), "▁█"),
        ((5e-324, 0.0), "▄▄"),
    ],
)
def test_the_shape_follows_the_values_and_what_is_not_finite_is_a_gap(values: tuple[float, ...], text: str) -> None:
    assert sparkline(values) == text


def test_a_long_series_is_thinned_and_keeps_its_shape() -> None:
    falling = [1 / (1 + step / 50) for step in range(10_000)]

    text = sparkline(falling, width=10)

    assert len(text) == 10
    assert text[0] == "█"
    assert list(text) == sorted(text, reverse=True)


def test_thinning_never_hides_a_single_nan() -> None:
    values = [1.0] * 100_000
    values[54_321] = NAN

    assert sparkline(values, width=20).count(GAP) == 1


def test_a_width_that_nothing_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="width 0"):
        sparkline([1.0], width=0)


@given(st.lists(st.floats(), max_size=200), st.integers(min_value=1, max_value=60))
def test_every_series_gives_blocks_and_gaps_of_the_asked_width(values: list[float], width: int) -> None:
    """No series, however wild, raises or leaves the alphabet."""
    text = sparkline(values, width=width)

    assert len(text) == min(len(values), width)
    assert set(text) <= set(BLOCKS + GAP)
    assert (GAP in text) == any(not math.isfinite(value) for value in values)

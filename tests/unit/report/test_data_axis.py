"""Ticks: inside the axis, evenly spaced, few, and told apart by their texts."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seatrial.data.columns import Kind
from seatrial.report.data_axis import ends, label, ticks

_DAY = 86_400_000_000


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_of_numbers_lie_inside_and_read_apart(low: float, span: float) -> None:
    """Two ticks with one text would be a lie."""
    high = low + span
    assume(high > low and span > abs(low) * 1e-6)
    found = ticks(low, high, Kind.NUMBER)
    values, said = [value for value, _ in found], [text for _, text in found]

    assert 1 <= len(found) <= 6
    assert all(low - span * 1e-9 <= value <= high + span * 1e-9 for value in values)
    assert len(set(said)) == len(said)


@given(st.integers(-4_000, 20_000), st.floats(0.0001, 9_000))
def test_ticks_of_times_lie_inside_and_are_few(first: int, days: float) -> None:
    """From seconds to centuries, nobody gets more than a handful."""
    low, high = float(first * _DAY), first * _DAY + days * _DAY
    found = ticks(low, high, Kind.TIME)

    assert len(found) <= 6
    assert all(low - 1e-3 <= value <= high + 1e-3 for value, _ in found)


def test_ticks_are_round() -> None:
    """Known answers."""
    assert [text for _, text in ticks(0.0, 0.6, Kind.NUMBER)] == ["0.0", "0.2", "0.4", "0.6"]
    assert [text for _, text in ticks(-1.0, 1.0, Kind.NUMBER)] == ["-1.0", "-0.5", "0.0", "0.5", "1.0"]
    assert [text for _, text in ticks(0.0, 10.0, Kind.NUMBER, most=4)] == ["0.0", "2.5", "5.0", "7.5", "10.0"]
    assert [text for _, text in ticks(0.0, 3.0 * _DAY, Kind.TIME)] == [
        "1970-01-01", "1970-01-02", "1970-01-03", "1970-01-04",
    ]  # fmt: skip
    assert [text for _, text in ticks(0.0, 4 * 3600e6, Kind.TIME)][:2] == ["01-01 00:00", "01-01 01:00"]


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (float("-inf"), 1.0), (0.0, float("nan"))])
def test_an_axis_without_a_width_has_no_ticks(low: float, high: float) -> None:
    """There is nothing to divide."""
    assert ticks(low, high, Kind.NUMBER) == []


def test_a_time_beyond_the_calendar_is_still_told() -> None:
    """Year 300,000 is in no calendar of Python's."""
    assert label(9.4e18, Kind.TIME, _DAY).endswith(" us")


def test_ends_are_exact_enough_to_tell_apart() -> None:
    """Both ends of a narrow axis do not read the same."""
    low, high = ends(1000.0, 1000.2, Kind.NUMBER)

    assert low != high

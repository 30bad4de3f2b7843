"""Bars over one axis: they sum to one, stand where the values are, and nothing far out hides the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.columns import Kind
from seatrial.report.data_shapes import BARS, OTHERS, WORDS, pooled, shape
from tests.support.data_checks import binning, numbers, texts, times

_EDGES = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=1, max_size=12, unique=True).map(sorted)


@st.composite
def _counted(draw: st.DrawFn) -> tuple[list[float], list[int], list[int], float, float]:
    edges = draw(_EDGES)
    count = st.integers(0, 1000)
    sides = [draw(st.lists(count, min_size=len(edges) + 1, max_size=len(edges) + 1).filter(any)) for _ in range(2)]
    beyond = st.floats(0, 1e7, allow_subnormal=False)  # an axis that no float divides is not drawn
    return edges, sides[0], sides[1], edges[0] - draw(beyond), edges[-1] + draw(beyond)


@given(_counted())
def test_bars_of_both_sides_sum_to_one(case: tuple[list[float], list[int], list[int], float, float]) -> None:
    """No row is lost between the bins and the bars, however far out it lies, and no bar is negative."""
    edges, now, before, least, most = case
    drawn = shape(numbers(edges, now, least, most), numbers(edges, before, least, most), binning(*edges))

    assert drawn is not None
    for side in (drawn.current, drawn.reference):
        assert len(side) == BARS
        assert math.isclose(math.fsum(side), 1.0, abs_tol=1e-9)
        assert min(side) >= 0.0


def test_evenly_spread_values_are_even_bars() -> None:
    """Bins of unequal width with as many values as their width asks for are a flat picture, not a staircase."""
    edges = (1.0, 2.0, 4.0, 8.0, 16.0)
    drawn = shape(numbers(edges, (10, 10, 20, 40, 80, 20), 0.0, 18.0), None, binning(*edges))

    assert drawn is not None
    assert (drawn.low, drawn.high) == (0.0, 18.0)
    assert drawn.current == pytest.approx([1 / BARS] * BARS)
    assert drawn.reference == ()


def test_one_value_far_out_does_not_hide_the_others() -> None:
    """The axis leaves out half a per cent at either end; it says so, and the outermost bar holds what was left out."""
    edges = tuple(float(each) for each in range(1, 100))
    drawn = shape(numbers(edges, (1, *[10] * 98, 1), -1e9, 100.0), None, binning(*edges))

    assert drawn is not None
    assert drawn.low > -100
    assert drawn.below
    assert not drawn.above
    assert drawn.current[0] >= 1 / 982


def test_a_value_that_stands_out_is_one_bar() -> None:
    """A bin of its own, as narrow as a float, is a spike at its place."""
    edges = (0.0, math.nextafter(0.0, 1.0), 10.0)
    drawn = shape(numbers(edges, (100, 300, 100, 100), -10.0, 20.0), None, binning(*edges))

    assert drawn is not None
    assert max(drawn.current) == pytest.approx(0.5, abs=0.02)
    at = drawn.low + (drawn.current.index(max(drawn.current)) + 0.5) * (drawn.high - drawn.low) / BARS
    assert abs(at) < 1.0


def test_a_constant_column_has_an_axis() -> None:
    """One value is drawn in the middle of an axis that has a width."""
    drawn = shape(numbers((5.0,), (0, 100), 5.0, 5.0), None, binning(5.0))

    assert drawn is not None
    assert drawn.low < 5.0 < drawn.high
    assert max(drawn.current) == 1.0


def test_columns_that_cannot_be_drawn_are_left_out() -> None:
    """No values, bins of another binning, another kind, or ends that no axis can hold: no picture, no error."""
    empty = numbers((1.0,), (0, 0), 0.0, 0.0)
    wide = numbers((0.0,), (1, 1), -1.7e308, 1.7e308)

    assert shape(empty, None, binning(1.0)) is None
    assert shape(numbers((1.0,), (5, 5), 0.0, 2.0), None, binning(1.0, 2.0)) is None
    assert shape(texts((1, 1)), numbers((1.0,), (5, 5), 0.0, 2.0), binning(words=("a",))) is None
    assert shape(wide, None, binning(0.0)) is None
    assert shape(texts((0,)), None, binning()) is None


def test_words_stand_in_the_order_of_the_reference() -> None:
    """The rest shares one bar, and a value that only the current data has is there too."""
    drawn = shape(texts((10, 60, 20, 10)), texts((70, 20, 0, 10)), binning(words=("a", "b", "new")))

    assert drawn is not None
    assert drawn.kind is Kind.TEXT
    assert drawn.labels == ("a", "b", "new", OTHERS)
    assert drawn.current == pytest.approx((0.1, 0.6, 0.2, 0.1))
    assert drawn.reference == pytest.approx((0.7, 0.2, 0.0, 0.1))


@given(st.lists(st.integers(0, 50), min_size=20, max_size=60))
def test_many_words_are_few_bars(bins: Sequence[int]) -> None:
    """At most so many bars have a name, and no share is lost in the others."""
    drawn = shape(texts(bins), None, binning(words=tuple(f"w{number}" for number in range(len(bins) - 1))))

    if not any(bins):
        assert drawn is None
        return
    assert drawn is not None
    assert len(drawn.labels) <= WORDS + 1
    assert math.isclose(math.fsum(drawn.current), 1.0)


def test_times_keep_their_unit() -> None:
    """The axis of times is microseconds, for `data_axis` to read."""
    day = 86_400_000_000
    drawn = shape(times((1.0 * day,), (10, 10), 0, 2 * day), None, binning(1.0 * day))

    assert drawn is not None
    assert (drawn.kind, drawn.low, drawn.high) == (Kind.TIME, 0, 2 * day)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(1, 60))
def test_pooling_loses_nothing(shares: list[float], bars: int) -> None:
    """Fewer bars hold the same in all."""
    assert math.isclose(math.fsum(pooled(shares, bars)), math.fsum(shares), abs_tol=1e-9)


def test_a_wide_outer_bin_is_drawn_only_as_far_as_there_are_values() -> None:
    """Profiles have fences far out; what lies inside of them is not spread up to them."""
    edges = (-100.0, 0.0, 10.0, 110.0)
    drawn = shape(numbers(edges, (0, 50, 100, 50, 0), -5.0, 15.0), None, binning(*edges))

    assert drawn is not None
    assert (drawn.low, drawn.high, drawn.above) == (-5.0, 15.0, False)
    assert drawn.current == pytest.approx([1 / BARS] * BARS)


def test_data_that_lies_beyond_the_reference_is_drawn_where_it_lies() -> None:
    """After a change of unit the picture is about those values: they are no last bar that says 'and above'."""
    edges = tuple(float(each) for each in range(10, 31))
    now = numbers(edges, (*[0] * 21, 500), 50.0, 90.0)
    before = numbers(edges, (1, *[100] * 20, 1), 9.0, 31.0)
    drawn = shape(now, before, binning(*edges))

    assert drawn is not None
    assert (drawn.low, drawn.high, drawn.above) == (9.0, 90.0, False)
    assert max(drawn.current) < 0.06  # spread from 50 to 90
    assert sum(drawn.reference[:12]) == pytest.approx(1.0)


def test_a_few_values_far_out_are_one_bar() -> None:
    """One in five, in a bin that may reach anywhere: the rest must be seen too."""
    edges = tuple(float(each) for each in range(1, 11))
    drawn = shape(numbers(edges, (10, *[10] * 9, 20), 0.0, 1e6), None, binning(*edges))

    assert drawn is not None
    assert drawn.high < 20
    assert drawn.above

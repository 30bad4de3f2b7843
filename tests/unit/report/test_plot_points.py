"""A series with fewer points has the outline that it had, and no run improves a mean by diverging."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report.plot_points import mean_of, thinned

ANY = st.lists(st.floats(), min_size=1, max_size=1500)


@given(ANY, st.integers(5, 200))
def test_thinning_keeps_the_ends_the_extremes_and_whether_there_is_a_gap(values: list[float], most: int) -> None:
    """A spike, or one NaN, among thousands of points still shows; steps stay in order."""
    x, y = thinned(range(len(values)), values, most)
    known = [value for value in values if math.isfinite(value)]
    kept = [value for value in y if not math.isnan(value)]

    assert len(x) == len(y) <= most
    assert list(x) == sorted(set(x))
    assert (x[0], x[-1]) == (0, len(values) - 1)
    assert (min(kept), max(kept)) == (min(known), max(known)) if known else not kept
    assert any(map(math.isnan, y)) == any(not math.isfinite(value) for value in values)


def test_a_gap_stays_where_it_was() -> None:
    """A run that diverged for good has no points after that."""
    values = [1.0] * 500 + [math.nan] * 500
    x, y = thinned(range(1000), values)

    assert all(math.isnan(value) == (at >= 500) for at, value in zip(x, y, strict=True))


def test_few_points_stay_as_they_are() -> None:
    assert thinned((1.0, 2.0), (0.5, 0.25)) == ((1.0, 2.0), (0.5, 0.25))


def test_too_few_points_for_an_outline_are_refused() -> None:
    with pytest.raises(ValueError, match="4 points cannot keep an outline"):
        thinned((), (), 4)


def test_the_mean_ends_where_one_of_its_runs_does() -> None:
    """Else a run that diverged upwards would let the mean jump down when it is gone."""
    means = mean_of([(1.0, 2.0, 3.0), (3.0, math.nan, math.inf)])

    assert means[0] == 2.0
    assert all(map(math.isnan, means[1:]))


def test_the_mean_of_the_largest_numbers_is_a_number() -> None:
    [mean] = mean_of([(1.7e308,), (1.7e308,)])

    assert mean == pytest.approx(1.7e308)

"""Differences and ratios of two figures from the bounds of each."""

from __future__ import annotations

import math

import pytest

from seatrial.stats.proportion import wilson
from seatrial.stats.square_and_add import Bounds, difference, increase


def test_newcombe_interval_is_this_method_applied_to_wilson() -> None:
    """Newcombe (1998), Stat. Med. 17:873, example (a), 56/70 and 48/80: 0.0524 to 0.3339 at 95 %."""
    one, other = (wilson(right, n, alpha=0.025) for right, n in ((56, 70), (48, 80)))
    gap = difference(
        Bounds(estimate=0.8, lower=one.lower, upper=one.upper),
        Bounds(estimate=0.6, lower=other.lower, upper=other.upper),
    )

    assert gap.estimate == pytest.approx(0.2)
    assert (round(gap.lower or 0, 4), round(gap.upper or 0, 4)) == (0.0524, 0.3339)


def test_a_difference_adds_the_squares_of_the_sides_that_matter() -> None:
    """Downwards the first figure's lower side and the second's upper one, upwards the other two."""
    gap = difference(Bounds(estimate=10, lower=7, upper=22), Bounds(estimate=5, lower=0, upper=9))

    assert (gap.estimate, gap.lower, gap.upper) == (5, 5 - 5, 5 + 13)


def test_an_increase_is_a_difference_of_logarithms() -> None:
    """Of e^2 over e^1, with sides of 3 and 4 on the scale of logarithms."""
    one = Bounds(estimate=math.e**2, lower=math.exp(2 - 3), upper=math.exp(2 + 4))
    other = Bounds(estimate=math.e, lower=math.exp(1 - 3), upper=math.exp(1 + 4))
    gap = increase(one, other)

    assert gap.estimate == pytest.approx(math.e - 1)
    assert gap.lower == pytest.approx(math.exp(1 - 5) - 1)
    assert gap.upper == pytest.approx(math.exp(1 + 5) - 1)


@pytest.mark.parametrize("missing", [(None, 12.0), (9.0, None)])
def test_a_side_without_a_bound_has_none_afterwards(missing: tuple[float | None, float | None]) -> None:
    """What is not known of one figure is not known of the difference."""
    gap = difference(Bounds(estimate=10, lower=missing[0], upper=missing[1]), Bounds(estimate=5, lower=4, upper=6))

    assert (gap.lower is None) == (missing[0] is None)
    assert (gap.upper is None) == (missing[1] is None)


def test_an_infinite_bound_is_no_bound() -> None:
    gap = difference(Bounds(estimate=10, lower=9, upper=math.inf), Bounds(estimate=5, lower=4, upper=6))

    assert gap.upper is None
    assert gap.lower is not None


def test_a_bound_on_the_wrong_side_of_its_figure_does_not_narrow() -> None:
    """Order statistics of a few values may do that by a hair."""
    gap = difference(Bounds(estimate=10, lower=10.1, upper=11), Bounds(estimate=5, lower=5, upper=5))

    assert gap.lower == 5


def test_a_ratio_with_zero_is_refused_and_a_bound_of_zero_is_none() -> None:
    """A lower bound of 0 ms says nothing about a ratio."""
    with pytest.raises(ValueError, match="no ratio"):
        increase(Bounds(estimate=1, lower=0.5, upper=2), Bounds(estimate=0, lower=0, upper=1))

    gap = increase(Bounds(estimate=1, lower=0.5, upper=2), Bounds(estimate=1, lower=0, upper=1.5))

    assert gap.upper is None
    assert gap.lower is not None


def test_an_increase_beyond_all_floats_is_no_bound() -> None:
    gap = increase(Bounds(estimate=1, lower=1, upper=1e300), Bounds(estimate=1, lower=1e-300, upper=1))

    assert gap.upper is None


def test_equal_figures_without_width_differ_by_nothing() -> None:
    same = Bounds(estimate=3, lower=3, upper=3)

    assert increase(same, same) == Bounds(estimate=0, lower=0, upper=0)

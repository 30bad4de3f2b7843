"""Two arms with several seeds: the standard error has both chances in it, the degrees of freedom are Welch's."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seatrial.stats.two_arms import chance_of_better, two_arms

_VALUES = st.lists(st.floats(0.0, 1.0, allow_nan=False), min_size=2, max_size=12)


@given(_VALUES, _VALUES)
def test_without_rows_it_is_welchs_interval(first: list[float], second: list[float]) -> None:
    """An independent implementation gives the same interval, to 1e-6."""
    if len(set(first)) < 2 or len(set(second)) < 2:
        return
    expected = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.9)
    found = two_arms(first, second).interval(alpha=0.05)
    if not math.isfinite(expected.low):
        return

    assert found.lower == pytest.approx(expected.low, abs=1e-6)
    assert found.upper == pytest.approx(expected.high, abs=1e-6)


def test_the_variance_of_rows_is_added_once() -> None:
    """Seeds are averaged; rows, which both arms share, are not averaged away by more seeds."""
    ours, theirs = [0.90, 0.92, 0.91], [0.91, 0.93, 0.95]
    of_seeds = statistics.variance(ours) / 3 + statistics.variance(theirs) / 3

    arms = two_arms(ours, theirs, of_rows=4e-6, rows=10_000)

    assert arms.error == pytest.approx(math.sqrt(of_seeds + 4e-6))
    assert arms.of_seeds == pytest.approx(of_seeds)


def test_three_seeds_are_not_taken_for_thirty() -> None:
    """The same spread is bounded more widely by fewer seeds than its standard error alone would say."""
    few = two_arms([0.0, 0.1, 0.2], [0.0, 0.1, 0.2])

    assert few.freedom == pytest.approx(4.0)
    assert few.interval(alpha=0.05).upper > 1.2 * 1.6449 * few.error


def test_seeds_needed_are_those_at_which_equal_arms_pass() -> None:
    """Twice the variance of seeds over k, and the rows' part, within the margin over the usual factor."""
    arms = two_arms([0.90, 0.92], [0.91, 0.93], of_rows=1e-6, rows=1000)
    needed = arms.seeds_needed(margin=0.02, alpha=0.05, power=0.8, seeds=2)
    assert needed is not None
    factor = 1.6448536269514722 + 0.8416212335729143

    assert factor * math.sqrt(arms.of_seeds * 2 / needed + 1e-6) <= 0.02
    assert factor * math.sqrt(arms.of_seeds * 2 / (needed - 1) + 1e-6) > 0.02


def test_no_number_of_seeds_makes_up_for_too_few_rows() -> None:
    assert (
        two_arms([0.9, 0.9], [0.9, 0.91], of_rows=1e-3, rows=50).seeds_needed(
            margin=0.01, alpha=0.05, power=0.8, seeds=2
        )
        is None
    )


def test_one_value_says_nothing() -> None:
    with pytest.raises(ValueError, match="one value"):
        two_arms([0.9], [0.8, 0.9])


@given(_VALUES, _VALUES)
def test_chances_of_both_ways_sum_to_one(first: list[float], second: list[float]) -> None:
    assert chance_of_better(first, second) + chance_of_better(second, first) == pytest.approx(1.0)


def test_ties_count_half() -> None:
    assert chance_of_better([1.0, 2.0], [1.0, 0.0]) == pytest.approx((0.5 + 1 + 1 + 1) / 4)

"""Katz's interval of a ratio against printed figures and scipy, and what it does without counts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.contingency import relative_risk

from seatrial.stats.log_ratio import ratio_interval

_SIDE = st.integers(2, 3_000).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))


def test_epinephrine_of_a_textbook() -> None:
    """Fagerland, Lydersen and Laake (2017), chapter 4 (Perondi et al. 2004), as their R package prints it."""
    interval = ratio_interval(7, 34, 1, 34, alpha=0.025)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == (0.9096, 53.8695)


def test_aspirin_and_heart_attacks_of_a_textbook() -> None:
    """Agresti (2013), Categorical Data Analysis, section 3.1.4: placebo against aspirin, 1.43 to 2.31."""
    interval = ratio_interval(189, 11_034, 104, 11_037, alpha=0.025)

    assert (round(interval.lower, 2), round(interval.upper, 2)) == (1.43, 2.31)


@given(_SIDE, _SIDE, st.sampled_from([0.005, 0.05]))
def test_ends_are_scipys_and_the_inverse_ratio_is_inverted(
    first: tuple[int, int], second: tuple[int, int], alpha: float
) -> None:
    expected = relative_risk(*first, *second).confidence_interval(1 - 2 * alpha)

    interval, inverse = ratio_interval(*first, *second, alpha=alpha), ratio_interval(*second, *first, alpha=alpha)

    assert (interval.lower, interval.upper) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert (1 / inverse.upper, 1 / inverse.lower) == pytest.approx((interval.lower, interval.upper), rel=1e-9)


@pytest.mark.parametrize(("first", "second"), [((0, 9), (3, 9)), ((3, 9), (0, 9)), ((0, 9), (0, 9))])
def test_a_side_without_counts_bounds_nothing(first: tuple[int, int], second: tuple[int, int]) -> None:
    interval = ratio_interval(*first, *second, alpha=0.05)

    assert (interval.lower, interval.upper) == (0.0, math.inf)


def test_flawless_sides_are_not_said_to_be_exactly_equal() -> None:
    """Half a row short of full in the variance: the interval of 30 of 30 against 30 of 30 has a width."""
    interval = ratio_interval(30, 30, 30, 30, alpha=0.05)

    half = 1.6448536269514722 * math.sqrt(2 * (1 / 29.5 - 1 / 30))
    assert (interval.lower, interval.upper) == pytest.approx((math.exp(-half), math.exp(half)), rel=1e-12)


@pytest.mark.parametrize(("right", "n"), [(1, 0), (3, 2), (-1, 2)])
def test_impossible_counts_are_refused(right: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        ratio_interval(1, 2, right, n, alpha=0.05)

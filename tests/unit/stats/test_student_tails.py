"""Student's t against scipy and a printed table, far into the tail, and its limits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seatrial.stats import normal, student


@pytest.mark.parametrize("freedom", [1.0, 4.5, 44.5, 488.0, 9_999.0])
@pytest.mark.parametrize("t", [0.0, 0.3, -2.0, 5.0, 12.0, 1e9])
def test_tails_agree_with_scipy(t: float, freedom: float) -> None:
    assert student.two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-9, abs=1e-300)


def test_many_degrees_of_freedom_are_the_normal_law() -> None:
    assert student.two_sided(4.0, 1e9) == normal.two_sided(4.0)
    assert student.two_sided(4.0, 99_999.0) == pytest.approx(normal.two_sided(4.0), rel=2e-3)


def test_no_degrees_of_freedom_are_refused() -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        student.two_sided(1.0, 0.0)
    with pytest.raises(ValueError, match="degrees of freedom"):
        student.upper_quantile(0.05, 0.0)


@pytest.mark.parametrize("freedom", [0.5, 1.0, 2.0, 4.5, 30.0, 101.0, 370.0, 488.0, 20_000.0, 1e5, 1e9])
@pytest.mark.parametrize("alpha", [0.49999, 0.4, 0.1, 0.05, 0.005, 1e-6, 1e-12])
def test_quantiles_agree_with_scipy_to_ten_digits(alpha: float, freedom: float) -> None:
    quantile = student.upper_quantile(alpha, freedom)

    assert quantile == pytest.approx(stats.t.isf(alpha, freedom), rel=2e-12 if freedom > 4 else 1e-10)
    mirrored = -stats.t.isf(1 - (1 - alpha), freedom)
    assert student.upper_quantile(1 - alpha, freedom) == pytest.approx(mirrored, rel=1e-10)


@pytest.mark.parametrize(
    ("freedom", "alpha", "printed"),
    [(1, 0.025, 12.706), (5, 0.05, 2.015), (10, 0.005, 3.169), (30, 0.025, 2.042), (120, 0.05, 1.658)],
)
def test_quantiles_are_those_of_the_printed_table(freedom: int, alpha: float, printed: float) -> None:
    """Abramowitz and Stegun (1964), table 26.10."""
    assert round(student.upper_quantile(alpha, freedom), 3) == printed


def test_quantile_of_infinite_freedom_is_normal_and_the_middle_is_zero() -> None:
    assert student.upper_quantile(0.05, math.inf) == normal.upper_quantile(0.05)
    assert student.upper_quantile(0.5, 3.0) == 0.0


@given(st.floats(1e-9, 0.499), st.floats(0.6, 5e4))
def test_quantile_inverts_the_tail_and_is_wider_than_the_normal_one(alpha: float, freedom: float) -> None:
    quantile = student.upper_quantile(alpha, freedom)

    assert student.two_sided(quantile, freedom) == pytest.approx(2 * alpha, rel=1e-9)
    assert quantile > normal.upper_quantile(alpha)

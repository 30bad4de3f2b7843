"""The studentised range against scipy, printed tables, closed forms, and its own laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from seatrial.stats import normal, student, studentized_range


@pytest.mark.parametrize("groups", [2, 3, 10, 50, 200])
@pytest.mark.parametrize("q", [0.5, 2.0, 3.5, 5.0, 8.0])
def test_tails_of_normal_means_are_scipys(q: float, groups: int) -> None:
    expected = float(stats.studentized_range.sf(q, groups, np.inf))

    assert studentized_range.tail(q, groups) == pytest.approx(expected, rel=2e-9)


@pytest.mark.parametrize(("groups", "freedom"), [(2, 1), (3, 1), (5, 2), (10, 5), (10, 20), (20, 120), (200, 1000)])
@pytest.mark.parametrize("q", [0.5, 3.5, 5.0, 8.0])
def test_tails_with_estimated_errors_are_scipys(q: float, groups: int, freedom: int) -> None:
    expected = float(stats.studentized_range.sf(q, groups, freedom))

    assert studentized_range.tail(q, groups, freedom) == pytest.approx(expected, rel=2e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("alpha", "groups", "freedom", "printed"),
    [
        (0.05, 2, 10, 3.15),
        (0.05, 3, 10, 3.88),
        (0.05, 10, 20, 5.01),
        (0.05, 20, 60, 5.24),
        (0.01, 3, 10, 5.27),
        (0.01, 10, 20, 6.09),
        (0.05, 2, math.inf, 2.77),
        (0.05, 3, math.inf, 3.31),
        (0.05, 5, math.inf, 3.86),
        (0.05, 10, math.inf, 4.47),
        (0.05, 20, math.inf, 5.01),
        (0.01, 5, math.inf, 4.60),
        (0.01, 20, math.inf, 5.65),
    ],
)
def test_quantiles_are_those_of_the_printed_table(alpha: float, groups: int, freedom: float, printed: float) -> None:
    """Harter (1960), Ann. Math. Stat. 31:1122, as textbooks print it to two places (Montgomery, appendix, table V)."""
    assert studentized_range.upper_quantile(alpha, groups, freedom) == pytest.approx(printed, abs=0.0051)


@pytest.mark.parametrize("alpha", [0.2, 0.05, 1e-3, 1e-8])
def test_two_groups_differ_as_one_difference_does(alpha: float) -> None:
    """The range of two is |difference|: sqrt 2 times the two-sided normal, or Student's, quantile."""
    known = studentized_range.upper_quantile(alpha, 2)
    estimated = studentized_range.upper_quantile(alpha, 2, 7)

    assert known == pytest.approx(math.sqrt(2) * normal.upper_quantile(alpha / 2), rel=1e-10)
    assert estimated == pytest.approx(math.sqrt(2) * student.upper_quantile(alpha / 2, 7), rel=1e-10)


@pytest.mark.parametrize(("groups", "mean"), [(2, 1.12838), (5, 2.32593), (10, 3.07751), (20, 3.73495), (100, 5.01519)])
def test_mean_range_is_the_constant_of_control_charts(groups: int, mean: float) -> None:
    """The tail integrates to the mean range d2: Tippett (1925), Biometrika 17:364, table X."""
    steps = np.arange(0.005, 14, 0.01)

    area = sum(studentized_range.tail(float(q), groups) for q in steps) * 0.01

    assert area == pytest.approx(mean, abs=6e-6)


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-6, 0.999), st.integers(2, 200), st.sampled_from([3.0, 40.0, math.inf]))
def test_quantile_inverts_the_tail(alpha: float, groups: int, freedom: float) -> None:
    if not math.isinf(freedom) and groups > 20:
        groups = 2 + groups % 19  # slower to search, and no different
    q = studentized_range.upper_quantile(alpha, groups, freedom)

    assert studentized_range.tail(q, groups, freedom) == pytest.approx(alpha, rel=1e-8)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 20), st.floats(0.01, 3), st.integers(2, 199))
def test_tail_falls_with_the_range_and_rises_with_the_groups(q: float, step: float, groups: int) -> None:
    here = studentized_range.tail(q, groups)

    assert studentized_range.tail(q + step, groups) <= here * (1 + 1e-12)
    assert studentized_range.tail(q, groups + 1) >= here * (1 - 1e-12)


def test_no_range_is_always_exceeded_and_far_ranges_keep_their_digits() -> None:
    assert studentized_range.tail(0.0, 5) == 1.0
    assert studentized_range.tail(-1.0, 5, 3.0) == 1.0
    assert studentized_range.tail(30.0, 2) == pytest.approx(normal.two_sided(30 / math.sqrt(2)), rel=1e-10)


def test_what_has_no_range_is_refused() -> None:
    with pytest.raises(ValueError, match="groups have no range"):
        studentized_range.tail(1.0, 1)
    with pytest.raises(ValueError, match="degrees of freedom"):
        studentized_range.upper_quantile(0.05, 3, 0.0)

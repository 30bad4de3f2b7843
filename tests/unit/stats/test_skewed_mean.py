"""Bounds for a mean from moments: Student's against scipy, Hall's against its definition, and how often both err."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from seatrial.stats.skewed_mean import Moments, hall_interval, student_interval

_VALUES = st.lists(st.floats(-1e3, 1e3).filter(lambda v: v == 0 or abs(v) > 1e-3), min_size=3, max_size=60)


def _moments(values: NDArray[np.float64] | list[float]) -> Moments:
    x = np.asarray(values, dtype=np.float64)
    away = x - x.mean()
    second, third, fourth = (float(np.sum(away**power)) for power in (2, 3, 4))
    return Moments(n=x.size, mean=float(x.mean()), squares=second, cubes=third, fourths=fourth)


@pytest.mark.parametrize("alpha", [0.1, 0.05, 0.005])
def test_students_interval_is_scipys(alpha: float) -> None:
    x = np.random.default_rng(1).exponential(size=40)

    interval = student_interval(_moments(x), alpha=alpha)

    expected = stats.ttest_1samp(x, 0.0).confidence_interval(1 - 2 * alpha)
    assert (interval.lower, interval.upper) == pytest.approx((expected.low, expected.high), rel=1e-10)


def test_sleep_data_of_students_own_paper() -> None:
    """Student (1908), section VI: ten patients, mean gain 1.58; the usual 95 % interval is 0.70 to 2.46."""
    gained = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]

    interval = student_interval(_moments(gained), alpha=0.025)

    assert (round(interval.lower, 2), round(interval.upper, 2)) == (0.70, 2.46)


@pytest.mark.parametrize("seed", range(6))
def test_halls_interval_solves_his_cubic(seed: int) -> None:
    """Both ends put the transformed statistic, written out as in the paper, exactly on Student's quantile."""
    x = np.random.default_rng(seed).lognormal(size=50) * (-1) ** seed
    moments = _moments(x)
    n, g, deviation = 50, float(stats.skew(x)), float(x.std(ddof=1))

    def transformed(truth: float) -> float:
        s = (moments.mean - truth) / deviation
        return float(math.sqrt(n) * (s + g * s**2 / 3 + g**2 * s**3 / 27 + g / (6 * n)))

    t = float(stats.t.isf(0.05, n - 1))
    reach = 60 * deviation / math.sqrt(n)
    ends = [
        brentq(lambda v, at=at: transformed(v) - at, moments.mean - reach, moments.mean + reach, xtol=1e-14)
        for at in (t, -t)
    ]

    interval = hall_interval(moments, alpha=0.05)

    assert [interval.lower, interval.upper] == pytest.approx(ends, rel=1e-9)


@pytest.mark.parametrize("third", [0.0, 1e-12, -1e-9])
def test_halls_interval_without_skewness_is_students(third: float) -> None:
    moments = Moments(n=100, mean=0.3, squares=25.0, cubes=third, fourths=20.0)
    plain, bent = student_interval(moments, alpha=0.05), hall_interval(moments, alpha=0.05)

    assert (bent.lower, bent.upper) == pytest.approx((plain.lower, plain.upper), rel=1e-9)


def _one_sided_errors(n: int, replicates: int) -> list[float]:
    """How often Student's lower, Student's upper, Hall's lower and Hall's upper 5 % bound miss an exponential mean."""
    draws = np.random.default_rng(20261130).exponential(size=(replicates, n))
    missed = np.zeros(4)
    for row in draws:
        moments = _moments(row)
        plain, bent = student_interval(moments, alpha=0.05), hall_interval(moments, alpha=0.05)
        missed += [plain.lower > 1, plain.upper < 1, bent.lower > 1, bent.upper < 1]
    return [float(share) for share in missed / replicates]


def test_skewness_is_taken_out_of_both_sides() -> None:
    """100 exponential values: Student errs 2.9 % on one side and 7.6 % on the other; Hall 5 % on both."""
    plain_lower, plain_upper, lower, upper = _one_sided_errors(100, 6_000)

    assert plain_lower < 0.04
    assert plain_upper > 0.065
    assert lower == pytest.approx(0.05, abs=0.008)
    assert upper == pytest.approx(0.05, abs=0.008)


def test_effective_units_count_what_carries_the_spread() -> None:
    """Twenty equal values among zeros are about twenty; values of two kinds are all of them; no spread is none."""
    assert _moments([1.0] * 20 + [0.0] * 9_980).effective_units == pytest.approx(20, rel=0.01)
    assert _moments([1.0, -1.0] * 50).effective_units == pytest.approx(100)
    assert _moments([2.0] * 50).effective_units == 0.0


@given(_VALUES, st.floats(0.001, 0.4))
def test_mirrored_values_have_mirrored_bounds(values: list[float], alpha: float) -> None:
    here, there = _moments(values), _moments([-v for v in values])
    scale = 1e-9 * (1 + abs(here.mean) + here.standard_error)

    for interval in (student_interval, hall_interval):
        a, b = interval(here, alpha=alpha), interval(there, alpha=alpha)
        assert a.lower <= a.upper
        assert (a.lower, a.upper) == pytest.approx((-b.upper, -b.lower), abs=scale)


@given(_VALUES, st.floats(0.001, 0.2), st.floats(1.1, 2.0))
def test_less_error_makes_wider_bounds(values: list[float], alpha: float, factor: float) -> None:
    moments = _moments(values)

    for interval in (student_interval, hall_interval):
        strict, lax = interval(moments, alpha=alpha), interval(moments, alpha=alpha * factor)
        assert strict.lower <= lax.lower
        assert lax.upper <= strict.upper


@given(_VALUES)
def test_effective_units_are_at_most_all(values: list[float]) -> None:
    assert 0.0 <= _moments(values).effective_units <= len(values) * (1 + 1e-9)


@pytest.mark.parametrize(
    "fields",
    [{"n": 1}, {"mean": math.nan}, {"squares": -1.0}, {"squares": math.inf}, {"cubes": math.inf}, {"fourths": -1.0}],
)
def test_impossible_moments_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"values have no spread|not finite|cannot be negative"):
        Moments(**{"n": 5, "mean": 0.0, "squares": 1.0, "cubes": 0.0, "fourths": 1.0, **fields})  # type: ignore[arg-type]

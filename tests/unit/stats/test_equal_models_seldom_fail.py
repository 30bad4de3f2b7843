"""A model as good as the baseline FAILs in at most 2 % of samples; a family believes no tail that is Hall's alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seatrial.stats import tango
from seatrial.stats.noninferiority import (
    COUNTS_LEAST,
    EQUAL_FAILS,
    NonInferiority,
    non_inferiority,
    non_inferiority_of_mean,
)
from seatrial.stats.skewed_mean import Moments, hall_tail, student_tail
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict

ALPHA = 0.05


def _verdict(n: int, won: int, lost: int, margin: float) -> Verdict:
    counts = PairedCounts(n=n, candidate_only=won, baseline_only=lost)
    return non_inferiority(counts, margin=margin, alpha=ALPHA, power=0.8, sparing=True).verdict


@pytest.mark.parametrize(("n", "margin"), [(100, 0.01), (500, 0.005), (500, 0.01), (2_000, 0.002)])
def test_at_any_number_of_disagreements_equal_models_fail_in_two_of_a_hundred_samples(n: int, margin: float) -> None:
    """Counted over all samples with so many rows that tell the models apart, each falling to either by a fair coin."""
    for apart in (1, 5, 9, 10, 11, 16, 30, 60, 90):
        chances = np.asarray(stats.binom.pmf(range(apart + 1), apart, 0.5))
        failing = [_verdict(n, won, apart - won, margin) is Verdict.FAIL for won in range(apart + 1)]

        assert sum(chances[failing]) <= EQUAL_FAILS


def test_the_bound_alone_would_fail_more_of_them() -> None:
    """Which is what the rule is for: 100 of 500 rows tell the models apart, and the margin is half a point."""
    counts = [PairedCounts(n=500, candidate_only=won, baseline_only=100 - won) for won in range(101)]
    beyond = [tango.interval(each, alpha=ALPHA).upper < -0.005 for each in counts]

    assert sum(np.asarray(stats.binom.pmf(range(101), 100, 0.5))[beyond]) > 1.4 * EQUAL_FAILS


@pytest.mark.parametrize(("won", "lost", "expected"), [(40, 60, Verdict.INCONCLUSIVE), (38, 62, Verdict.FAIL)])
def test_both_must_be_shown(won: int, lost: int, expected: Verdict) -> None:
    """Both lie beyond the margin by their bound; only the second is far enough from no difference."""
    counts = PairedCounts(n=500, candidate_only=won, baseline_only=lost)
    assert tango.interval(counts, alpha=ALPHA).upper < -0.004

    assert _verdict(500, won, lost, 0.004) is expected


def _of_mean(mean: float, skewness: float = 0.0, n: int = 1_000) -> tuple[Moments, NonInferiority]:
    moments = Moments(n=n, mean=mean, squares=float(n), cubes=skewness * n, fourths=3.0 * n)
    assert moments.effective_units > COUNTS_LEAST
    return moments, non_inferiority_of_mean(
        moments, reach=2.0, least=COUNTS_LEAST, margin=0.005, alpha=ALPHA, power=0.8
    )


def test_a_mean_beyond_a_small_margin_is_not_worse_yet() -> None:
    """A standard error is 0.032: with a margin of 0.005 a mean 1.9 of them down is beyond it by its bound, and equal
    models lie there in 2.9 % of samples."""
    error = math.sqrt(1 / 999)
    near, far = _of_mean(-1.9 * error)[1], _of_mean(-2.2 * error)[1]

    assert near.interval.upper < -0.005
    assert near.p_decline == pytest.approx(0.029, abs=0.001)
    assert (near.verdict, far.verdict) == (Verdict.INCONCLUSIVE, Verdict.FAIL)


@given(st.floats(-6, 2), st.floats(-3, 3))
def test_a_family_believes_what_both_laws_say(distance: float, skewness: float) -> None:
    """At the level itself Hall's law decides, as it does for the interval; further out the more careful of the two."""
    moments, found = _of_mean(distance * math.sqrt(1 / 999), skewness)
    hall, student = hall_tail(moments, 0.0), student_tail(moments, 0.0)

    assert (found.p_decline <= ALPHA) == (hall <= ALPHA)
    if hall <= ALPHA:
        assert found.p_decline == max(hall, min(student, ALPHA))
    else:
        assert found.p_decline == hall


def test_students_tail_is_scipys() -> None:
    moments = Moments(n=40, mean=-0.2, squares=40.0, cubes=13.0, fourths=120.0)
    t = -0.2 / moments.standard_error

    assert student_tail(moments, 0.0) == pytest.approx(float(stats.t.cdf(t, 39)), rel=1e-10)
    assert student_tail(moments, -1.0) == pytest.approx(float(stats.t.cdf(0.8 / moments.standard_error, 39)), rel=1e-10)

"""Plans against published tables, against the simulated powers of the gates, and against their own inverses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seatrial.stats import power, tango
from seatrial.stats.proportion import clopper_pearson
from seatrial.stats.tango import PairedCounts

_ROWS = st.integers(20, 10**6)
_POWERS = st.floats(0.51, 0.99)
_LEVELS = st.sampled_from([0.01, 0.05, 0.1])


@pytest.mark.parametrize(
    ("disagreement", "margin", "at_80", "at_90"),
    [
        *((0.02, 0.005, 4_947, 6_852), (0.02, 0.01, 1_237, 1_713), (0.02, 0.02, 310, 429)),
        *((0.05, 0.005, 12_366, 17_128), (0.05, 0.01, 3_092, 4_282), (0.05, 0.02, 773, 1_071)),
        *((0.10, 0.005, 24_731, 34_256), (0.10, 0.01, 6_183, 8_564), (0.10, 0.02, 1_546, 2_141)),
        *((0.20, 0.005, 49_461, 68_511), (0.20, 0.01, 12_366, 17_128), (0.20, 0.02, 3_092, 4_282)),
    ],
)
def test_rows_for_equal_models(disagreement: float, margin: float, at_80: int, at_90: int) -> None:
    """The planning table of the gates: one row's variance is the share of disagreement."""
    rows = [power.mean_rows(disagreement, margin=margin, alpha=0.05, power=goal) for goal in (0.8, 0.9)]

    assert rows == [at_80, at_90]


def test_rows_by_the_constant_of_sample_size_tables() -> None:
    """(1.9600 + 1.2816)^2 = 10.507 variances over the squared margin, at 2.5 % and a power of 90 %."""
    assert power.mean_rows(1.0, margin=1.0, alpha=0.025, power=0.9) == 11
    assert power.mean_rows(100.0, margin=1.0, alpha=0.025, power=0.9) == 1_051


@pytest.mark.parametrize(
    ("disagreement", "n", "difference", "simulated"),
    [
        *((0.05, 500, 0.0, 0.25), (0.05, 500, -0.005, 0.12), (0.05, 2_000, 0.0, 0.63), (0.05, 2_000, -0.005, 0.25)),
        *((0.05, 10_000, 0.0, 0.998), (0.05, 10_000, -0.005, 0.72), (0.10, 500, 0.0, 0.17), (0.10, 2_000, 0.0, 0.41)),
        *((0.10, 10_000, 0.0, 0.935), (0.10, 10_000, -0.005, 0.47), (0.10, 50_000, -0.005, 0.971)),
    ],
)
def test_power_of_the_accuracy_gate(disagreement: float, n: int, difference: float, simulated: float) -> None:
    """Within two points of the gate's counted powers (docs/decisions/0003-accuracy-gates.md), margin 0.01."""
    planned = power.mean_power(n, disagreement - difference**2, margin=0.01, alpha=0.05, difference=difference)

    assert planned == pytest.approx(simulated, abs=0.02)


def test_power_of_a_paired_mean_is_what_students_bound_does() -> None:
    draws = np.random.default_rng(4).normal(-0.02, 0.3, size=(4_000, 400))
    lower = draws.mean(axis=1) - stats.t.isf(0.05, 399) * draws.std(axis=1, ddof=1) / 20

    planned = power.mean_power(400, 0.09, margin=0.06, alpha=0.05, difference=-0.02)

    assert np.mean(lower > -0.06) == pytest.approx(planned, abs=0.02)


@given(_ROWS, st.floats(1e-4, 100), _LEVELS, _POWERS, st.floats(-0.5, 0.5))
def test_margin_rows_and_power_of_a_mean_are_each_others_inverses(
    n: int, variance: float, alpha: float, goal: float, difference: float
) -> None:
    margin = power.smallest_margin(n, variance, alpha=alpha, power=goal, difference=difference)
    if margin + difference < 1e-9:
        return

    rows = power.mean_rows(variance, margin=margin, alpha=alpha, power=goal, difference=difference)
    reached = power.mean_power(n, variance, margin=margin, alpha=alpha, difference=difference)

    assert rows == pytest.approx(n, rel=1e-5, abs=1)
    assert reached == pytest.approx(goal, abs=1e-6)


def test_models_that_never_disagree_need_a_margin_too() -> None:
    """At the smallest margin Tango's bound passes such models with exactly these rows."""
    margin = power.smallest_paired_margin(1_000, 0.0, alpha=0.05, power=0.8)
    lower = tango.interval(PairedCounts(n=1_000, candidate_only=0, baseline_only=0), alpha=0.05).lower

    assert lower == pytest.approx(-margin, rel=1e-9)
    assert power.smallest_paired_margin(3_092, 0.05, alpha=0.05, power=0.8) == pytest.approx(0.01, rel=2e-4)


@pytest.mark.parametrize(("rate", "rows"), [(0.95, 59), (0.99, 299), (0.999, 2_995)])
def test_cases_that_all_have_to_pass(rate: float, rows: int) -> None:
    """The usual table of flawless samples at 95 % (Hahn and Meeker 1991, Statistical Intervals, for 95 and 99 %)."""
    assert power.all_pass_rows(rate, alpha=0.05) == rows
    assert clopper_pearson(rows, rows, alpha=0.05).lower >= rate > clopper_pearson(rows - 1, rows - 1, alpha=0.05).lower
    assert power.all_pass_rate(rows, alpha=0.05) >= rate > power.all_pass_rate(rows - 1, alpha=0.05)


@given(st.integers(1, 10**6), _LEVELS)
def test_flawless_cases_show_what_clopper_and_pearson_say(n: int, alpha: float) -> None:
    assert power.all_pass_rate(n, alpha=alpha) == pytest.approx(clopper_pearson(n, n, alpha=alpha).lower, rel=1e-9)


@pytest.mark.parametrize(
    ("n", "share", "limit"), [(60, 0.97, 0.9), (300, 0.95, 0.92), (300, 0.02, 0.05), (25, 0.99, 0.95)]
)
def test_power_of_a_share_counts_the_samples_whose_bound_passes(n: int, share: float, limit: float) -> None:
    """Every sample, its exact bound, and its probability: the sum of those that lie on the right side."""
    counts = np.arange(n + 1)
    bounds = [clopper_pearson(int(k), n, alpha=0.05) for k in counts]
    passes = np.array([b.lower > limit if share > limit else b.upper < limit for b in bounds])

    expected = float(stats.binom.pmf(counts, n, share)[passes].sum())

    assert power.share_power(n, share, limit=limit, alpha=0.05) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("share", "limit"), [(0.95, 0.92), (0.97, 0.9), (0.6, 0.5), (0.01, 0.03)])
def test_rows_planned_for_a_share_reach_about_their_power(share: float, limit: float) -> None:
    """The usual formula against the exact bound: within eight points, mostly below, because the bound is exact."""
    rows = power.share_rows(share, limit=limit, alpha=0.05, power=0.8)

    assert power.share_power(rows, share, limit=limit, alpha=0.05) == pytest.approx(0.77, abs=0.05)


def test_a_sure_share_still_needs_the_rows_of_a_flawless_sample() -> None:
    assert power.share_rows(1.0, limit=0.99, alpha=0.05, power=0.8) == 299
    assert power.share_power(299, 1.0, limit=0.99, alpha=0.05) == 1.0
    assert power.share_power(298, 1.0, limit=0.99, alpha=0.05) == 0.0


def test_what_no_number_of_rows_shows_is_said_so() -> None:
    with pytest.raises(ValueError, match="no number of rows"):
        power.mean_rows(1.0, margin=0.01, alpha=0.05, power=0.8, difference=-0.01)
    with pytest.raises(ValueError, match="no number of rows"):
        power.share_rows(0.9, limit=0.9, alpha=0.05, power=0.8)
    assert power.mean_power(10, 0.0, margin=0.01, alpha=0.05) == 1.0
    assert power.mean_power(10, 0.0, margin=0.01, alpha=0.05, difference=-0.02) == 0.0
    assert math.isclose(power.mean_power(10**9, 1.0, margin=0.01, alpha=0.05, difference=-0.01), 0.05)


def test_the_fewest_rows_and_the_tightest_limit_are_where_the_chance_is_the_power() -> None:
    """From any start; None where no number, and no limit, is enough."""
    for start in (1, 100, 5_000):
        assert power.fewest(lambda rows: rows / 1_000, start, power=0.8) == 800
    assert power.fewest(lambda _: 0.79, 10, power=0.8) is None
    assert power.tightest(lambda limit: 2 * limit, 1.0, power=0.8) == pytest.approx(0.4)
    assert power.tightest(lambda limit: limit / 2, 1.0, power=0.8) is None

"""The inflation of variance by dependence, against what is known of autoregressions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from seatrial.stats.dependence import (
    autocorrelations,
    inflation,
    long_run_variance,
    paired_inflation,
    window_width,
)

Floats = NDArray[np.float64]


def autoregressive(n: int, tie: float, seed: int) -> Floats:
    values = np.random.default_rng(seed).standard_normal(n)
    for at in range(1, n):
        values[at] = tie * values[at - 1] + math.sqrt(1 - tie * tie) * values[at]
    return values


def test_autocorrelations_are_those_of_the_definition() -> None:
    """Sums of products over the sum of squares, without wrapping round the end."""
    values = np.random.default_rng(1).exponential(size=301)
    gaps = values - values.mean()
    plain = [float(gaps[: len(gaps) - lag] @ gaps[lag:] / (gaps @ gaps)) for lag in range(30)]

    assert autocorrelations(values)[:30] == pytest.approx(plain, abs=1e-12)


def test_independent_values_are_worth_themselves() -> None:
    """Over 300 sequences of a thousand, most are not inflated at all, and by a tenth on average."""
    found = [inflation(np.random.default_rng(seed).exponential(size=1_000).tolist(), mean=True) for seed in range(300)]

    assert np.median(found) == 1.0
    assert np.mean(found) < 1.12


@pytest.mark.parametrize(("tie", "expected"), [(0.3, 1.857), (0.6, 4.0), (0.9, 19.0)])
def test_the_mean_of_an_autoregression_is_inflated_as_theory_has_it(tie: float, expected: float) -> None:
    """(1 + r) / (1 - r), within a sixth at 50,000 values."""
    found = inflation(autoregressive(50_000, tie, 7).tolist(), mean=True)

    assert found == pytest.approx(expected, rel=0.16)


def test_the_median_level_of_an_autoregression_is_inflated_by_the_arc_sines() -> None:
    """Being above the median has the autocorrelations 2 / pi asin(r^k); no other level depends as much."""
    expected = 1 + 2 * sum(2 / math.pi * math.asin(0.6**lag) for lag in range(1, 60))

    assert inflation(autoregressive(50_000, 0.6, 3).tolist()) == pytest.approx(expected, rel=0.1)


def test_a_tail_that_comes_in_runs_is_seen_though_the_middle_is_independent() -> None:
    """Two in a hundred values are slow, ten in a row: the level above them shows it, the median does not."""
    values = np.random.default_rng(5).exponential(size=5_000)
    for start in range(100, 5_000, 500):
        values[start : start + 10] += 50.0
    median = (values > np.median(values)).astype(float)

    assert long_run_variance((median - median.mean()) / median.std()) < 1.3
    assert inflation(values.tolist()) > 4.0


def test_a_tail_of_ten_values_is_looked_at() -> None:
    """One run of eleven slow answers in a thousand is seen at the level that only they are above."""
    values = [1.0 + (at * 7919 % 1000) / 1000 for at in range(1_000)]
    values[500:511] = [9.0 + at / 100 for at in range(11)]

    assert inflation(values) > 3


def test_a_drift_makes_everything_worth_little() -> None:
    """A machine that grows slower all the time: a thousand requests are worth a few dozen."""
    values = np.random.default_rng(2).exponential(size=1_000) + np.linspace(0, 20, 1_000)

    assert inflation(values.tolist()) > 30


def test_what_two_sequences_share_takes_no_part_in_their_difference() -> None:
    """One slow disturbance over both, asked in turn: either alone is inflated a lot, their difference hardly."""
    both = np.exp(autoregressive(4_000, 0.98, 9))
    one, other = both[::2].tolist(), both[1::2].tolist()

    assert inflation(one) > 10
    assert paired_inflation(one, other) < 2


def test_two_sequences_of_their_own_are_inflated_as_each_alone() -> None:
    one, other = autoregressive(20_000, 0.6, 1).tolist(), autoregressive(20_000, 0.6, 2).tolist()

    assert paired_inflation(one, other) == pytest.approx(inflation(one), rel=0.15)


def test_beside_a_constant_the_other_sequence_counts_alone() -> None:
    """A constant brings neither variance nor anything to share."""
    moving = autoregressive(5_000, 0.6, 4).tolist()

    assert paired_inflation([1.0] * 5_000, moving) == inflation(moving)
    assert paired_inflation([1.0] * 5_000, [2.0] * 5_000) == 1.0


def test_waits_without_end_are_levels_like_others() -> None:
    """Failures in one run are dependent; NaN comes of nothing."""
    values = [*([1.0] * 480), *([math.inf] * 40), *([1.0] * 480)]

    found = inflation(values)

    assert math.isfinite(found)
    assert found > 5


@pytest.mark.parametrize("n", [0, 1, 19])
def test_too_short_a_sequence_says_nothing(n: int) -> None:
    assert inflation([float(value) for value in range(n)]) == 1.0
    assert paired_inflation([float(value) for value in range(n)], [1.0] * 50) == 1.0


def test_the_window_ends_where_five_lags_are_quiet() -> None:
    """Twice the last loud lag; a short quiet stretch does not end it; without an end all lags count."""
    n = 1_000
    loud, quiet = 0.9, 0.0

    assert window_width(np.array([1.0, *[quiet] * 20]), n) == 0
    assert window_width(np.array([1.0, loud, loud, *[quiet] * 20]), n) == 4
    assert window_width(np.array([1.0, loud, *[quiet] * 4, loud, *[quiet] * 20]), n) == 12
    assert window_width(np.array([1.0, *[loud] * 20]), n) == 20


def test_the_noise_that_a_lag_may_have_falls_with_the_sequence() -> None:
    """2 sqrt(log10(n) / n): 0.11 is loud among 1,000 values and quiet among 500."""
    lags = np.array([1.0, 0.12, *[0.0] * 20])

    assert window_width(lags, 1_000) == 2
    assert window_width(lags, 500) == 0

"""Bounds on the range of groups: the pairs they are made of, how often they err, and groups without counts."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from seatrial.stats import newcombe, normal, studentized_range
from seatrial.stats.group_range import GroupRange, range_of_estimates, range_of_shares, ratio_of_shares
from seatrial.stats.proportion import wilson

RIGHT, N = (45, 160, 61, 330, 18), (50, 200, 80, 400, 20)


def test_bounds_are_the_largest_of_newcombes_pairs() -> None:
    """The lower one at the family's level, the upper one at its own, each with the pair that carries it."""
    pairs = list(permutations(range(5), 2))
    family = normal.sf(float(stats.studentized_range.isf(0.05, 5, np.inf)) / math.sqrt(2))
    sure = {(i, j): newcombe.unpaired(RIGHT[i], N[i], RIGHT[j], N[j], alpha=family).lower for i, j in pairs}
    possible = {(i, j): newcombe.unpaired(RIGHT[i], N[i], RIGHT[j], N[j], alpha=0.05).upper for i, j in pairs}
    lowest, highest = max(sure, key=sure.__getitem__), max(possible, key=possible.__getitem__)

    bounds = range_of_shares(RIGHT, N, alpha=0.05)

    assert bounds.estimate == pytest.approx(0.9 - 61 / 80)
    assert bounds.lower == pytest.approx(max(0.0, sure[lowest]), abs=1e-9)
    assert bounds.upper == pytest.approx(possible[highest], abs=1e-9)
    assert (bounds.at_lower.high, bounds.at_lower.low) == lowest
    assert (bounds.at_upper.high, bounds.at_upper.low) == highest
    assert (bounds.seen.high, bounds.seen.low) == (0, 2)


def test_a_clear_gap_is_bounded_away_from_zero() -> None:
    """At q / sqrt 2 for three groups, by hand: 0.9 of 200 against 0.5 of 100."""
    z = 3.314493155398120 / math.sqrt(2)
    high, low = (_by_hand(180, 200, z), _by_hand(50, 100, z))

    bounds = range_of_shares([180, 140, 50], [200, 200, 100], alpha=0.05)

    assert bounds.lower == pytest.approx(0.4 - math.hypot(0.9 - high[0], low[1] - 0.5), abs=1e-9)


def _by_hand(right: int, n: int, z: float) -> tuple[float, float]:
    p = right / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (p + z * z / (2 * n) - half) / (1 + z * z / n), (p + z * z / (2 * n) + half) / (1 + z * z / n)


def test_two_groups_are_one_difference() -> None:
    """The studentised range of two is sqrt 2 times the two-sided quantile: the lower bound is Newcombe's at 2.5 %."""
    bounds = range_of_shares([70, 48], [80, 80], alpha=0.05)

    assert bounds.lower == pytest.approx(newcombe.unpaired(70, 80, 48, 80, alpha=0.025).lower, abs=1e-10)
    assert bounds.upper == pytest.approx(newcombe.unpaired(70, 80, 48, 80, alpha=0.05).upper, abs=1e-12)


def _simulated(shares: list[float], rows: int, replicates: int, seed: int) -> list[GroupRange]:
    draws = np.random.default_rng(seed).binomial(rows, shares, size=(replicates, len(shares)))
    return [range_of_shares(row.tolist(), [rows] * len(shares), alpha=0.05) for row in draws]


@pytest.mark.parametrize(("groups", "rows", "most"), [(2, 50, 0.012), (5, 50, 0.01), (20, 50, 0.01), (20, 200, 0.002)])
def test_equal_groups_are_seldom_said_to_differ_by_more_than_the_limit(groups: int, rows: int, most: float) -> None:
    """Share 0.8, limit 0.05: a point rule blocks 54 % to 100 % of these, the bound at most 1 %."""
    drawn = _simulated([0.8] * groups, rows, 3_000, seed=groups * rows)

    assert np.mean([bounds.lower > 0.05 for bounds in drawn]) <= most
    assert np.mean([bounds.estimate > 0.05 for bounds in drawn]) > 0.5
    assert np.mean([bounds.lower > 0.0 for bounds in drawn]) < 0.06


@pytest.mark.parametrize(
    "shares", [[0.8, 0.85], [0.9, 0.95], [0.8, 0.825, 0.825, 0.825, 0.85], [0.8] * 10 + [0.85] * 10]
)
def test_groups_at_the_limit_seldom_pass(shares: list[float]) -> None:
    """Truly 0.05 apart: the upper bound lies below that in one sample in twenty at most, without any correction."""
    drawn = _simulated(shares, 1_000, 2_000, seed=len(shares))

    assert np.mean([bounds.upper < 0.05 for bounds in drawn]) < 0.065
    assert np.mean([bounds.lower > 0.05 for bounds in drawn]) < 0.065


def test_many_equal_groups_with_rows_enough_pass() -> None:
    drawn = _simulated([0.8] * 20, 5_000, 200, seed=3)

    assert np.mean([bounds.upper <= 0.06 for bounds in drawn]) > 0.9


def test_ratio_is_bounded_by_square_and_add_on_logarithms() -> None:
    """Two groups, by hand: Wilson's limits, their logarithms, squared and added."""
    first, second = wilson(45, 50, alpha=0.05), wilson(30, 50, alpha=0.05)
    seen = math.log(0.9 / 0.6)
    most = seen + math.hypot(math.log(first.upper / 0.9), math.log(0.6 / second.lower))

    bounds = ratio_of_shares([45, 30], [50, 50], alpha=0.05)

    assert bounds.estimate == pytest.approx(0.6 / 0.9)
    assert bounds.lower == pytest.approx(math.exp(-most), rel=1e-12)
    assert bounds.lower < bounds.estimate < bounds.upper < 1
    assert (bounds.seen.high, bounds.seen.low) == (0, 1)


@pytest.mark.parametrize("shares", [[0.8, 0.64], [0.3, 0.3, 0.24], [0.05, 0.04]])
def test_groups_at_a_limit_of_four_fifths_seldom_pass(shares: list[float]) -> None:
    draws = np.random.default_rng(5).binomial(1_000, shares, size=(3_000, len(shares)))
    drawn = [ratio_of_shares(row.tolist(), [1_000] * len(shares), alpha=0.05) for row in draws]

    assert np.mean([bounds.lower > 0.8 for bounds in drawn]) < 0.06
    assert np.mean([bounds.upper < 0.8 for bounds in drawn]) < 0.06


def test_a_group_without_counts_can_fail_and_never_pass() -> None:
    """0 of 200 beside half of 200 is below four fifths for sure; 0 of 5 shows nothing; no ratio is above 0 for sure."""
    many, few = ratio_of_shares([100, 0], [200, 200], alpha=0.05), ratio_of_shares([3, 0], [5, 5], alpha=0.05)

    assert (many.estimate, many.lower, few.lower) == (0.0, 0.0, 0.0)
    assert many.upper < 0.1
    assert few.upper == 1.0
    assert (many.seen.high, many.seen.low) == (0, 1)
    assert (few.at_upper.high, few.at_upper.low) == (0, 1)


def test_beside_a_group_without_counts_the_largest_share_is_named() -> None:
    """All ratios to it are 0: the pair shown is that of the largest share, wherever it stands."""
    bounds = ratio_of_shares([0, 5, 7, 6], [50, 60, 70, 70], alpha=0.05)

    assert (bounds.seen.high, bounds.seen.low) == (2, 0)
    assert (bounds.at_lower.high, bounds.at_lower.low) == (2, 0)


def test_no_counts_anywhere_is_unknown() -> None:
    bounds = ratio_of_shares([0, 0], [500, 500], alpha=0.05)

    assert math.isnan(bounds.estimate)
    assert (bounds.lower, bounds.upper) == (0.0, 1.0)


def test_flawless_groups_are_not_said_to_be_exactly_equal() -> None:
    bounds = ratio_of_shares([50, 60], [50, 60], alpha=0.05)

    assert bounds.estimate == 1.0
    assert 0.9 < bounds.lower < 0.97
    assert bounds.upper == 1.0


def test_range_of_estimates_is_tukeys() -> None:
    """Four means with a pooled error against scipy's Tukey-Kramer intervals, unequal numbers of rows."""
    rng = np.random.default_rng(2)
    samples = [rng.normal(mean, 1.0, size) for mean, size in ((0.0, 30), (0.4, 50), (1.4, 20), (0.2, 60))]
    freedom = sum(s.size for s in samples) - 4
    pooled = math.sqrt(sum(float(np.sum((s - s.mean()) ** 2)) for s in samples) / freedom)
    expected = stats.tukey_hsd(*samples).confidence_interval(0.95)

    bounds = range_of_estimates(
        [float(s.mean()) for s in samples], [pooled / math.sqrt(s.size) for s in samples], alpha=0.05, freedom=freedom
    )

    assert bounds.lower == pytest.approx(float(expected.low.max()), abs=1e-8)
    assert bounds.lower > 0.3
    single = float(stats.t.isf(0.05, freedom)) * pooled * math.sqrt(1 / 20 + 1 / 30)
    assert bounds.upper == pytest.approx(bounds.estimate + single, rel=1e-9)


def test_range_of_known_errors_uses_the_normal_law() -> None:
    bounds = range_of_estimates([0.9, 0.7, 0.71], [0.01, 0.02, 0.02], alpha=0.05)
    q = studentized_range.upper_quantile(0.05, 3)

    assert bounds.lower == pytest.approx(0.2 - q / math.sqrt(2) * math.hypot(0.01, 0.02), abs=1e-12)
    assert bounds.upper == pytest.approx(0.2 + normal.upper_quantile(0.05) * math.hypot(0.01, 0.02), abs=1e-12)


@pytest.mark.parametrize(
    ("right", "n"), [([1], [2]), ([1, 2], [2]), ([1, 3], [2, 2]), ([0, 0], [5, 0]), ([-1, 1], [2, 2])]
)
def test_impossible_counts_are_refused(right: list[int], n: list[int]) -> None:
    for bounds in (range_of_shares, ratio_of_shares):
        with pytest.raises(ValueError, match=r"not two groups|not a share"):
            bounds(right, n, alpha=0.05)


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ([0.5], [0.1]),
        ([0.5, 0.4], [0.1]),
        ([0.5, 0.4], [0.1, 0.0]),
        ([math.nan, 0.4], [0.1, 0.1]),
        ([0.5, 0.4], [0.1, math.inf]),
    ],
)
def test_estimates_without_a_spread_are_refused(values: list[float], errors: list[float]) -> None:
    with pytest.raises(ValueError, match=r"not two groups|finite values"):
        range_of_estimates(values, errors, alpha=0.05)


def test_two_hundred_thousand_groups_of_a_row_are_two_kinds_of_group() -> None:
    """All pairs of them would be forty thousand million; groups that are equal have one bound."""
    right = [0 if at % 3 else 1 for at in range(200_000)]

    for bounds in (
        range_of_shares(right, [1] * len(right), alpha=0.05),
        ratio_of_shares(right, [1] * 200_000, alpha=0.05),
    ):
        assert (bounds.seen.high, bounds.seen.low) == (0, 1)

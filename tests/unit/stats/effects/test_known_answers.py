"""Effects against independent computations: scipy, published tables, brute force, and what must hold by symmetry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from seatrial.stats import pooling
from seatrial.stats.effects import (
    beyond,
    cohens_h,
    collisions,
    shape,
    share,
    shift,
    spread,
    unseen,
    whole,
)
from seatrial.stats.effects.location import FARTHEST
from seatrial.stats.effects.record import folded
from seatrial.stats.two_shares import difference_interval
from tests.support.effect_laws import LAWS, REFERENCE, normal_shares

_KW: dict[str, Any] = {"confidence": 0.95, "floor": 0.1, "detect": 0.3, "alpha": 0.001}

# Newcombe (1998), Stat. Med. 17:873, table II, Miettinen and Nurminen's method, 95 %.
_PUBLISHED = [
    (56, 70, 48, 80, 0.0528, 0.3382),
    (9, 10, 3, 10, 0.1700, 0.8406),
    (6, 7, 2, 7, 0.0342, 0.8534),
    (5, 56, 0, 29, -0.0326, 0.1933),
    (0, 10, 0, 20, -0.1658, 0.2844),
    (0, 10, 0, 10, -0.2879, 0.2879),
    (10, 10, 0, 20, 0.7156, 1.0),
]


def _two_sides(seed: int = 0, m: int = 500) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    return generator.multinomial(20_000, REFERENCE), generator.multinomial(m, LAWS["shift .3"])


@pytest.mark.parametrize(("k1", "n1", "k2", "n2", "lower", "upper"), _PUBLISHED)
def test_score_interval_prints_the_published_figures(
    k1: int, n1: int, k2: int, n2: int, lower: float, upper: float
) -> None:
    """To the four printed decimals."""
    interval = difference_interval(k1, n1, k2, n2, alpha=0.025)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == (lower, upper)


def test_shift_has_the_p_value_of_mann_and_whitney() -> None:
    """With ties, without continuity correction, to the skewness that ties leave."""
    earlier, later = _two_sides()
    values = np.arange(64)
    expected = stats.mannwhitneyu(np.repeat(values, later), np.repeat(values, earlier), use_continuity=False)
    effect = shift(earlier, later, **_KW)

    assert effect.p == pytest.approx(float(expected.pvalue), rel=1e-6)
    assert effect.signed > 0
    assert effect.estimate == pytest.approx(
        math.sqrt(2) * float(stats.norm.ppf(expected.statistic / (500 * 20_000))), rel=1e-9
    )


def test_shift_is_one_standard_deviation_where_the_mean_moved_by_one() -> None:
    """Population counts: the estimate is the shift, but for what 64 bins cannot see; both directions alike."""
    up = shift(REFERENCE * 1e9, LAWS["shift 1"] * 1e9, **_KW)
    down = shift(REFERENCE * 1e9, normal_shares(-1, 1) * 1e9, **_KW)

    assert up.signed == pytest.approx(1.0, abs=0.003)
    assert down.signed == pytest.approx(-up.signed, rel=1e-9)
    assert down.low == pytest.approx(up.low, rel=1e-9)


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_few_rows_of_one_bin_exclude_no_shift(rows: int) -> None:
    """They have no variance to show, and one row in the middle of the reference is no proof that nothing moved."""
    middle = np.zeros(20)
    middle[9] = rows

    assert shift(np.full(20, 50), middle, **_KW).high > 0.3


def test_many_rows_of_one_bin_have_a_location_that_is_known() -> None:
    """A sensor that is stuck at the median has not moved; that it is stuck, others tell."""
    middle = np.zeros(21)
    middle[10] = 2_000

    assert shift(np.full(21, 50), middle, **_KW).high < 0.1


def test_nothing_can_be_told_apart_in_one_bin() -> None:
    """What is all in one place on both sides excludes nothing, however many rows there are."""
    effect = shift([500, 0], [3, 0], **_KW)

    assert (effect.estimate, effect.low, effect.p) == (0.0, 0.0, 1.0)
    assert effect.high > 1.0


@pytest.mark.parametrize("rows", [2, 3, 5, 10, 40])
def test_the_upper_bound_of_a_shift_holds_for_few_rows_of_few_values(rows: int) -> None:
    """Of three values most rows have the middle one, so that few rows are often all alike."""
    rng = np.random.default_rng(3)
    before = np.array([0.1, 0.8, 0.1])
    after = before * np.exp([-0.5, 0.0, 0.5])
    after /= after.sum()
    truth = shift(before * 1e9, after * 1e9, **_KW).estimate

    found = [shift(rng.multinomial(1000, before), rng.multinomial(rows, after), **_KW).high for _ in range(300)]

    assert np.mean(np.array(found) < truth) < 0.12


def test_two_sides_that_do_not_overlap_are_far_apart_but_bounded_by_their_rows() -> None:
    """Three current rows above all others prove little, three hundred a lot."""
    few = shift([1000, 0], [0, 3], **_KW)
    many = shift([1000, 0], [0, 300], **_KW)

    assert (few.estimate, few.high, many.estimate) == (FARTHEST, FARTHEST, FARTHEST)
    assert 0.0 <= few.low < 0.6
    assert 3.0 < many.low < 4.0


def test_spread_is_blind_to_two_values_and_sees_a_stuck_column() -> None:
    """Fewer than three bins give no effect at all; all rows in one bin give a large one."""
    assert spread([100, 200], [30, 10], **_KW) is None
    assert spread([100, 0, 200, 0], [3, 0, 10, 0], **_KW) is None
    stuck = spread(REFERENCE * 20_000, np.eye(64)[40] * 500, **_KW)

    assert stuck is not None
    assert stuck.signed < -3
    assert stuck.low > 2


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.3, 2.0])
@pytest.mark.parametrize("moved", [0.0, 0.5, -1.0])
def test_spread_is_the_log_of_the_ratio_whatever_the_shift(factor: float, moved: float) -> None:
    """Population counts of N(moved, factor): sqrt 2 log(factor)."""
    effect = spread(REFERENCE * 1e9, normal_shares(moved, factor) * 1e9, **_KW)

    assert effect is not None
    assert effect.signed == pytest.approx(math.sqrt(2) * math.log(factor), abs=1e-6)


def test_spread_joins_bins_the_reference_left_empty() -> None:
    """Values where the reference has none count for the neighbouring bin; nothing becomes infinite."""
    effect = spread([0, 50, 0, 100, 50, 0], [5, 20, 3, 60, 20, 40], **_KW)

    assert effect is not None
    assert 0 <= effect.low <= effect.estimate <= effect.high < 10
    assert effect.parts == 3


@pytest.mark.parametrize("later", [[450, 560, 520, 470], [505, 600, 495, 400]])
def test_shape_has_the_larger_p_value_of_pearsons_test_and_the_g_test(later: list[int]) -> None:
    """Where every bin is well filled, the gamma law is the chi-square law to a few percent of p."""
    table = np.array([[4000, 6000, 5000, 5000], later])
    pearson = stats.chi2_contingency(table, correction=False)
    g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    expected = max(float(pearson.pvalue), float(g.pvalue))

    assert shape(table[0], table[1], **_KW).p == pytest.approx(expected, rel=0.02)


def test_a_rare_bin_that_got_more_rows_by_chance_is_not_made_too_much_of() -> None:
    """Pearson's square alone would call 19 rows where 7.5 are expected three times as unlikely as they are."""
    earlier, later = np.array([19_700, 300]), np.array([481, 19])
    exact = float(stats.hypergeom.sf(18, 20_500, 319, 500))

    assert exact <= shape(earlier, later, **_KW).p <= 3 * exact
    assert stats.chi2_contingency(np.array([earlier, later]), correction=False).pvalue < exact / 2


def test_a_rare_bin_that_got_no_rows_by_chance_is_not_made_too_much_of() -> None:
    """The logarithm of G alone would."""
    earlier, later = np.array([19_700, 300]), np.array([500, 0])
    exact = float(stats.hypergeom.cdf(0, 20_500, 300, 500))

    assert shape(earlier, later, **_KW).p >= exact


def test_shape_p_value_follows_all_tables_with_the_same_margins() -> None:
    """With rare categories chi-square is no guide; the permuted tables are, and p is never below their frequency."""
    generator = np.random.default_rng(3)
    columns = np.array([18, 20, 40, 300, 17, 19, 17, 900])
    draws = generator.multivariate_hypergeometric(columns, 400, size=20_000)
    expected = columns * 400 / columns.sum()
    statistics = ((draws - expected) ** 2 / expected).sum(axis=1)
    at = int(np.argsort(statistics)[-200])  # the 1 % point
    effect = shape(columns - draws[at], draws[at], **_KW, ordered=False)

    assert effect.parts == 8
    assert 0.8 * 0.01 <= effect.p <= 2 * 0.01


def test_variance_of_pearsons_statistic_is_that_over_all_tables() -> None:
    """Many categories of one to three rows: the chi-square law would say 2 (bins - 1), which is not so."""
    generator = np.random.default_rng(4)
    columns = np.array([1] * 30 + [2] * 15 + [3] * 5 + [40])
    total, drawn = int(columns.sum()), 30
    draws = generator.multivariate_hypergeometric(columns, drawn, size=100_000)
    expected = columns * drawn / total
    statistics = ((draws - expected) ** 2 / expected).sum(axis=1) * total / (total - drawn)
    variance = whole._permutation_variance(
        float(total), columns.size, 1 / drawn + 1 / (total - drawn), float((1 / columns).sum())
    )

    assert variance == pytest.approx(float(statistics.var()), rel=0.03)
    assert variance != pytest.approx(2 * (columns.size - 1), rel=0.2)


def test_shape_is_bounded_where_nothing_overlaps() -> None:
    """The largest distance is sqrt(8 log 2); the lower bound stays below it."""
    effect = shape([500, 500, 0, 0], [0, 0, 40, 60], **_KW, ordered=False)

    assert 2.2 < effect.low < effect.estimate <= effect.high == pytest.approx(math.sqrt(8 * math.log(2)))
    assert effect.p < 1e-100


def test_shape_of_a_single_bin_says_nothing() -> None:
    """One bin on both sides: no effect, p 1, and an upper bound that is never a pass."""
    effect = shape([500, 0], [40, 0], **_KW)

    assert (effect.estimate, effect.low, effect.p, effect.n_needed) == (0.0, 0.0, 1.0, None)
    assert effect.high > 2


def test_pooling_in_order_keeps_heavy_bins_alone_and_every_bin_filled() -> None:
    """Neighbours are joined, never others; a bin heavy on its own is not diluted."""
    both = np.array([1.0, 1, 1, 200, 1, 1, 100, 100, 100, 2])
    labels = pooling.in_order(both, 0.5, bins=10)

    assert np.array_equal(labels, np.sort(labels))
    assert np.unique(labels[labels == labels[3]]).size == 1
    assert float(pooling.pooled(both, labels).min()) * 0.5 >= pooling.EXPECTED
    assert pooling.pooled(both, labels).sum() == both.sum()


@pytest.mark.parametrize("seed", range(5))
def test_pooling_by_mass_keeps_common_categories_and_fills_the_rest(seed: int) -> None:
    """A category with enough rows stays itself; rare ones share at most ten bins, each filled."""
    both = np.random.default_rng(seed).pareto(0.5, 400).round() + 0.0
    labels = pooling.by_mass(both, 0.1)
    sums = pooling.pooled(both, labels)

    assert sums.sum() == both.sum()
    assert float(sums.min()) * 0.1 >= pooling.EXPECTED
    common = np.flatnonzero(both * 0.1 >= pooling.EXPECTED)
    alone = [np.count_nonzero(labels == labels[index]) == 1 for index in common]
    assert sum(alone) >= len(common) - 1
    assert sums.size <= len(common) + pooling.OTHERS


def test_share_has_the_mid_p_value_of_fishers_test() -> None:
    """Twice the smaller tail, half of the seen table."""
    law = stats.hypergeom(20_500, 15, 500)
    expected = 2 * (float(law.sf(5)) + float(law.pmf(5)) / 2)
    effect = share(10, 20_000, 5, 500, **_KW)

    assert effect.p == pytest.approx(expected, rel=1e-9)
    assert effect.signed == pytest.approx(0.01 - 0.0005)


def test_cohens_h_is_the_difference_of_arcsines() -> None:
    """Cohen (1988), table 6.2.2: the arcsine transformation of .5 is 1.571, of .25 is 1.047."""
    assert cohens_h(0.25, 0.5) == pytest.approx(1.571 - 1.047, abs=0.001)
    assert cohens_h(0.0, 1.0) == pytest.approx(math.pi)


def test_three_rows_beyond_the_largest_of_twenty_thousand_are_no_chance() -> None:
    """p is the product of (m - i) / (n + m - i)."""
    effect = beyond(3, 500, 20_000, **_KW)

    assert effect.p == pytest.approx(500 / 20_500 * 499 / 20_499 * 498 / 20_498, rel=1e-9)
    assert beyond(0, 500, 20_000, **_KW).p == 1.0
    assert effect.low == pytest.approx(float(stats.beta.ppf(0.05, 3, 498)), rel=1e-9)


def test_new_values_without_singletons_are_as_rows_beyond() -> None:
    """Where every value was seen twice, a new one is as unlikely as a row beyond; with singletons it is not."""
    assert unseen(3, 500, 0, 20_000, **_KW).p == pytest.approx(beyond(3, 500, 20_000, **_KW).p, rel=1e-9)
    assert unseen(3, 500, 120, 20_000, **_KW).p > 0.3
    expected = float(stats.hypergeom(20_500, 43, 500).sf(2))
    assert unseen(3, 500, 40, 20_000, **_KW).p == pytest.approx(expected, rel=1e-9)


def test_repeated_rows_are_compared_pair_by_pair() -> None:
    """Given all pairs, those of the current side are binomial with the share of its room; none is no alarm."""
    room, other = 500 * 499 / 2, 20_000 * 19_999 / 2
    effect = collisions(4, 500, 300, 20_000, **_KW)

    assert effect.p == pytest.approx(float(stats.binom.sf(3, 304, room / (room + other))), rel=1e-9)
    assert effect.signed == pytest.approx((4 - 300 * room / other) / 500, rel=1e-12)
    assert collisions(0, 500, 300, 20_000, **_KW).p == 1.0


def test_bounds_of_repetitions_know_that_few_pairs_of_the_reference_say_little() -> None:
    """Zou's bounds from Garwood's limits of 9 and of 3 pairs, the sides being equally large."""
    effect = collisions(9, 1000, 3, 1000, **_KW)
    low_9, high_9 = (float(special.gammaincinv(k, q)) for k, q in ((9, 0.05), (10, 0.95)))
    low_3, high_3 = (float(special.gammaincinv(k, q)) for k, q in ((3, 0.05), (4, 0.95)))

    assert effect.estimate == pytest.approx(0.006)
    assert effect.high == pytest.approx((6 + math.hypot(high_9 - 9, 3 - low_3)) / 1000, rel=1e-9)
    assert effect.low == pytest.approx(max(0.0, 6 - math.hypot(9 - low_9, high_3 - 3)) / 1000, rel=1e-9)


@pytest.mark.parametrize("seen", [1.0, 1.97, 2.5, 8.0])
def test_lower_bound_of_a_size_counts_both_directions(seen: float) -> None:
    """At the bound, an estimate as far from 0 in either direction has a probability of exactly 5 %."""
    low, high = folded(-seen, 1.0, confidence=0.95)

    assert high == pytest.approx(seen + 1.6448536, rel=1e-6)
    if seen < 1.96:
        assert low == 0.0
    else:
        assert float(stats.norm.sf(seen - low) + stats.norm.sf(seen + low)) == pytest.approx(0.05, rel=1e-9)


def _brute_force(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> tuple[float, float]:
    """The area and its standard error by all pairs: DeLong, DeLong and Clarke-Pearson (1988)."""
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    error = wins.mean(axis=1).var(ddof=1) / len(positive) + wins.mean(axis=0).var(ddof=1) / len(negative)
    return float(wins.mean()), math.sqrt(float(error))


def test_design_effect_takes_rows_away() -> None:
    """A design effect of 4 on both sides is a quarter of the rows, in every effect that counts them."""
    earlier, later = _two_sides(m=4000)
    halves = shift(earlier, later, **_KW, deff_reference=4.0, deff_current=4.0)
    wide, narrow = halves.high - halves.estimate, shift(earlier, later, **_KW)

    assert wide == pytest.approx(2 * (narrow.high - narrow.estimate), rel=1e-3)
    assert halves.p > narrow.p
    by_count = shape(earlier / 4, later / 4, **_KW)
    by_design = shape(earlier, later, **_KW, deff_reference=4.0, deff_current=4.0)
    assert by_design.low == pytest.approx(by_count.low, rel=1e-12)
    assert by_design.n_needed == pytest.approx(4 * (by_count.n_needed or 0), abs=4)


@pytest.mark.parametrize("detect", [0.1, 0.05])
def test_no_number_of_rows_shows_what_lies_below_the_floor(detect: float) -> None:
    """Where `detect` is not above `floor`, there is no plan."""
    earlier, later = _two_sides()
    kw = _KW | {"detect": detect}

    assert shift(earlier, later, **kw).n_needed is None
    assert shape(earlier, later, **kw).n_needed is None
    assert share(10, 20_000, 5, 500, **kw).n_needed is None
    assert beyond(3, 500, 20_000, **kw).n_needed is None


def test_too_small_a_reference_leaves_no_plan() -> None:
    """Thirty reference rows cannot show 0.3 standard deviations, whatever the other side brings."""
    assert shift(REFERENCE * 30, REFERENCE * 500, **_KW).n_needed is None
    assert shape(REFERENCE * 30, REFERENCE * 500, **_KW).n_needed is None


@pytest.mark.parametrize("measure", [shift, spread, shape])
def test_sides_without_rows_are_refused(measure: Any) -> None:
    """An empty side or a negative count raises ValueError: there is nothing to compare."""
    for earlier, later in (([0, 0, 0], [1, 2, 3]), ([1, 2, 3], [0, 0, 0]), ([1, -1, 3], [1, 2, 3])):
        with pytest.raises(ValueError, match=r"rows|counts"):
            measure(earlier, later, **_KW)

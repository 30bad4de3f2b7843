"""Comparisons by moments: the verdict, the p values of families, what may have stayed unseen, and rows needed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from seatrial.evidence.sample import Real
from seatrial.stats import student
from seatrial.stats.noninferiority import (
    COUNTS_LEAST,
    EQUAL_FAILS,
    Method,
    NonInferiority,
    decline,
    non_inferiority,
    non_inferiority_of_mean,
)
from seatrial.stats.rows import Assuming, limit_rows_needed, mean_rows_needed
from seatrial.stats.skewed_mean import Moments, hall_interval, hall_tail
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict


def _moments(values: Real) -> Moments:
    off = values - values.mean()
    return Moments(
        n=len(values),
        mean=float(values.mean()),
        squares=float((off**2).sum()),
        cubes=float((off**3).sum()),
        fourths=float((off**4).sum()),
    )


def _normal(n: int, mean: float, spread: float = 1.0) -> Moments:
    """Moments as those of n normal values, exactly."""
    return Moments(n=n, mean=mean, squares=spread**2 * (n - 1), cubes=0.0, fourths=3 * spread**4 * n)


def _judge(moments: Moments, margin: float = 0.1, *, reach: float = 6.0) -> NonInferiority:
    return non_inferiority_of_mean(moments, reach=reach, least=COUNTS_LEAST, margin=margin, alpha=0.05, power=0.8)


@pytest.mark.parametrize(
    ("mean", "n", "verdict"),
    [
        (0.0, 1_000, Verdict.PASS),
        (0.0, 200, Verdict.INCONCLUSIVE),
        (-0.1, 10_000, Verdict.INCONCLUSIVE),
        (-0.2, 1_000, Verdict.FAIL),
        (0.5, 100, Verdict.PASS),
        (-0.5, 100, Verdict.FAIL),
    ],
)
def test_bounds_decide(mean: float, n: int, verdict: Verdict) -> None:
    """Against a margin of a tenth of a standard deviation."""
    result = _judge(_normal(n, mean))

    assert (result.verdict, result.method) == (verdict, Method.MOMENTS)
    assert (result.rows is None) == (verdict is not Verdict.INCONCLUSIVE)


def test_without_skewness_it_is_students_test() -> None:
    """The bounds and both p values are those of scipy's t test of one sample."""
    values = stats.norm.ppf((np.arange(500) + 0.5) / 500)  # symmetric by construction
    values = values * 1.3 - 0.05
    result = _judge(_moments(values), 0.1)
    oracle = stats.ttest_1samp(values, -0.1, alternative="less")
    equal = stats.ttest_1samp(values, 0.0, alternative="less")
    bounds = stats.ttest_1samp(values, 0.0).confidence_interval(0.9)

    assert (result.interval.lower, result.interval.upper) == pytest.approx((bounds.low, bounds.high), abs=1e-9)
    assert result.p_worse == pytest.approx(float(oracle.pvalue), abs=1e-9)
    assert result.p_decline == pytest.approx(float(equal.pvalue), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_halls_tail_inverts_his_interval(seed: int, alpha: float) -> None:
    """At the upper bound the chance of a mean so low is alpha, at the lower that of one so high."""
    moments = _moments(np.random.default_rng(seed).exponential(size=60) - 0.2)
    interval = hall_interval(moments, alpha=alpha)

    assert hall_tail(moments, interval.upper) == pytest.approx(alpha, abs=1e-9)
    assert 1 - hall_tail(moments, interval.lower) == pytest.approx(alpha, abs=1e-9)


def test_halls_tail_without_spread_is_certain() -> None:
    """All values equal: the mean is what it is."""
    same = Moments(n=5, mean=1.0, squares=0.0, cubes=0.0, fourths=0.0)

    assert (hall_tail(same, 2.0), hall_tail(same, 1.0), hall_tail(same, 0.0)) == (0.0, 0.5, 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_halls_tail_rises_as_the_truth_falls(seed: int) -> None:
    """A mean this low is the less surprising, the lower the truth."""
    moments = _moments(np.random.default_rng(seed).exponential(size=40))
    tails = [hall_tail(moments, truth) for truth in np.linspace(-1, 3, 41)]

    assert tails == sorted(tails, reverse=True)
    assert 0 <= min(tails) <= max(tails) <= 1


def _rare(n: int, lost: int, size: float = 1.0) -> Moments:
    values = np.zeros(n)
    values[:lost] = -size
    return _moments(values)


def test_a_spread_that_few_units_carry_fails_only_what_three_more_could_not_make_up_for() -> None:
    """Eight losses in a hundred rows: worse for sure if bounds were right, and they are not. Ten are too many for three
    wins that stayed unseen; a family may not take that for more than it is."""
    few, enough = _judge(_rare(100, 8), 0.01, reach=1.0), _judge(_rare(100, 10), 0.01, reach=1.0)

    assert (few.verdict, few.method) == (Verdict.INCONCLUSIVE, Method.FEW)
    assert (few.p_worse, few.p_decline) == (1.0, 1.0)
    assert few.interval.lower < few.interval.upper
    assert (enough.verdict, enough.method) == (Verdict.FAIL, Method.UNSEEN)
    assert (enough.p_worse, enough.p_decline) == (0.05, EQUAL_FAILS)


@pytest.mark.parametrize("expected", [1, 2, 5, 10])
def test_what_few_units_fail_is_seldom_within_the_margin(expected: int) -> None:
    """Losses of one size at exactly the margin, as many as expected on average: at most 2 % of samples FAIL."""
    chance = np.random.default_rng(expected)
    lost = chance.binomial(1_000, expected / 1_000, size=4_000)
    failing = {int(k): _judge(_rare(1_000, int(k)), expected / 1_000, reach=1.0).verdict for k in np.unique(lost)}

    assert np.mean([failing[int(k)] is Verdict.FAIL for k in lost]) <= 0.02


def test_the_same_loss_in_every_unit_fails() -> None:
    """Nothing varies, so nothing is unsure: each of a thousand rows costs two points more."""
    same = Moments(n=1_000, mean=-0.02, squares=0.0, cubes=0.0, fourths=0.0)

    assert _judge(same, 0.01, reach=1.0).verdict is Verdict.FAIL


def test_what_stayed_unseen_can_be_too_little_to_matter() -> None:
    """No unit tells the models apart in ten thousand: three more could not reach a point; in a hundred they could."""
    many, few = _judge(_rare(10_000, 0), 0.01, reach=1.0), _judge(_rare(100, 0), 0.01, reach=1.0)

    assert (many.verdict, many.method) == (Verdict.PASS, Method.UNSEEN)
    assert (few.verdict, few.method) == (Verdict.INCONCLUSIVE, Method.FEW)
    assert many.interval.lower == pytest.approx(-(3 + 1.6448536 * 3**0.5) / 10_000, rel=1e-3)


@pytest.mark.parametrize("unseen", [1, 2, 3])
def test_the_bound_of_the_unseen_holds_where_it_is_needed(unseen: int) -> None:
    """With so many losses expected and none seen, the bound is below the truth: samples without any loss are common,
    and none of them passes a margin that the truth misses."""
    n = 2_000
    truth = -unseen / n

    assert _judge(_rare(n, 0), -truth * 0.999, reach=1.0).verdict is Verdict.INCONCLUSIVE


def test_least_units_is_the_border() -> None:
    """At 30 effective units moments decide, below they do not."""
    just = Moments(n=1_000, mean=-1.0, squares=1_000.0, cubes=0.0, fourths=1_000.0**2 / COUNTS_LEAST)
    below = Moments(n=1_000, mean=-1.0, squares=1_000.0, cubes=0.0, fourths=1_000.0**2 / COUNTS_LEAST * 1.001)

    far = 400.0  # what one more unit could add

    assert (_judge(just, reach=far).verdict, _judge(below, reach=far).verdict) == (Verdict.FAIL, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("won", "lost"), [(0, 0), (0, 5), (3, 6), (5, 4), (30, 50)])
def test_decline_is_the_sign_test(won: int, lost: int) -> None:
    """Equally good models lose each disagreement with a probability of a half."""
    expected = stats.binomtest(lost, won + lost, 0.5, alternative="greater").pvalue if won + lost else 1.0

    assert decline(PairedCounts(n=200, candidate_only=won, baseline_only=lost)) == pytest.approx(expected)


def test_sparing_asks_the_exact_test_only_where_it_could_decide() -> None:
    """The verdict is the same; what is spared is the tenth of a second where nothing could come of it."""
    for counts in (
        PairedCounts(n=60, candidate_only=1, baseline_only=2),
        PairedCounts(n=400, candidate_only=0, baseline_only=0),
        PairedCounts(n=60, candidate_only=0, baseline_only=9),
    ):
        plain = non_inferiority(counts, margin=0.02, alpha=0.05, power=0.8)
        spared = non_inferiority(counts, margin=0.02, alpha=0.05, power=0.8, sparing=True)
        assert spared.verdict is plain.verdict


def test_rows_needed_of_a_mean_deliver_the_power() -> None:
    """Eight of ten samples of that many rows pass when the models are equal (simulated, fixed seed)."""
    draw = np.random.default_rng(1)
    small = _moments(draw.normal(0, 1, 200) * 1.0)
    rows = mean_rows_needed(small, least=COUNTS_LEAST, margin=0.1, alpha=0.05, power=0.8)
    assert rows.needed is not None

    passes = sum(_judge(_moments(draw.normal(0, 1, rows.needed))).verdict is Verdict.PASS for _ in range(300))

    assert rows.assuming is Assuming.EQUAL
    assert passes / 300 >= 0.8 - 3 * (0.8 * 0.2 / 300) ** 0.5


def test_rows_needed_are_at_least_those_that_carry_a_spread() -> None:
    """One row in a hundred tells the models apart: thirty of them are three thousand rows, whatever the margin."""
    few = _rare(500, 5)
    rows = mean_rows_needed(few, least=COUNTS_LEAST, margin=0.5, alpha=0.05, power=0.8)

    assert rows.needed == pytest.approx(3_000, rel=0.03)


def test_rows_needed_on_the_limit_and_without_spread_are_not_named() -> None:
    """Nobody can say how many."""
    on_it = mean_rows_needed(_normal(10_000, -0.1), least=COUNTS_LEAST, margin=0.1, alpha=0.05, power=0.8)
    flat = mean_rows_needed(_rare(50, 0), least=COUNTS_LEAST, margin=0.1, alpha=0.05, power=0.8)

    assert (on_it.needed, on_it.assuming) == (None, Assuming.AS_SEEN)
    assert flat.needed is None
    assert limit_rows_needed(_normal(100, 0.5), limit=0.5, alpha=0.05).needed is None


@pytest.mark.parametrize(("mean", "limit"), [(0.55, 0.5), (0.45, 0.5), (1.02, 1.0)])
def test_rows_to_be_sure_of_a_side_are_the_normal_plan(mean: float, limit: float) -> None:
    """(z_alpha + z_power)^2 variance over the squared distance."""
    seen = _normal(100, mean)

    rows = limit_rows_needed(seen, limit=limit, alpha=0.05, power=0.8)

    assert rows.needed == pytest.approx(((1.6448536 + 0.8416212) / (mean - limit)) ** 2, rel=0.01)


def test_rows_needed_exceed_those_that_are_there() -> None:
    """Even where the plan would be below, since these did not decide."""
    assert limit_rows_needed(_normal(10_000, 0.9), limit=0.5, alpha=0.05).needed == 10_001


def test_the_quantile_of_the_test_is_students() -> None:
    """Fifty normal values: t with 49 degrees of freedom, not the normal quantile."""
    result = _judge(_normal(200, 0.0), 0.5)
    half = student.upper_quantile(0.05, 199) / math.sqrt(200)

    assert result.interval.upper == pytest.approx(half, rel=1e-9)

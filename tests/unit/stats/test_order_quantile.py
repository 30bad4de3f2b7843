"""Order-statistic intervals: published ranks, the exact binomial, and where no bound exists."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom
from scipy.stats.mstats import mquantiles

from seatrial.stats.order_quantile import fewest_for_bound, quantile_bounds, sample_quantile, tail_rank


@pytest.mark.parametrize(
    ("share", "alpha", "expected"),
    [(0.99, 0.05, 299), (0.95, 0.05, 59), (0.999, 0.05, 2995), (0.5, 0.05, 5), (0.01, 0.05, 299)],
)
def test_the_fewest_values_that_bound_a_quantile(share: float, alpha: float, expected: int) -> None:
    """The well-known 59, 299 and 2,995; the number before has no bound, this one has."""
    rarer = min(share, 1 - share)

    assert fewest_for_bound(share, alpha=alpha) == expected
    assert tail_rank(expected - 1, rarer, alpha=alpha) == 0
    assert tail_rank(expected, rarer, alpha=alpha) == 1


def test_the_median_has_the_ranks_of_the_sign_test() -> None:
    """As in every table of the sign test: at n 10, 20 and 50 the 2nd, 6th and 19th smallest bound the median."""
    assert [tail_rank(n, 0.5, alpha=0.05) for n in (10, 20, 50)] == [2, 6, 19]


@pytest.mark.parametrize("n", [1, 7, 60, 299, 1_000, 20_000])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.9])
@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.2])
def test_ranks_are_the_last_that_the_binomial_allows(n: int, share: float, alpha: float) -> None:
    """Fewer than k values in the tail is rare enough, fewer than k + 1 is not: by scipy's binomial."""
    k = tail_rank(n, share, alpha=alpha)

    assert k == 0 or binom.cdf(k - 1, n, share) <= alpha * (1 + 1e-9)
    assert binom.cdf(k, n, share) > alpha


def test_dependent_values_are_worth_fewer() -> None:
    """Values that come in fours bound a quantile as a quarter of them would, and four times as many are needed."""
    assert fewest_for_bound(0.99, alpha=0.05, inflation=4.0) == math.ceil(4 * math.log(0.05) / math.log(0.99))
    assert tail_rank(1_000, 0.01, alpha=0.05, inflation=4.0) == 0
    assert tail_rank(4_000, 0.05, alpha=0.05, inflation=4.0) <= 4 * tail_rank(1_000, 0.05, alpha=0.05)
    assert tail_rank(4_000, 0.05, alpha=0.05, inflation=4.0) >= 4 * (tail_rank(1_000, 0.05, alpha=0.05) - 1)


def test_bounds_are_values_counted_from_the_ends() -> None:
    """Of 100 values the 95th percentile lies, at 5 % each, from the 91st to the 99th smallest."""
    ordered = [float(value) for value in range(1, 101)]
    bounds = quantile_bounds(ordered, 0.95, alpha=0.05)
    below = next(k for k in range(100, 0, -1) if binom.cdf(k - 1, 100, 0.95) <= 0.05)
    above = next(k for k in range(100, 0, -1) if binom.cdf(k - 1, 100, 0.05) <= 0.05)

    assert (bounds.lower, bounds.upper) == (float(below), float(101 - above)) == (91.0, 99.0)
    assert bounds.estimate == pytest.approx(95.05)


def test_an_end_that_no_value_can_be_is_none() -> None:
    """With 50 values nothing bounds the 99th percentile from above, and something does from below."""
    bounds = quantile_bounds([float(value) for value in range(50)], 0.99, alpha=0.05)

    assert bounds.upper is None
    assert bounds.lower == 47.0


def test_infinite_waits_are_values_like_others() -> None:
    """Two of a hundred without end: the median stays, the 99th percentile is infinite, never NaN."""
    ordered = [*(float(value) for value in range(98)), math.inf, math.inf]

    assert sample_quantile(ordered, 0.5) == 49.5
    assert sample_quantile(ordered, 0.99) == math.inf
    assert quantile_bounds(ordered, 0.5, alpha=0.05).upper == 58.0


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.95, 0.99])
def test_the_sample_quantile_is_that_of_numpy_and_scipy(share: float) -> None:
    """Hyndman and Fan's type 7."""
    values = np.sort(np.random.default_rng(3).exponential(size=137))

    ours = sample_quantile(values.tolist(), share)

    assert ours == pytest.approx(np.quantile(values, share), rel=1e-14)
    assert ours == pytest.approx(mquantiles(values, [share], alphap=1, betap=1)[0], rel=1e-14)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_bounds_err_as_seldom_as_they_say(share: float) -> None:
    """Of 3,000 samples of 500 exponential values each bound misses the truth in at most 5 %, and not far below it."""
    truth = -math.log(1 - share)
    samples = np.sort(np.random.default_rng(11).exponential(size=(3_000, 500)), axis=1)
    above, below = tail_rank(500, 1 - share, alpha=0.05), tail_rank(500, share, alpha=0.05)

    too_low = np.mean(samples[:, 500 - above] < truth)
    too_high = np.mean(samples[:, below - 1] > truth)

    assert 0.015 < too_low < 0.062
    assert 0.015 < too_high < 0.062


@pytest.mark.parametrize(
    ("n", "share", "alpha", "inflation"), [(0, 0.5, 0.05, 1), (9, 1, 0.05, 1), (9, 0.5, 0, 1), (9, 0.5, 0.05, 0.9)]
)
def test_what_cannot_be_asked_is_refused(n: int, share: float, alpha: float, inflation: float) -> None:
    with pytest.raises(ValueError, match="have no bounds"):
        tail_rank(n, share, alpha=alpha, inflation=inflation)

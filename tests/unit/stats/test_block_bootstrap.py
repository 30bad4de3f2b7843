"""The block bootstrap of the ratio of two quantiles: its blocks, its draws and its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seatrial.stats.block_bootstrap import block_length, log_quantile_ratio


def test_independent_values_need_no_blocks() -> None:
    assert block_length(1_000, 1.0) == 1


def test_blocks_are_those_of_politis_and_white_for_an_autoregression() -> None:
    """(2 G^2 / D)^(1/3) n^(1/3) with G the sum of |k| R(k) and D = 4/3 g^2, summed up for r = 0.6."""
    n, r = 1_000, 0.6
    lags = range(-400, 401)
    big_g = sum(abs(lag) * r ** abs(lag) for lag in lags)
    g = sum(r ** abs(lag) for lag in lags)
    expected = (2 * big_g**2 / (4 / 3 * g**2) * n) ** (1 / 3)

    assert block_length(n, (1 + r) / (1 - r)) == round(expected)


def test_the_interval_is_of_all_replicates_and_of_no_batch() -> None:
    """The same seed gives the same ends, another seed others; the interval holds the ratio that was drawn."""
    generator = np.random.default_rng(1)
    one, other = 1.2 * generator.exponential(size=400) + 1, generator.exponential(size=400) + 1
    asked = {"alpha": 0.05, "block": 3, "replicates": 199}
    interval = log_quantile_ratio(one, other, 0.5, seed=1, **asked)  # type: ignore[arg-type]  # of mixed types
    again = log_quantile_ratio(one, other, 0.5, seed=1, **asked)  # type: ignore[arg-type]
    elsewhere = log_quantile_ratio(one, other, 0.5, seed=2, **asked)  # type: ignore[arg-type]

    assert interval == again != elsewhere
    assert interval.lower < math.log(np.median(one) / np.median(other)) < interval.upper


def test_draws_do_not_depend_on_how_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by batches, which must not show in the result."""
    generator = np.random.default_rng(2)
    one, other = generator.exponential(size=100) + 1, generator.exponential(size=100) + 1
    whole = log_quantile_ratio(one, other, 0.9, alpha=0.1, seed=5, block=4, replicates=99)
    monkeypatch.setattr("seatrial.stats.block_bootstrap._AT_ONCE", 700)

    assert log_quantile_ratio(one, other, 0.9, alpha=0.1, seed=5, block=4, replicates=99) == whole


def test_what_pairs_share_cancels() -> None:
    """A sequence against twice itself: every replicate has the ratio 2."""
    values = np.random.default_rng(3).exponential(size=200) + 1
    interval = log_quantile_ratio(2 * values, values, 0.9, alpha=0.05, seed=1, block=5, replicates=99)

    assert interval.lower == pytest.approx(math.log(2))
    assert interval.upper == pytest.approx(math.log(2))


def test_it_agrees_with_the_normal_law_of_a_median() -> None:
    """Half width of the log ratio of two lognormal medians: 1.645 sqrt(2 pi / 2 / n) sigma, within a fifth."""
    generator = np.random.default_rng(4)
    one, other = (np.exp(0.5 * generator.standard_normal(2_000)) for _ in range(2))
    interval = log_quantile_ratio(one, other, 0.5, alpha=0.05, seed=1, block=1, replicates=999)
    half = 1.645 * 0.5 * math.sqrt(2 * (math.pi / 2) / 2_000)

    assert (interval.upper - interval.lower) / 2 == pytest.approx(half, rel=0.2)


def test_blocks_make_the_interval_of_dependent_values_wider() -> None:
    """An autoregression with r = 0.8 is worth a ninth: taken one by one, its interval is too narrow by a lot."""
    generator = np.random.default_rng(6)
    values = generator.standard_normal((2, 2_000))
    for at in range(1, 2_000):
        values[:, at] = 0.8 * values[:, at - 1] + 0.6 * values[:, at]
    one, other = np.exp(0.5 * values)
    alone, blocks = (
        log_quantile_ratio(one, other, 0.5, alpha=0.05, seed=1, block=block, replicates=399)
        for block in (1, block_length(2_000, 9.0))
    )

    assert blocks.upper - blocks.lower > 1.7 * (alone.upper - alone.lower)


@pytest.mark.parametrize(("length", "block", "replicates"), [(4, 5, 99), (4, 0, 99), (4, 1, 18)])
def test_what_gives_no_interval_is_refused(length: int, block: int, replicates: int) -> None:
    with pytest.raises(ValueError, match="give no interval"):
        log_quantile_ratio(np.ones(length), np.ones(4), 0.5, alpha=0.05, seed=1, block=block, replicates=replicates)
    with pytest.raises(ValueError, match="give no interval"):
        log_quantile_ratio(np.ones(3), np.ones(4), 0.5, alpha=0.05, seed=1, block=1)

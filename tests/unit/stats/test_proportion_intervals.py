"""Intervals of one proportion against published figures and an independent inversion."""

from __future__ import annotations

from typing import Protocol

import pytest
from scipy.special import betaincinv

from seatrial.stats.interval import Interval
from seatrial.stats.proportion import clopper_pearson, wilson


class _IntervalOf(Protocol):
    def __call__(self, right: int, n: int, *, alpha: float) -> Interval: ...


# Newcombe (1998), Stat. Med. 17:857, table I, methods 3 (score) and 5 (Clopper-Pearson), 95 %.
_PUBLISHED = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("right", "n", "expected", "_exact"), _PUBLISHED)
def test_wilson_prints_the_published_figures(
    right: int, n: int, expected: tuple[float, float], _exact: tuple[float, float]
) -> None:
    """Wilson's interval equals Newcombe's table to four decimals."""
    interval = wilson(right, n, alpha=0.025)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == expected


@pytest.mark.parametrize(("right", "n", "_score", "expected"), _PUBLISHED)
def test_clopper_pearson_prints_the_published_figures(
    right: int, n: int, _score: tuple[float, float], expected: tuple[float, float]
) -> None:
    """The exact interval equals Newcombe's table to four decimals."""
    interval = clopper_pearson(right, n, alpha=0.025)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == expected


@pytest.mark.parametrize(("right", "n"), [(1, 2), (429, 450), (92_000, 100_000), (999_999, 1_000_000), (3, 1_000_000)])
def test_clopper_pearson_agrees_with_the_beta_quantile(right: int, n: int) -> None:
    """The sum of binomial terms gives the limits of the beta distribution to 1e-9, for large n too."""
    interval = clopper_pearson(right, n, alpha=0.05)

    assert interval.lower == pytest.approx(float(betaincinv(right, n - right + 1, 0.05)), abs=1e-9)
    assert interval.upper == pytest.approx(float(betaincinv(right + 1, n - right, 0.95)), abs=1e-9)


@pytest.mark.parametrize("interval_of", [wilson, clopper_pearson])
def test_flawless_rows_do_not_show_a_flawless_model(interval_of: _IntervalOf) -> None:
    """With every row right the upper end is 1 and the lower end stays below it."""
    interval = interval_of(20, 20, alpha=0.05)

    assert interval.upper == 1.0
    assert 0.8 < interval.lower < 0.9


@pytest.mark.parametrize(("right", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_counts_that_are_no_share_are_refused(right: int, n: int) -> None:
    """No rows, or more right than rows, raise ValueError."""
    with pytest.raises(ValueError, match="not a share of rows"):
        wilson(right, n, alpha=0.05)

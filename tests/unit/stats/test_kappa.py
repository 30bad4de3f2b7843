"""Cohen's kappa and its interval, against published figures and a numeric derivative."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from seatrial.stats.kappa import cohen


def _pairs(table: list[list[int]]) -> list[tuple[int, int]]:
    return [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]


def test_the_example_of_fleiss_levin_and_paik() -> None:
    """Statistical Methods for Rates and Proportions (2003), section 18.1: kappa 0.68, interval 0.504 to 0.848."""
    kappa = cohen(_pairs([[75, 1, 4], [5, 4, 1], [0, 0, 10]]), alpha=0.025)

    assert kappa is not None
    assert kappa.value == pytest.approx(0.68, abs=0.005)
    assert (kappa.interval.lower, kappa.interval.upper) == pytest.approx((0.504, 0.848), abs=0.001)


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_is_that_of_the_delta_method(seed: int) -> None:
    """The derivative is taken numerically here, of the coefficient's definition in numpy."""
    table = np.random.default_rng(seed).integers(1, 40, size=(3, 3))
    shares, n = table / table.sum(), int(table.sum())

    def value(cells: NDArray[np.float64]) -> float:
        cells = cells / cells.sum()
        chance = float(cells.sum(axis=1) @ cells.sum(axis=0))
        return float((np.trace(cells) - chance) / (1 - chance))

    slopes = np.zeros((3, 3))
    for at in np.ndindex(3, 3):
        step = np.zeros((3, 3))
        step[at] = 1e-6
        slopes[at] = (value(shares + step) - value(shares - step)) / 2e-6
    variance = float((shares * slopes**2).sum() - (shares * slopes).sum() ** 2) / n
    kappa = cohen(_pairs(table.tolist()), alpha=0.05)

    assert kappa is not None
    assert kappa.value == pytest.approx(value(shares))
    assert kappa.interval.upper - kappa.value == pytest.approx(1.6448536 * variance**0.5, rel=1e-5)


def test_where_only_one_word_is_said_there_is_no_kappa() -> None:
    """Agreement by chance is certain, and nothing is left to measure; nor is there anything in no pairs."""
    assert cohen([("tie", "tie")] * 5, alpha=0.05) is None
    assert cohen([], alpha=0.05) is None


def test_perfect_agreement_on_two_words_is_one() -> None:
    """And the interval has no room above."""
    kappa = cohen([("a", "a"), ("b", "b")] * 4, alpha=0.05)

    assert kappa is not None
    assert (kappa.value, kappa.interval.upper) == (1.0, 1.0)

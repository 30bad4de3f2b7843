"""Newcombe's intervals against figures that others printed, and what they share with each other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seatrial.stats import newcombe

_SIDE = st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
_CELL = st.integers(0, 400)
_LEVELS = st.sampled_from([0.005, 0.025, 0.05])


@pytest.mark.parametrize(
    ("right1", "n1", "right2", "n2", "lower", "upper"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_eight_examples_of_the_paper(right1: int, n1: int, right2: int, n2: int, lower: float, upper: float) -> None:
    """Newcombe (1998), Stat. Med. 17:873, table II, method 10, at 95 %."""
    interval = newcombe.unpaired(right1, n1, right2, n2, alpha=0.025)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == (lower, upper)


def test_epinephrine_of_a_textbook() -> None:
    """Fagerland, Lydersen and Laake (2017), chapter 4 (Perondi et al. 2004), as their R package prints it."""
    interval = newcombe.unpaired(7, 34, 1, 34, alpha=0.025)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == (0.0189, 0.3404)


def test_consolidation_therapy_of_a_textbook() -> None:
    """Fagerland, Lydersen and Laake (2017), chapter 8 (Cavo et al. 2012), as their R package prints it."""
    interval = newcombe.paired(59, 6, 16, 80, alpha=0.025)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == (-0.1186, -0.0046)


@given(_SIDE, _SIDE, _LEVELS)
def test_ends_square_and_add_scipys_wilson_limits(
    first: tuple[int, int], second: tuple[int, int], alpha: float
) -> None:
    """Against scipy's Wilson intervals, to 1e-9."""
    one, other = (stats.binomtest(*side).proportion_ci(1 - 2 * alpha, "wilson") for side in (first, second))
    p, q = first[0] / first[1], second[0] / second[1]

    interval = newcombe.unpaired(*first, *second, alpha=alpha)

    assert interval.lower == pytest.approx(p - q - math.sqrt((p - one.low) ** 2 + (other.high - q) ** 2), abs=1e-9)
    assert interval.upper == pytest.approx(p - q + math.sqrt((one.high - p) ** 2 + (q - other.low) ** 2), abs=1e-9)
    assert -1 <= interval.lower <= p - q <= interval.upper <= 1


@given(_CELL, _CELL, _CELL, _CELL, _LEVELS)
def test_exchanging_the_models_mirrors_the_paired_interval(
    both: int, first: int, second: int, neither: int, alpha: float
) -> None:
    if both + first + second + neither == 0:
        return
    here = newcombe.paired(both, first, second, neither, alpha=alpha)
    there = newcombe.paired(both, second, first, neither, alpha=alpha)

    assert (here.lower, here.upper) == pytest.approx((-there.upper, -there.lower), abs=1e-12)
    assert -1 <= here.lower <= here.upper <= 1


@given(_CELL, _CELL, _CELL, _CELL)
def test_pairing_pays_where_the_models_agree(both: int, first: int, second: int, neither: int) -> None:
    """With positively related answers the paired interval is never wider than that of independent rows."""
    n = both + first + second + neither
    if n == 0 or both * neither <= first * second:
        return
    paired = newcombe.paired(both, first, second, neither, alpha=0.05)
    unpaired = newcombe.unpaired(both + first, n, both + second, n, alpha=0.05)

    assert paired.upper - paired.lower <= unpaired.upper - unpaired.lower + 1e-12


def test_unrelated_answers_are_judged_as_independent_rows() -> None:
    """No correlation, or one below half a row's worth, changes nothing; answers that never disagree leave a width."""
    for both, first, second, neither in ((20, 20, 30, 30), (20, 19, 30, 31)):
        paired = newcombe.paired(both, first, second, neither, alpha=0.05)
        unpaired = newcombe.unpaired(both + first, 100, both + second, 100, alpha=0.05)
        assert (paired.lower, paired.upper) == pytest.approx((unpaired.lower, unpaired.upper), abs=1e-12)
    same = newcombe.paired(50, 0, 0, 50, alpha=0.05)
    assert same.lower == -same.upper
    assert 0 < same.upper < 0.02


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="no counts of rows"):
        newcombe.paired(5, -1, 2, 3, alpha=0.05)
    with pytest.raises(ValueError, match="not a share"):
        newcombe.paired(0, 0, 0, 0, alpha=0.05)
    with pytest.raises(ValueError, match="not a share"):
        newcombe.unpaired(3, 2, 1, 2, alpha=0.05)

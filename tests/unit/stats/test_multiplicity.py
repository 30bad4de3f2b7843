"""Adjusted p values: the example of the paper, scipy, and each procedure's own definition."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from seatrial.stats.multiplicity import benjamini_hochberg, hochberg, holm, rejected

_P_VALUES = st.lists(st.floats(min_value=0.0, max_value=1.0), min_size=1, max_size=60)
_FEW = st.lists(st.floats(min_value=0.0, max_value=1.0), min_size=1, max_size=7)
_PROCEDURES = [holm, hochberg, benjamini_hochberg]

THROMBOLYSIS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]
"""Benjamini and Hochberg (1995), section 4.1: fifteen comparisons of two treatments of heart attacks."""


@pytest.mark.parametrize(("procedure", "count"), [(holm, 3), (hochberg, 3), (benjamini_hochberg, 4)])
def test_example_of_the_paper(procedure: Callable[[list[float]], list[float]], count: int) -> None:
    """At 0.05 Hochberg's procedure rejects the first three hypotheses, as Bonferroni's does; theirs rejects four."""
    assert rejected(procedure(THROMBOLYSIS), alpha=0.05) == [True] * count + [False] * (15 - count)


def test_adjusted_values_by_hand() -> None:
    """Out of order, with a tie: three values whose adjustment fits on a line."""
    assert holm([0.03, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert hochberg([0.03, 0.01, 0.03]) == pytest.approx([0.03, 0.03, 0.03])
    assert benjamini_hochberg([0.04, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])


@given(_P_VALUES)
def test_correction_is_that_of_benjamini_and_hochberg(p_values: list[float]) -> None:
    """The same adjusted values as scipy's, in the same order."""
    expected = list(false_discovery_control(p_values))

    assert benjamini_hochberg(p_values) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@given(_FEW)
def test_holm_is_the_closure_of_bonferroni(p_values: list[float]) -> None:
    """A hypothesis falls when every set of hypotheses with it in does, by Bonferroni's test of the set."""
    places = range(len(p_values))
    sets = [chosen for size in range(1, len(p_values) + 1) for chosen in combinations(places, size)]
    closure = [
        max(min(1.0, len(chosen) * min(p_values[i] for i in chosen)) for chosen in sets if place in chosen)
        for place in places
    ]

    assert holm(p_values) == pytest.approx(closure, rel=1e-12)


@given(_P_VALUES, st.floats(0.001, 0.5))
def test_hochberg_rejects_as_its_paper_says(p_values: list[float], alpha: float) -> None:
    """The largest j with p(j) <= alpha / (m - j + 1), and all with a p value no larger."""
    ascending, m = sorted(p_values), len(p_values)
    if any(abs(p * (m - j) - alpha) < 1e-12 for j, p in enumerate(ascending)):
        return  # a tie with the level, which rounding may decide either way
    below = [p for j, p in enumerate(ascending) if p <= alpha / (m - j)]
    largest = max(below, default=-1.0)

    assert rejected(hochberg(p_values), alpha=alpha) == [p <= largest for p in p_values]


@given(_P_VALUES)
def test_procedures_are_ordered_and_never_help_a_p_value(p_values: list[float]) -> None:
    """Holm's is the strictest, then Hochberg's, then Benjamini and Hochberg's; none goes below the p value itself."""
    strict, middle, lax = (procedure(p_values) for procedure in _PROCEDURES)

    for p, first, second, third in zip(p_values, strict, middle, lax, strict=True):
        assert p * (1 - 1e-12) <= third <= second * (1 + 1e-12)
        assert second <= first * (1 + 1e-12) <= 1 + 1e-12


@pytest.mark.parametrize("procedure", _PROCEDURES)
def test_correction_of_nothing_is_nothing(procedure: Callable[[list[float]], list[float]]) -> None:
    """No claims, no values; a single one stays what it is; tiny ones do not vanish."""
    assert procedure([]) == []
    assert procedure([0.03]) == [0.03]
    assert procedure([1e-300, 1.0]) == [2e-300, 1.0]


@pytest.mark.parametrize("procedure", _PROCEDURES)
@given(p_values=_P_VALUES, data=st.data())
def test_a_p_value_that_is_not_a_number_stays_so_and_helps_nobody(
    procedure: Callable[[list[float]], list[float]], p_values: list[float], data: st.DataObject
) -> None:
    """It counts as 1 for the others: as many claims were made, and this one shows nothing."""
    place = data.draw(st.integers(0, len(p_values)))
    with_nan = procedure([*p_values[:place], math.nan, *p_values[place:]])
    with_one = procedure([*p_values[:place], 1.0, *p_values[place:]])

    assert math.isnan(with_nan[place])
    assert rejected(with_nan, alpha=1.0)[place] is False
    del with_nan[place], with_one[place]
    assert with_nan == with_one


@pytest.mark.parametrize("p", [-0.1, 1.1, math.inf])
def test_what_is_no_p_value_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="no p value"):
        holm([0.5, p])

"""McNemar's tests against printed p values, scipy's binomial, and how often the exact one errs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seatrial.stats import mcnemar
from seatrial.stats.tango import PairedCounts

_WON = st.integers(0, 300)


def _counts(won: int, lost: int) -> PairedCounts:
    return PairedCounts(n=max(won + lost, 1) + 50, candidate_only=won, baseline_only=lost)


def test_consolidation_therapy_of_a_textbook() -> None:
    """Fagerland, Lydersen and Laake (2017), chapter 8 (Cavo et al. 2012), as their R package contingencytables
    prints it: 0.033006, 0.052479 and 0.034690."""
    counts = PairedCounts(n=161, candidate_only=6, baseline_only=16)

    assert round(mcnemar.asymptotic(counts), 6) == 0.033006
    assert round(mcnemar.exact(counts), 6) == 0.052479
    assert round(mcnemar.mid_p(counts), 6) == 0.034690


def test_airway_reactivity_of_the_comparison() -> None:
    """Fagerland, Lydersen and Laake (2013), the example of table 2 (Bentur et al. 2009): 1 and 7 of 21 disagree;
    p 0.034, exact 0.070, mid-p 0.039."""
    counts = PairedCounts(n=21, candidate_only=1, baseline_only=7)

    assert round(mcnemar.asymptotic(counts), 3) == 0.034
    assert round(mcnemar.exact(counts), 3) == 0.070
    assert round(mcnemar.mid_p(counts), 3) == 0.039


@given(_WON, _WON)
def test_exact_p_is_scipys_two_sided_binomial(won: int, lost: int) -> None:
    expected = stats.binomtest(won, won + lost).pvalue if won + lost else 1.0

    assert mcnemar.exact(_counts(won, lost)) == pytest.approx(expected, rel=1e-9)


@given(_WON, _WON)
def test_mid_p_halves_what_was_seen_on_both_sides(won: int, lost: int) -> None:
    """The tail beyond what was seen, twice, and what was seen once."""
    beyond = float(stats.binom.sf(max(won, lost), won + lost, 0.5))
    seen = float(stats.binom.pmf(won, won + lost, 0.5))
    expected = 2 * beyond + seen if won != lost else 1 - seen / 2

    assert mcnemar.mid_p(_counts(won, lost)) == pytest.approx(expected, rel=1e-9)


@given(_WON, _WON)
def test_order_and_symmetry(won: int, lost: int) -> None:
    """The mid-p never exceeds the exact p; the models may be exchanged; every p is a probability."""
    for test in (mcnemar.asymptotic, mcnemar.exact, mcnemar.mid_p):
        assert test(_counts(won, lost)) == pytest.approx(test(_counts(lost, won)), rel=1e-12)
        assert 0.0 <= test(_counts(won, lost)) <= 1.0
    assert mcnemar.mid_p(_counts(won, lost)) <= mcnemar.exact(_counts(won, lost))


def test_models_that_never_disagree_do_not_differ() -> None:
    assert mcnemar.asymptotic(_counts(0, 0)) == 1.0
    assert mcnemar.exact(_counts(0, 0)) == 1.0
    assert mcnemar.mid_p(_counts(0, 0)) == 0.5


@pytest.mark.parametrize("disagreements", [5, 12, 40, 101])
def test_exact_test_keeps_its_promise_and_mid_p_nearly(disagreements: int) -> None:
    """All tables counted, equal models: exact at most 5 %, mid-p at most 6 %, and nearer to 5 %."""
    errs = [0.0, 0.0]
    for won in range(disagreements + 1):
        chance = math.comb(disagreements, won) / 2**disagreements
        counts = _counts(won, disagreements - won)
        errs[0] += chance * (mcnemar.exact(counts) <= 0.05)
        errs[1] += chance * (mcnemar.mid_p(counts) <= 0.05)

    assert errs[0] <= 0.05
    assert errs[0] <= errs[1] <= 0.065

"""What holds for the regression rule whatever the counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.stats import tango
from seatrial.stats.noninferiority import Method, non_inferiority
from seatrial.stats.proportion import clopper_pearson, wilson
from seatrial.stats.rows import fewest_rows
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict


@st.composite
def _paired_counts(draw: st.DrawFn, most: int = 20_000) -> PairedCounts:
    n = draw(st.integers(1, most))
    disagreements = draw(st.integers(0, min(n, draw(st.sampled_from([3, 30, most])))))
    won = draw(st.integers(0, disagreements))
    return PairedCounts(n=n, candidate_only=won, baseline_only=disagreements - won)


_MARGINS = st.floats(0.001, 0.3)
_LEVELS = st.sampled_from([0.01, 0.05, 0.1])


@given(_paired_counts(), _MARGINS, _LEVELS)
def test_interval_and_score_give_the_same_answer(counts: PairedCounts, margin: float, alpha: float) -> None:
    """The limits invert the test: what the score rejects lies outside, what it does not lies inside."""
    interval = tango.interval(counts, alpha=alpha)

    assert -1 <= interval.lower <= counts.difference <= interval.upper <= 1
    if abs(interval.lower + margin) > 1e-9:
        rejected = tango.score(counts, -margin) > -_quantile(alpha)
        assert rejected == (interval.lower > -margin)


def _quantile(alpha: float) -> float:
    return {0.01: -2.3263478740408408, 0.05: -1.6448536269514722, 0.1: -1.2815515655446004}[alpha]


@given(_paired_counts(), _LEVELS)
def test_exchanging_the_models_mirrors_the_interval(counts: PairedCounts, alpha: float) -> None:
    """Which model is called the candidate only changes the sign."""
    interval, mirrored = tango.interval(counts, alpha=alpha), tango.interval(counts.swapped(), alpha=alpha)

    assert mirrored.lower == pytest.approx(-interval.upper, abs=1e-12)
    assert mirrored.upper == pytest.approx(-interval.lower, abs=1e-12)


@given(_paired_counts(), st.floats(-0.9, 0.9), st.floats(0, 0.09))
def test_score_falls_as_the_difference_rises(counts: PairedCounts, difference: float, step: float) -> None:
    """The statistic is monotone, so its interval is one piece."""
    assert tango.score(counts, difference) >= tango.score(counts, difference + step) - 1e-9


@settings(max_examples=60, deadline=None)
@given(_paired_counts(most=2_000), _MARGINS, _LEVELS)
def test_verdict_agrees_with_the_interval_shown(counts: PairedCounts, margin: float, alpha: float) -> None:
    """Nobody sees an interval that contradicts its verdict, with either method."""
    result = non_inferiority(counts, margin=margin, alpha=alpha, power=0.8)

    slack = 1e-8 if result.method is Method.EXACT else 0.0
    match result.verdict:
        case Verdict.PASS:
            assert result.interval.lower >= -margin - slack
        case Verdict.FAIL:
            assert result.interval.upper <= -margin + slack
        case _:
            assert result.interval.lower <= -margin + slack
            assert result.interval.upper >= -margin - slack


@settings(max_examples=60, deadline=None)
@given(_paired_counts(most=3_000), _MARGINS, _LEVELS)
def test_rows_needed_are_more_than_there_are(counts: PairedCounts, margin: float, alpha: float) -> None:
    """An INCONCLUSIVE never asks for rows it already has, nor for fewer than the floor."""
    result = non_inferiority(counts, margin=margin, alpha=alpha, power=0.8)

    assert (result.rows is not None) == (result.verdict is Verdict.INCONCLUSIVE)
    if result.rows is not None and result.rows.needed is not None:
        assert result.rows.needed > counts.n
        assert result.rows.needed >= fewest_rows(margin, alpha)


@settings(max_examples=40, deadline=None)
@given(_paired_counts(most=1_000), _MARGINS)
def test_a_row_won_never_makes_the_verdict_worse(counts: PairedCounts, margin: float) -> None:
    """Turning a lost row into a won one cannot turn PASS into anything else."""
    if counts.baseline_only == 0:
        return
    better = PairedCounts(n=counts.n, candidate_only=counts.candidate_only + 1, baseline_only=counts.baseline_only - 1)

    before = non_inferiority(counts, margin=margin, alpha=0.05, power=0.8).verdict
    after = non_inferiority(better, margin=margin, alpha=0.05, power=0.8).verdict

    order = [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS]
    assert order.index(after) >= order.index(before)


@given(st.integers(1, 5_000), st.floats(0, 1), _LEVELS)
def test_exact_interval_is_never_inside_by_chance(n: int, share: float, alpha: float) -> None:
    """Both intervals of one proportion hold the share seen and stay within [0, 1]."""
    right = round(n * share)

    for interval in (wilson(right, n, alpha=alpha), clopper_pearson(right, n, alpha=alpha)):
        assert 0 <= interval.lower <= right / n + 1e-12
        assert right / n - 1e-12 <= interval.upper <= 1

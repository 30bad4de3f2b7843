"""The mean of bounded differences against a margin: three verdicts, exact bounds where little differs, clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from seatrial.stats.bounded_mean import MeanMethod, MeanResult, Size, not_below, per_cluster
from seatrial.stats.rows import Assuming
from seatrial.verdict import Verdict

_PREFERENCES = Size(least=0.25, most=0.5)


def judged(values: Sequence[float], margin: float = 0.05, size: Size | None = _PREFERENCES) -> MeanResult:
    return not_below(values, size=size, margin=margin, alpha=0.05, power=0.8)


def test_many_even_units_are_judged_by_students_interval() -> None:
    """Without skewness Hall's interval is Student's, from scipy."""
    values = [0.5, -0.5] * 200
    result = judged(values, margin=0.06)
    low, high = stats.t.interval(0.9, 399, loc=0, scale=stats.sem(values))

    assert result.method is MeanMethod.HALL
    assert result.interval.lower == pytest.approx(low, abs=1e-9)
    assert result.interval.upper == pytest.approx(high, abs=1e-9)
    assert result.verdict is Verdict.PASS
    assert result.rows is None


def test_few_differences_are_judged_by_exact_bounds() -> None:
    """Each share at alpha / 2 by Clopper and Pearson, from scipy; every unit as bad as it could be."""
    values = [0.0] * 95 + [-0.25] * 3 + [0.5] * 2
    result = judged(values)
    below = stats.binomtest(3, 100).proportion_ci(0.95, method="exact")
    above = stats.binomtest(2, 100).proportion_ci(0.95, method="exact")

    assert result.method is MeanMethod.EXACT
    assert result.interval.lower == pytest.approx(0.25 * above.low - 0.5 * below.high, abs=1e-9)
    assert result.interval.upper == pytest.approx(0.5 * above.high - 0.25 * below.low, abs=1e-9)


@pytest.mark.parametrize(("n", "verdict"), [(1, Verdict.INCONCLUSIVE), (35, Verdict.INCONCLUSIVE), (36, Verdict.PASS)])
def test_units_that_never_differ_pass_only_when_there_are_enough(n: int, verdict: Verdict) -> None:
    """log(0.025) / log(1 - 0.1) is 35.01: no spread is no certainty."""
    result = judged([0.0] * n)

    assert result.verdict is verdict
    assert (result.rows is None) is (verdict is Verdict.PASS)
    if result.rows is not None:
        assert result.rows.assuming is Assuming.EQUAL
        assert (result.rows.needed or 0) >= 36


def test_a_model_that_always_loses_fails() -> None:
    """No spread either, and no doubt."""
    assert judged([-0.5] * 30).verdict is Verdict.FAIL
    assert judged([0.5] * 40).verdict is Verdict.PASS


def test_rows_needed_are_more_than_there_are_and_decide() -> None:
    """As many equal units as were named pass, at least four times in five; the plan is not optimistic."""
    generator = np.random.default_rng(5)
    first = judged(generator.choice([-0.5, 0.0, 0.5], size=100).tolist())
    assert first.rows is not None
    assert first.rows.needed is not None
    assert first.rows.needed > 100
    again = [judged(generator.choice([-0.5, 0.0, 0.5], size=first.rows.needed).tolist()) for _ in range(200)]

    assert sum(result.verdict is Verdict.PASS for result in again) >= 160


def test_a_difference_on_the_limit_names_no_number() -> None:
    """More units would not settle what lies exactly on the margin."""
    result = judged([-0.5] * 1_100 + [0.5] * 900)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.rows is not None
    assert (result.rows.needed, result.rows.assuming) == (None, Assuming.AS_SEEN)


def test_a_difference_near_the_limit_is_planned_as_seen() -> None:
    """Enough units for equal models are there already, so equality is no plan."""
    result = judged([-0.5] * 1_070 + [0.5] * 930)

    assert result.rows is not None
    assert result.rows.assuming is Assuming.AS_SEEN
    assert result.rows.needed is not None
    assert result.rows.needed > 2_000


def test_clusters_of_one_are_the_units_themselves() -> None:
    """The general case agrees with the plain one."""
    values = [0.5, -0.25, 0.0, 0.25]

    assert per_cluster([[value] for value in values]) == pytest.approx(values)


def test_copies_of_a_unit_are_no_evidence() -> None:
    """Ten ids of one conversation that go the same way tell as much as one: the spread is that of clusters."""
    values = [0.5, -0.5] * 30
    copied = per_cluster([[value] * 10 for value in values])

    assert copied == pytest.approx(values)
    assert judged(copied, size=None).interval == judged(values, size=None).interval


def test_clusters_of_unequal_size_weigh_by_their_units() -> None:
    """The mean is over all units; its variance is that of a ratio (Cochran), computed here in another way."""
    groups = [[0.5, 0.5, 0.0], [-0.5], [0.25, 0.0]]
    values = per_cluster(groups)
    every = [value for group in groups for value in group]
    mean = sum(every) / 6
    residuals = [sum(group) - mean * len(group) for group in groups]
    variance = 3 / 2 * sum(residual**2 for residual in residuals) / 36

    assert math.fsum(values) / 3 == pytest.approx(mean)
    assert np.var(values, ddof=1) / 3 == pytest.approx(variance)


def test_few_clusters_decide_nothing() -> None:
    """Their values have no bound of their own, so there is no exact way."""
    result = judged(per_cluster([[0.5] * 9] * 10), size=None)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.interval.lower == -math.inf


def test_nothing_has_no_mean() -> None:
    """The caller must have said so before."""
    with pytest.raises(ValueError, match="nothing"):
        judged([])


@pytest.mark.parametrize(
    ("shares", "margin"),
    [
        ((0.1, 0.0, 0.9, 0.0, 0.0), 0.05),
        ((0.0, 0.2, 0.8, 0.0, 0.0), 0.05),
        ((0.3, 0.0, 0.5, 0.0, 0.2), 0.05),
        ((0.04, 0.0, 0.96, 0.0, 0.0), 0.02),
    ],
)
def test_a_model_that_is_worse_by_the_margin_passes_as_seldom_as_promised(
    shares: tuple[float, ...], margin: float
) -> None:
    """Simulated at n = 500 with a fixed seed: at most 6 % of 1,500 samples, and 1.5 % for chance."""
    generator = np.random.default_rng(11)
    values = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])
    assert float(values @ shares) == pytest.approx(-margin)
    counts = generator.multinomial(500, shares, size=1_500)
    passes = sum(judged(np.repeat(values, row).tolist(), margin).verdict is Verdict.PASS for row in counts)

    assert passes / 1_500 <= 0.06 + 0.015

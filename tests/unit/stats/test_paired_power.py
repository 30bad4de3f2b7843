"""How often equally good models pass the paired test: as the test itself does, counted table by table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from seatrial.stats.noninferiority import non_inferiority
from seatrial.stats.paired_power import paired_power
from seatrial.stats.power import mean_power
from seatrial.stats.rows import fewest_deciding
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict


def _passes(n: int, won: int, lost: int, margin: float, alpha: float) -> bool:
    counts = PairedCounts(n=n, candidate_only=won, baseline_only=lost)
    return non_inferiority(counts, margin=margin, alpha=alpha, power=0.8, sparing=True).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("n", "disagreement", "margin", "alpha"),
    [(100, 0.05, 0.05, 0.05), (150, 0.05, 0.06, 0.05), (300, 0.02, 0.02, 0.05), (120, 0.04, 0.08, 0.025)],
)
def test_the_chance_is_the_sum_over_all_tables_that_the_gate_passes(
    n: int, disagreement: float, margin: float, alpha: float
) -> None:
    """Every table of up to 25 disagreements, by the gate's own rule, with its probability from scipy."""
    chance = sum(
        binom.pmf(differ, n, disagreement) * binom.pmf(lost, differ, 0.5)
        for differ in range(26)
        for lost in range(differ + 1)
        if _passes(n, differ - lost, lost, margin, alpha)
    )

    assert paired_power(n, disagreement, margin=margin, alpha=alpha) == pytest.approx(chance, abs=1e-6)


def test_few_rows_pass_less_often_than_the_usual_formula_says() -> None:
    assert mean_power(100, 0.05, margin=0.05, alpha=0.05) == pytest.approx(0.723, abs=0.001)
    assert paired_power(100, 0.05, margin=0.05, alpha=0.05) == pytest.approx(0.584, abs=0.001)


@pytest.mark.parametrize(("n", "margin"), [(3_999, 0.01), (4_001, 0.01), (4_001, 0.012)])
def test_counting_and_the_normal_law_meet(n: int, margin: float) -> None:
    """On both sides of 200 expected disagreements the chance is that of simulated samples."""
    random = np.random.default_rng(5)
    differ = random.binomial(n, 0.05, 20_000)
    lost = random.binomial(differ, 0.5)
    tables, counts = np.unique(np.stack([differ, lost]), axis=1, return_counts=True)
    passed = sum(
        int(times)
        for (both, behind), times in zip(tables.T.tolist(), counts, strict=True)
        if _passes(n, both - behind, behind, margin, 0.05)
    )

    assert paired_power(n, 0.05, margin=margin, alpha=0.05) == pytest.approx(passed / 20_000, abs=0.01)


@pytest.mark.parametrize("alpha", [0.025, 0.05, 0.1])
@pytest.mark.parametrize("margin", [0.005, 0.006, 0.01, 0.02, 0.1])
def test_fewer_rows_than_decide_never_pass_and_as_many_do(margin: float, alpha: float) -> None:
    """Two models that never disagree, judged as the gate does."""
    fewest = fewest_deciding(margin, alpha)

    assert not _passes(fewest - 1, 0, 0, margin, alpha)
    assert _passes(fewest, 0, 0, margin, alpha)
    assert paired_power(fewest - 1, 0.0, margin=margin, alpha=alpha) == 0.0
    assert paired_power(fewest, 0.0, margin=margin, alpha=alpha) == 1.0


@pytest.mark.parametrize("n", [1, 50, 500, 10**4, 10**9])
@pytest.mark.parametrize("disagreement", [0.0, 1e-9, 0.3, 1.0])
def test_a_chance_lies_between_nothing_and_all(n: int, disagreement: float) -> None:
    for margin in (1e-6, 0.02, 0.999):
        assert 0.0 <= paired_power(n, disagreement, margin=margin, alpha=0.05) <= 1.0

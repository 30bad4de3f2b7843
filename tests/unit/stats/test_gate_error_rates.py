"""What the rule does to models whose truth is known: error rates by simulation with a fixed seed.

The full campaign, by exact enumeration over many sizes, is in tests/long.
"""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.stats.noninferiority import non_inferiority
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict

_DRAWS = 1_500


def _rates(n: int, disagreement: float, difference: float, seed: int) -> dict[Verdict, float]:
    """How often each verdict comes out, margin 0.01, for models with the given true disagreement and difference."""
    won, lost = (disagreement + difference) / 2, (disagreement - difference) / 2
    draws = np.random.default_rng(seed).multinomial(n, [won, lost, 1 - won - lost], size=_DRAWS)
    tables, times = np.unique(draws, axis=0, return_counts=True)
    rates = dict.fromkeys(Verdict, 0.0)
    for (b, c, _), count in zip(tables, times, strict=True):
        counts = PairedCounts(n=n, candidate_only=int(b), baseline_only=int(c))
        rates[non_inferiority(counts, margin=0.01, alpha=0.05, power=0.8).verdict] += count / _DRAWS
    return rates


@pytest.mark.parametrize(("n", "disagreement"), [(500, 0.05), (2_000, 0.05), (2_000, 0.10), (10_000, 0.05)])
def test_model_worse_by_the_margin_passes_about_five_percent_of_the_time(n: int, disagreement: float) -> None:
    """The false-pass rate at the margin is 5 % within the noise of the simulation (standard error 0.6 %)."""
    rates = _rates(n, disagreement, -0.01, seed=n + int(1000 * disagreement))

    assert 0.03 < rates[Verdict.PASS] < 0.07


def test_identical_quality_is_hardly_ever_blocked() -> None:
    """Equal models with 5 % disagreement: at most 2 % FAIL, and PASS grows with the rows."""
    small, large = _rates(500, 0.05, 0.0, seed=1), _rates(10_000, 0.05, 0.0, seed=2)

    assert max(small[Verdict.FAIL], large[Verdict.FAIL]) < 0.02
    assert small[Verdict.PASS] < 0.4
    assert large[Verdict.PASS] > 0.98


def test_clearly_worse_model_fails_with_enough_rows() -> None:
    """A model 3 points worse never passes 2,000 rows, and FAILs nearly always."""
    rates = _rates(2_000, 0.05, -0.03, seed=3)

    assert rates[Verdict.PASS] == 0.0
    assert rates[Verdict.FAIL] > 0.95

"""Error rates of the accuracy gates by counting every table, without chance. Figures for docs/decisions/0003.

Run with `-s` to see the tables:

    make test-long PYTEST_ARGS="-n 0 -s tests/long/test_gate_error_rates_exact.py"
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.special import bdtrc, gammaln, xlog1py, xlogy

from seatrial.stats import exact_paired, tango
from seatrial.stats.noninferiority import non_inferiority
from seatrial.stats.normal import upper_quantile
from seatrial.stats.proportion import clopper_pearson, wilson
from seatrial.stats.rows import FEW_DISAGREEMENTS, FEW_ROWS
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict

_ALPHA = 0.05
_Z = upper_quantile(_ALPHA)
_Passes = Callable[[PairedCounts, float], bool]


def _by_tango(counts: PairedCounts, margin: float) -> bool:
    return tango.score(counts, -margin) > _Z


def _by_rule(counts: PairedCounts, margin: float) -> bool:
    """Whether `non_inferiority` passes, without the cost of its interval; the first test holds the two together."""
    if counts.n < FEW_ROWS and counts.disagreements < FEW_DISAGREEMENTS:
        return exact_paired.p_above(counts, -margin) <= _ALPHA
    return _by_tango(counts, margin)


@cache
def _fewest_wins(passes: _Passes, n: int, disagreements: int, margin: float) -> int:
    low, high = 0, disagreements + 1
    while low < high:
        won = (low + high) // 2
        if passes(PairedCounts(n=n, candidate_only=won, baseline_only=disagreements - won), margin):
            high = won
        else:
            low = won + 1
    return low


def _pass_rate(passes: _Passes, n: int, margin: float, share: float, difference: float) -> float:
    """P(PASS) for a true share of disagreement and a true difference: a sum over all tables with weight."""
    spread = 9 * math.sqrt(n * share * (1 - share)) + 15
    seen = np.arange(max(0, int(n * share - spread)), min(n, int(n * share + spread)) + 1)
    weights = np.exp(
        gammaln(n + 1) - gammaln(seen + 1) - gammaln(n - seen + 1) + xlogy(seen, share) + xlog1py(n - seen, -share)
    )
    chance = (share + difference) / (2 * share)
    fewest = np.array([_fewest_wins(passes, n, int(s), margin) for s in seen])
    tails = np.where(fewest > 0, bdtrc(np.clip(fewest - 1, 0, seen), seen, chance), 1.0)
    return float((weights * np.where(fewest > seen, 0.0, tails)).sum())


def _worst(passes: _Passes, n: int, margin: float) -> tuple[float, float]:
    """The largest P(PASS) at the margin over shares of disagreement, and the share."""
    shares = [margin * factor for factor in (1.0, 1.1, 1.25, 1.5, 2, 3, 5, 8)] + [0.05, 0.1, 0.2, 0.4]
    return max((_pass_rate(passes, n, margin, s, -margin), s) for s in shares if margin <= s <= 1)


@pytest.mark.parametrize("n", [40, 280, 499, 500])
def test_enumerated_rule_is_the_rule(n: int) -> None:
    """What is counted here is what the gate does."""
    for won, lost in [(0, 0), (1, 0), (0, 2), (5, 4), (6, 4), (9, 0), (0, 12)]:
        counts = PairedCounts(n=n, candidate_only=won, baseline_only=lost)
        result = non_inferiority(counts, margin=0.02, alpha=_ALPHA, power=0.8)

        assert _by_rule(counts, 0.02) == (result.verdict is Verdict.PASS)


@pytest.mark.parametrize("margin", [0.005, 0.01, 0.02, 0.05, 0.1])
def test_small_samples_keep_the_level_with_the_exact_test(margin: float) -> None:
    """Up to 499 rows (every third size) the rule stays below 6 %, where Tango alone exceeds 7 %."""
    sizes = range(10, FEW_ROWS, 3)

    alone = max((*_worst(_by_tango, n, margin), n) for n in sizes)
    rule = max((*_worst(_by_rule, n, margin), n) for n in sizes)

    print(f"\nmargin {margin}: Tango alone {alone[0]:.4f} (share {alone[1]:.3f}, n {alone[2]}),", end=" ")
    print(f"with the exact test {rule[0]:.4f} (share {rule[1]:.3f}, n {rule[2]})")
    assert rule[0] < 0.06 < alone[0]


@pytest.mark.parametrize("n", [500, 1_000, 2_000, 10_000, 50_000])
def test_large_samples_keep_the_level(n: int) -> None:
    """From 500 rows on, false passes at the margin stay below 6 % down to margins of 0.005."""
    worst = {margin: _worst(_by_rule, n, margin) for margin in (0.005, 0.01, 0.02, 0.05)}

    print(f"\nn {n}: " + ", ".join(f"margin {m} worst {rate:.4f} (share {s:.3f})" for m, (rate, s) in worst.items()))
    assert max(rate for rate, _ in worst.values()) < 0.06


@pytest.mark.parametrize(("n", "margin"), [(539, 0.005), (1_352, 0.002), (2_704, 0.001)])
def test_known_limit_of_large_samples_without_disagreement(n: int, margin: float) -> None:
    """Just where models that never disagree begin to pass, Tango's error reaches exp(-z^2 / 2), 6.7 %."""
    rate, share = _worst(_by_rule, n, margin)

    print(f"\nn {n}, margin {margin}: worst {rate:.4f} (share {share:.3f})")
    assert 0.06 < rate < 0.068


@pytest.mark.parametrize("share", [0.05, 0.10])
@pytest.mark.parametrize("n", [500, 2_000, 10_000, 50_000])
def test_table_of_the_accuracy_gate(n: int, share: float) -> None:
    """P(PASS) at margin 0.01 for true differences 0, -0.005, -0.01, -0.02, -0.03."""
    rates = [_pass_rate(_by_rule, n, 0.01, share, difference) for difference in (0.0, -0.005, -0.01, -0.02, -0.03)]

    print(f"\nshare {share}, n {n}: " + "  ".join(f"{rate:.3f}" for rate in rates))
    assert rates == sorted(rates, reverse=True)
    assert 0.04 < rates[2] < 0.055


@pytest.mark.parametrize("n", [20, 50, 100, 200, 500, 1_000, 5_000])
def test_confidence_is_kept_by_the_exact_bound(n: int) -> None:
    """P(bound above the truth) at 95 %: never above 5 % for Clopper and Pearson, more for Wilson."""
    truths = np.linspace(0.7, 0.995, 296)
    worst = {}
    for interval in (wilson, clopper_pearson):
        bounds = np.array([interval(right, n, alpha=_ALPHA).lower for right in range(n + 1)])
        first = np.searchsorted(bounds, truths, side="left")  # the fewest right rows whose bound clears the truth
        rates = np.where(first > n, 0.0, bdtrc(np.clip(first - 1, 0, n), n, truths))
        worst[interval.__name__] = float(rates.max())

    print(f"\nn {n}: " + ", ".join(f"{name} {rate:.4f}" for name, rate in worst.items()))
    assert worst["clopper_pearson"] <= 0.05 + 1e-9
    assert worst["wilson"] > worst["clopper_pearson"]

"""The exact unconditional test: a published figure, brute force on small tables, and its size."""

from __future__ import annotations

import itertools
import math

import pytest

from seatrial.stats import exact_paired, tango
from seatrial.stats.tango import PairedCounts


def _counts(n: int, won: int, lost: int) -> PairedCounts:
    return PairedCounts(n=n, candidate_only=won, baseline_only=lost)


def _tables(n: int) -> list[PairedCounts]:
    return [_counts(n, won, lost) for won in range(n + 1) for lost in range(n + 1 - won)]


def _probability(table: PairedCounts, won: float, lost: float) -> float:
    """The trinomial probability of one table, by exact integer coefficients."""
    rest = table.n - table.disagreements
    ways = math.comb(table.n, table.candidate_only) * math.comb(table.n - table.candidate_only, table.baseline_only)
    return float(ways * won**table.candidate_only * lost**table.baseline_only * max(0.0, 1 - won - lost) ** rest)


def _brute_force(seen: PairedCounts, difference: float, steps: int) -> float:
    """The largest probability of an as extreme table over a fine grid of *all* true shares under the hypothesis."""
    extreme = [
        table for table in _tables(seen.n) if tango.score(table, difference) >= tango.score(seen, difference) - 1e-9
    ]
    shares = [step / steps for step in range(steps + 1)]
    allowed = [(w, x) for w, x in itertools.product(shares, shares) if w + x <= 1 and w - x <= difference + 1e-12]
    return max(sum(_probability(table, won, lost) for table in extreme) for won, lost in allowed)


def test_published_exact_unconditional_p_value() -> None:
    """The textbook's two-sided p of 0.034053 (Cavo et al. 2012, Berger and Boos with gamma 0.0001).

    Fagerland, Lydersen and Laake (2017), chapter 8, as their R package contingencytables prints it.
    At a difference of 0 the two sides are mirror images and gamma is added once.
    """
    gamma = 0.0001
    one_sided = exact_paired.p_below(_counts(161, 6, 16), 0.0, beta=gamma) - gamma

    assert round(2 * one_sided + gamma, 6) == 0.034053


@pytest.mark.parametrize(
    ("n", "won", "lost", "difference"),
    [(8, 1, 1, -0.25), (8, 0, 2, -0.5), (10, 2, 0, 0.0), (10, 0, 0, -0.2), (10, 5, 0, 0.35)],
)
def test_p_value_agrees_with_brute_force_over_the_whole_hypothesis(
    n: int, won: int, lost: int, difference: float
) -> None:
    """Searching every pair of true shares, not only the margin, finds no larger probability."""
    expected = _brute_force(_counts(n, won, lost), difference, steps=80)

    actual = exact_paired.p_above(_counts(n, won, lost), difference, beta=0.0)

    assert actual == pytest.approx(expected, abs=2e-3)
    assert actual >= expected - 1e-9


@pytest.mark.parametrize("n", [5, 17, 40])
@pytest.mark.parametrize("difference", [-0.3, -0.05, -0.01, 0.0, 0.2])
def test_score_rises_with_the_rows_the_candidate_wins(n: int, difference: float) -> None:
    """What the thresholds of the exact test rest on: among equal disagreements, more wins score higher."""
    for disagreements in range(n + 1):
        scores = [tango.score(_counts(n, won, disagreements - won), difference) for won in range(disagreements + 1)]

        assert scores == sorted(scores)


@pytest.mark.parametrize(("n", "margin"), [(25, 0.1), (40, 0.05), (60, 0.05)])
def test_true_size_never_exceeds_the_level(n: int, margin: float) -> None:
    """A candidate that is worse by exactly the margin passes with a probability of at most 5 %."""
    passing = [table for table in _tables(n) if _plausible(table) and exact_paired.p_above(table, -margin) <= 0.05]

    for share in (margin, 1.3 * margin, 2 * margin, 4 * margin):
        won, lost = (share - margin) / 2, (share + margin) / 2
        size = sum(_probability(table, won, lost) for table in passing)

        assert size <= 0.05


def _plausible(table: PairedCounts) -> bool:
    """Tables with more disagreements than these have no weight at the shares that are tried."""
    return table.disagreements <= table.n // 2


def test_both_sides_mirror_each_other() -> None:
    """Exchanging the models and the sign of the difference exchanges the two p-values."""
    assert exact_paired.p_below(_counts(60, 2, 5), -0.02) == exact_paired.p_above(_counts(60, 5, 2), 0.02)


def test_interval_lies_where_its_test_says() -> None:
    """Just outside each limit the test rejects, just inside it does not."""
    counts = _counts(120, 2, 6)

    interval = exact_paired.interval(counts, alpha=0.05, through=-0.02)

    assert (
        exact_paired.p_above(counts, interval.lower - 1e-6)
        <= 0.05
        < exact_paired.p_above(counts, interval.lower + 1e-6)
    )
    assert (
        exact_paired.p_below(counts, interval.upper + 1e-6)
        <= 0.05
        < exact_paired.p_below(counts, interval.upper - 1e-6)
    )

"""Tango's test and interval against figures that others printed, to their printed precision."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

from seatrial.stats import tango
from seatrial.stats.tango import PairedCounts


def test_soft_contact_lenses_of_the_original_paper() -> None:
    """Tango (1998), Stat. Med. 17:891, section 6.1: 44 pairs, margin 0.1, statistic 1.709, p 0.044, limit -0.096."""
    counts = PairedCounts(n=44, candidate_only=0, baseline_only=1)

    statistic = tango.score(counts, -0.1)
    limit = tango.interval(counts, alpha=0.05).lower

    assert round(statistic, 3) == 1.709
    assert round(1 - NormalDist().cdf(statistic), 3) == 0.044
    assert round(limit, 3) == -0.096


def test_consolidation_therapy_of_a_textbook() -> None:
    """Fagerland, Lydersen and Laake (2017), Statistical Analysis of Contingency Tables, chapter 8 (Cavo et al. 2012),
    as their R package contingencytables prints it: -0.1240 to -0.0054 at 95 %."""
    counts = PairedCounts(n=161, candidate_only=6, baseline_only=16)

    interval = tango.interval(counts, alpha=0.025)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == (-0.1240, -0.0054)


def test_score_at_no_difference_is_mcnemar() -> None:
    """At a difference of zero the statistic is McNemar's (b - c) / sqrt(b + c), 2.132 in the same textbook."""
    counts = PairedCounts(n=161, candidate_only=16, baseline_only=6)

    statistic = tango.score(counts, 0.0)

    assert statistic == pytest.approx(10 / math.sqrt(22), abs=1e-12)
    assert round(statistic, 3) == 2.132


@pytest.mark.parametrize(("n", "alpha"), [(1, 0.05), (20, 0.05), (1000, 0.01), (10**6, 0.05)])
def test_interval_without_any_disagreement_has_a_closed_form(n: int, alpha: float) -> None:
    """Two models that never disagree differ by at most z^2 / (n + z^2)."""
    z2 = NormalDist().inv_cdf(1 - alpha) ** 2

    interval = tango.interval(PairedCounts(n=n, candidate_only=0, baseline_only=0), alpha=alpha)

    assert interval.upper == pytest.approx(z2 / (n + z2), rel=1e-9)
    assert interval.lower == pytest.approx(-z2 / (n + z2), rel=1e-9)


@pytest.mark.parametrize(("won", "lost", "end"), [(7, 0, 1.0), (0, 7, -1.0)])
def test_interval_ends_at_the_edge_when_every_row_goes_one_way(won: int, lost: int, end: float) -> None:
    """All rows won by one model: the interval reaches the end of the scale and stays inside it."""
    interval = tango.interval(PairedCounts(n=7, candidate_only=won, baseline_only=lost), alpha=0.05)

    assert end in (interval.lower, interval.upper)
    assert -1.0 <= interval.lower < interval.upper <= 1.0


@pytest.mark.parametrize(("n", "won", "lost"), [(0, 0, 0), (3, 2, 2), (3, -1, 0)])
def test_impossible_counts_are_refused(n: int, won: int, lost: int) -> None:
    """Counts that no table can have raise ValueError."""
    with pytest.raises(ValueError, match="not paired counts"):
        PairedCounts(n=n, candidate_only=won, baseline_only=lost)

"""How many rows would decide: the planning table, the floor, and plans that keep their promise."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from seatrial.stats import tango
from seatrial.stats.noninferiority import non_inferiority
from seatrial.stats.proportion import clopper_pearson
from seatrial.stats.rows import fewest_rows, paired_rows, paired_rows_needed, share_rows_needed
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict


@pytest.mark.parametrize(
    ("disagreement", "margin", "at_80", "at_90"),
    [
        (0.02, 0.005, 4_947, 6_852),
        (0.02, 0.01, 1_237, 1_713),
        (0.05, 0.01, 3_092, 4_282),
        (0.10, 0.02, 1_546, 2_141),
        (0.20, 0.02, 3_092, 4_282),
    ],
)
def test_rows_for_equal_models(disagreement: float, margin: float, at_80: int, at_90: int) -> None:
    """(z_0.95 + z_power)^2 p / m^2, rounded up, worked out by hand for these cases."""
    rows = [paired_rows(disagreement, margin=margin, alpha=0.05, power=power) for power in (0.8, 0.9)]

    assert rows == [at_80, at_90]


@pytest.mark.parametrize(("margin", "alpha"), [(0.01, 0.05), (0.002, 0.01), (0.1, 0.2)])
def test_floor_is_where_models_without_disagreement_pass(margin: float, alpha: float) -> None:
    """At the floor two models that never disagree clear the margin, one row earlier they do not."""
    floor = fewest_rows(margin, alpha)

    passes = [
        tango.interval(PairedCounts(n=n, candidate_only=0, baseline_only=0), alpha=alpha).lower > -margin
        for n in (floor - 1, floor)
    ]

    assert floor == math.ceil(NormalDist().inv_cdf(1 - alpha) ** 2 * (1 - margin) / margin)
    assert passes == [False, True]


def test_no_plan_falls_below_the_floor() -> None:
    """Hardly any disagreement does not make hardly any rows enough."""
    assert paired_rows(1e-6, margin=0.01, alpha=0.05, power=0.8) == fewest_rows(0.01, 0.05) == 268


@pytest.mark.parametrize(("n", "margin", "alpha"), [(20, 0.05, 0.05), (10, 0.1, 0.05), (15, 0.1, 0.2)])
def test_plan_of_few_rows_suffices_for_the_exact_test(n: int, margin: float, alpha: float) -> None:
    """Where a small sample is planned, models that do not disagree on it pass the test that will judge it."""
    seen = PairedCounts(n=n, candidate_only=0, baseline_only=0)
    needed = paired_rows_needed(seen, margin=margin, alpha=alpha, power=0.55).needed
    assert needed is not None

    result = non_inferiority(
        PairedCounts(n=needed, candidate_only=0, baseline_only=0), margin=margin, alpha=alpha, power=0.55
    )

    assert needed < 500
    assert result.verdict is Verdict.PASS


def test_planned_rows_deliver_the_power() -> None:
    """Equal models at the planned number of rows pass in about 80 of 100 draws."""
    n = paired_rows(0.05, margin=0.01, alpha=0.05, power=0.8)
    draws = np.random.default_rng(20_261).multinomial(n, [0.025, 0.025, 0.95], size=1_500)

    passed = [
        tango.score(PairedCounts(n=n, candidate_only=int(won), baseline_only=int(lost)), -0.01) > 1.6448536
        for won, lost, _ in draws
    ]

    assert 0.76 < np.mean(passed) < 0.84


@pytest.mark.parametrize(("right", "n", "limit"), [(465, 500, 0.92), (450, 500, 0.92), (30, 30, 0.92), (19, 20, 0.9)])
def test_accuracy_rows_decide_if_the_share_stays(right: int, n: int, limit: float) -> None:
    """At the named number of rows, with the same share, the exact bound clears the limit."""
    needed = share_rows_needed(right, n, limit=limit, alpha=0.05).needed

    assert needed is not None
    assert needed > n
    interval = clopper_pearson(round(needed * right / n), needed, alpha=0.05)
    assert interval.lower >= limit or interval.upper < limit


def test_share_on_the_limit_names_no_number() -> None:
    """A share equal to the limit is not decided by any number of rows."""
    assert share_rows_needed(460, 500, limit=0.92, alpha=0.05).needed is None


def test_a_difference_on_the_margin_itself_has_no_number_of_rows() -> None:
    """A hundred thousand rows, exactly at the margin: nothing would decide if it stays so."""
    seen = PairedCounts(n=100_000, candidate_only=1_000, baseline_only=2_000)

    assert paired_rows_needed(seen, margin=0.01, alpha=0.05, power=0.8).needed is None

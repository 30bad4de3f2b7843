"""Distances that a contract limits: what they are, how they are bounded, and when they fail."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.compare.columns import compare
from seatrial.data.compare.distances import figures, limit_claims
from seatrial.data.compare.pair import Pair
from seatrial.data.decide import decide
from seatrial.data.policy import Contract, Drift
from seatrial.verdict import Verdict
from tests.unit.data.compare.profiles import Value, binning, column, profiled

ALL = {"kl": 0.1, "js": 0.1, "psi": 0.1, "ks": 0.1, "wasserstein": 0.2, "chi_square": 50.0}


def normal(rows: int, seed: int, shift: float = 0.0) -> list[Value]:
    return [float(x) for x in np.random.default_rng(seed).normal(shift, 1, rows)]


BINS = binning([float(x) for x in np.random.default_rng(0).normal(0, 1, 20_000)])


def counted(rows: int, seed: int, shift: float = 0.0) -> tuple[int, ...]:
    """Counts alone, which are all that most distances need."""
    values = np.random.default_rng(seed).normal(shift, 1, rows)
    places = np.searchsorted(np.asarray(BINS.edges), values, side="right")
    return tuple(np.bincount(places, minlength=len(BINS.edges) + 1).tolist())


def pair(before: list[Value], after: list[Value], limits: dict[str, float]) -> Pair:
    bins = binning(before)
    return Pair(
        name="x",
        before=column("x", before, bins),
        after=column("x", after, bins),
        binning=bins,
        drift=Drift(max=limits),
        severity=Severity.ERROR,
        alpha=1e-4,
    )


def limited(before: list[Value], after: list[Value], limits: dict[str, float]) -> dict[str, Claim]:
    of = pair(before, after, limits)
    assert of.before.numbers is not None
    assert of.after.numbers is not None
    claims = limit_claims(of, of.before.numbers.bins, of.after.numbers.bins)
    return {claim.statistic: claim for claim in claims}


def test_each_limited_distance_is_one_claim_with_the_limit_as_its_floor() -> None:
    found = limited(normal(20_000, 1), normal(5_000, 2, 0.5), ALL)

    assert {name: claim.floor for name, claim in found.items()} == ALL
    assert all(claim.unit is Unit.DISTANCE and claim.low <= claim.estimate <= claim.high for claim in found.values())


def test_the_distances_of_a_known_shift_are_the_published_ones() -> None:
    """N(0,1) against N(0.5,1): KL is 0.125, Wasserstein 0.5, KS 2 Phi(0.25) - 1, PSI 0.25; bins take a little away."""
    found = limited(normal(30_000, 1), normal(30_000, 2, 0.5), ALL)

    assert found["kl"].estimate == pytest.approx(0.125, rel=0.12)
    assert found["psi"].estimate == pytest.approx(0.25, rel=0.12)
    assert found["ks"].estimate == pytest.approx(0.1974, abs=0.015)
    assert found["wasserstein"].estimate == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("name", ["kl", "psi", "js", "wasserstein"])
def test_bounds_hold_the_true_distance_as_often_as_they_promise(name: str) -> None:
    """Each bound may be wrong in 5 % of samples; of 200, more than 22 would have a probability below 0.001."""
    of = pair(normal(2_000, 0), normal(2_000, 1), {name: 0.01})
    of = msgspec.structs.replace(of, binning=BINS)
    reference = counted(50_000, 0)
    truth = limit_claims(of, reference, counted(4_000_000, 99, 0.3))[0].estimate
    found = [limit_claims(of, reference, counted(2_000, seed, 0.3))[0] for seed in range(1, 201)]

    assert sum(claim.low > truth for claim in found) <= 22
    assert sum(claim.high < truth for claim in found) <= 22


def test_without_drift_the_lower_bounds_are_zero_or_near() -> None:
    found = limited(normal(20_000, 1), normal(2_000, 2), ALL)

    assert all(found[name].low < 0.01 for name in ("kl", "psi", "js", "ks", "wasserstein"))


@pytest.mark.parametrize("rows", [30, 200, 20_000])
def test_an_estimate_lies_between_its_bounds_and_without_drift_near_zero(rows: int) -> None:
    """The plain distance of few rows without drift is large by chance alone; it is told beside, and not as the size."""
    found = limited(normal(20_000, 1), normal(rows, 2), ALL)

    assert all(claim.low <= claim.estimate <= claim.high for claim in found.values())
    assert found["psi"].estimate < 0.2 * found["psi"].details["psi"] or rows == 20_000


def test_a_limit_on_kl_fails_a_column_beyond_it_and_passes_one_within() -> None:
    """A shift by half a deviation has KL 0.125, one by a quarter 0.03."""
    contract = Contract(drift=Drift(max={"kl": 0.1}))
    reference = profiled({"far": normal(10_000, 1), "near": normal(10_000, 3)})
    current = profiled({"far": normal(10_000, 2, 0.5), "near": normal(10_000, 4, 0.25)}, reference)

    claims, _ = compare(reference, current, contract)
    verdicts = {
        finding.column: finding.verdict for finding in decide(claims, q=0.01) if finding.check == "drift.distance"
    }

    assert verdicts == {"far": Verdict.FAIL, "near": Verdict.PASS}


def test_with_few_rows_a_limit_is_inconclusive() -> None:
    found = limited(normal(20_000, 1), normal(30, 2, 0.4), {"kl": 0.1})["kl"]

    assert found.low < 0.1
    assert found.high > found.detect


def test_rows_in_clusters_prove_less_of_every_distance() -> None:
    """A design effect of four makes rows worth a quarter: every lower bound is lower, and chance explains more."""
    of = pair(normal(8_000, 1), normal(2_000, 2, 0.3), ALL)
    clustered = msgspec.structs.replace(of, deff_reference=4.0, deff_current=4.0)
    assert of.before.numbers is not None
    assert of.after.numbers is not None
    bins = of.before.numbers.bins, of.after.numbers.bins

    alone, together = ({one.statistic: one for one in limit_claims(each, *bins)} for each in (of, clustered))

    for name in ALL:
        assert together[name].estimate <= alone[name].estimate
        assert together[name].low < alone[name].low


def test_nulls_are_a_bin_of_kl_and_none_of_ks() -> None:
    before, after = normal(2_000, 1), normal(2_000, 1)
    after[:1_000] = [None] * 1_000
    found = limited(before, after, {"kl": 0.1, "ks": 0.1})

    assert found["kl"].estimate > 0.5
    assert found["ks"].estimate < 0.1


def test_words_have_no_order_and_so_no_ks_or_wasserstein() -> None:
    words: list[Value] = ["a", "b"] * 500
    of = pair(words, words, ALL)
    assert of.before.texts is not None

    found = limit_claims(of, of.before.texts.bins, of.before.texts.bins, ordered=False)

    assert {claim.statistic for claim in found} == {"kl", "js", "psi", "chi_square"}


def test_every_distance_is_among_the_details_whether_limited_or_not() -> None:
    of = pair(normal(5_000, 1), normal(5_000, 2, 1.0), {})
    assert of.before.numbers is not None
    assert of.after.numbers is not None

    found = figures(of, of.before.numbers.bins, of.after.numbers.bins)

    assert set(found) == {"kl", "psi", "js_bits", "ks", "wasserstein_sd"}
    assert all(math.isfinite(figure) and figure > 0 for figure in found.values())

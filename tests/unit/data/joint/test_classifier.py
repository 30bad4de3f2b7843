"""The classifier two-sample test: what it tells apart, and what it must not."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.data.claims import Claim
from seatrial.data.decide import decide
from seatrial.data.findings import DataFinding
from seatrial.data.joint.classifier import told_apart
from seatrial.data.policy import Contract
from seatrial.verdict import Verdict
from tests.unit.data.joint.profiles import Table, profile
from tests.unit.data.joint.tables import categories, numeric, permuted


def _claim(
    reference: Table, current: Table, *, left_out: tuple[str, ...] = (), contract: Contract | None = None
) -> Claim:
    old = profile(reference, left_out=left_out)
    claim = told_apart(old, profile(current, old), contract or Contract(), seed=5)
    assert isinstance(claim, Claim)
    return claim


def _verdict(claim: Claim) -> Verdict:
    return decide([claim], q=0.01)[0].verdict


@pytest.mark.parametrize("rows", [500, 5000])
def test_rows_of_one_source_are_not_told_apart(rows: int) -> None:
    claim = _claim(numeric(8000, 1), numeric(rows, 2), left_out=("id",))

    assert _verdict(claim) is Verdict.PASS


def test_columns_that_came_apart_are_found_and_named_though_none_changed_alone() -> None:
    current = permuted(numeric(2000, 2), "c")

    claim = _claim(numeric(8000, 1), current, left_out=("id",))

    assert _verdict(claim) is Verdict.FAIL
    assert "by c" in claim.message or " c " in claim.message or "and c" in claim.message


def test_a_relation_that_no_rank_correlation_shows_is_found() -> None:
    """v is |u| with a sign of its own: uncorrelated with u, and not independent of it."""
    rng = np.random.default_rng(3)

    def table(rows: int) -> dict[str, np.ndarray]:
        u = rng.standard_normal(rows)
        return {"u": u, "v": np.abs(u) * rng.choice([-1.0, 1.0], rows), "w": rng.standard_normal(rows)}

    claim = _claim(table(5000), permuted(table(1500), "v"))

    assert _verdict(claim) is Verdict.FAIL


def test_unordered_words_that_changed_their_partners_are_found() -> None:
    current = categories(5000, 2)
    current["a"], current["b"] = current["b"], current["a"]

    assert _verdict(_claim(categories(20000, 1), current)) is Verdict.FAIL


@pytest.mark.parametrize("rows", [500, 5000])
def test_a_table_of_few_different_rows_is_not_told_apart_by_which_were_sampled(rows: int) -> None:
    assert _verdict(_claim(categories(20000, 1), categories(rows, 2))) is Verdict.PASS


def _few_heavy_values(rows: int, seed: int) -> dict[str, np.ndarray]:
    """Some 5,000 different rows, the heaviest of which are a tenth of the table each."""
    values = np.random.default_rng(4).standard_normal((5000, 3))
    shares = 1.0 / np.arange(1, 5001)
    chosen = values[np.random.default_rng(seed).choice(5000, rows, p=shares / shares.sum())]
    return {"u": chosen[:, 0], "v": chosen[:, 1], "w": chosen[:, 2]}


def test_a_sample_of_values_is_compared_with_the_same_values_only() -> None:
    """Of the reference some of the heaviest rows are not in the sample, and all are in that of current."""
    for seed in range(1, 4):
        assert _verdict(_claim(_few_heavy_values(40000, 0), _few_heavy_values(2000, seed))) is not Verdict.FAIL


def test_samples_of_unlike_values_are_not_compared() -> None:
    """A new column changes every digest, so the two samples hold other values."""
    old = profile(_few_heavy_values(40000, 0))
    current = {**_few_heavy_values(40000, 1), "new": np.zeros(40000)}

    found = told_apart(old, profile(current, old), Contract(), seed=5)

    assert isinstance(found, DataFinding)
    assert found.verdict is Verdict.INCONCLUSIVE


def test_ids_do_not_tell_rows_apart() -> None:
    reference, current = numeric(4000, 1), numeric(1000, 2)
    current["id"] = current["id"] + 10**16

    assert _verdict(_claim(reference, current, left_out=("id",))) is Verdict.PASS
    assert _verdict(_claim(reference, current, contract=Contract(id=("id",)))) is Verdict.PASS
    assert _verdict(_claim(reference, current)) is Verdict.FAIL


def test_a_measurement_that_never_repeats_is_no_id() -> None:
    reference, current = numeric(4000, 1), numeric(1000, 2)
    current["c"] = np.random.default_rng(0).standard_normal(1000) + 2.0

    assert _verdict(_claim(reference, current, left_out=("id", "c"))) is Verdict.FAIL


def test_a_new_column_changes_all_digests_and_does_not_alarm_here() -> None:
    current = categories(5000, 2)
    current["new"] = np.random.default_rng(0).standard_normal(5000)

    assert _verdict(_claim(categories(20000, 1), current)) is Verdict.PASS


def test_few_rows_are_inconclusive_and_say_how_many_would_do() -> None:
    old = profile(numeric(4000, 1))

    found = told_apart(old, profile(numeric(12, 2), old), Contract(), seed=5)

    assert isinstance(found, DataFinding)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.n_needed is not None
    assert found.n_needed > 12


def test_the_area_is_trusted_no_more_than_it_may_be() -> None:
    """Of 30 clean pairs none is significant at 1 in 200 and beyond the floor, and p is not too small on average."""
    claims = [_claim(numeric(900, 2 * seed), numeric(300, 2 * seed + 1), left_out=("id",)) for seed in range(30)]

    assert not [claim for claim in claims if claim.p < 0.005 and claim.low > claim.floor]
    assert np.mean([claim.p for claim in claims]) > 0.4

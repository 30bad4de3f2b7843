"""All of them together, as a check asks."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.data.claims import Severity
from seatrial.data.codes import Check
from seatrial.data.decide import decide
from seatrial.data.joint.jointly import jointly
from seatrial.data.policy import Contract, Drift
from seatrial.verdict import Verdict
from tests.unit.data.joint.profiles import profile
from tests.unit.data.joint.tables import categories, numeric, permuted

LABELLED = Contract(label="y")


def test_a_clean_pair_passes_in_every_respect() -> None:
    old = profile(numeric(20000, 1), left_out=("id",), agreement=(20000, 17600))

    claims, facts = jointly(old, profile(numeric(5000, 2), old, agreement=(5000, 4400)), LABELLED, seed=1)

    assert {claim.check for claim in claims} == {
        Check.CLASSIFIER,
        Check.CORRELATION,
        Check.LABEL_NOISE,
        Check.SHARED_ROWS,
        Check.LEAKAGE,
        Check.DUPLICATES,
    }
    assert {finding.verdict for finding in decide(claims, q=0.01)} == {Verdict.PASS}
    assert facts == ()


@pytest.mark.parametrize("rows", [500, 5000])
def test_clean_pairs_do_not_alarm(rows: int) -> None:
    for seed in range(6):
        for table, left_out in ((numeric, ("id",)), (categories, ())):
            old = profile(table(6000, 2 * seed), left_out=left_out)
            claims, facts = jointly(old, profile(table(rows, 2 * seed + 1), old), LABELLED, seed=seed)

            alarms = [one.message for one in (*decide(claims, q=0.01), *facts) if one.verdict is Verdict.FAIL]
            assert alarms == []


def test_the_same_profiles_give_the_same_claims() -> None:
    old = profile(numeric(3000, 1), left_out=("id",))
    new = profile(permuted(numeric(900, 2), "a"), old)

    assert jointly(old, new, LABELLED, seed=11) == jointly(old, new, LABELLED, seed=11)


def test_the_order_of_rows_does_not_matter() -> None:
    old, table = profile(numeric(3000, 1), left_out=("id",)), numeric(900, 2)
    order = np.random.default_rng(0).permutation(900)
    other = {name: values[order] for name, values in table.items()}

    assert jointly(old, profile(table, old), LABELLED, seed=1) == jointly(old, profile(other, old), LABELLED, seed=1)


def test_without_a_reference_only_what_stands_by_itself_is_asked() -> None:
    claims, _ = jointly(None, profile(numeric(2000, 1)), LABELLED, seed=1)

    assert {claim.check for claim in claims} == {Check.LEAKAGE}
    assert jointly(None, profile(numeric(2000, 1)), Contract(), seed=1) == ((), ())


def test_drift_that_is_off_leaves_rules_on() -> None:
    old = profile(numeric(3000, 1))
    contract = Contract(label="y", drift=Drift(off=True))

    claims, _ = jointly(old, profile(permuted(numeric(900, 2), "a"), old), contract, seed=1)

    assert {claim.check for claim in claims} == {Check.LEAKAGE}


def test_rows_in_clusters_are_not_compared_as_if_independent_and_that_is_said() -> None:
    old = profile(numeric(3000, 1))

    claims, facts = jointly(old, profile(permuted(numeric(900, 2), "a"), old), Contract(cluster="h"), seed=1)

    assert not {Check.CLASSIFIER, Check.CORRELATION} & {claim.check for claim in claims}
    assert (facts[0].check, facts[0].severity, facts[0].verdict) == (
        Check.CLASSIFIER,
        Severity.INFO,
        Verdict.INCONCLUSIVE,
    )

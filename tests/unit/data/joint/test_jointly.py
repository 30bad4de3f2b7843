"""All of them together, as a check asks."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.data.claims import Severity
from seatrial.data.codes import Check
from seatrial.data.decide import decide
from seatrial.data.joint.jointly import jointly
from seatrial.data.policy import Contract, Drift
from seatrial.data.profile.records import Profile
from seatrial.replacing import replace
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
    assert [(fact.check, fact.severity, fact.verdict) for fact in facts] == [
        (check, Severity.INFO, Verdict.INCONCLUSIVE) for check in (Check.CLASSIFIER, Check.CORRELATION)
    ]


def _in_clusters(whole: Profile, alike: float) -> Profile:
    """The profile, with counts by group as of rows of which users are alike: each group has its own share of low and
    high values."""
    rng = np.random.default_rng(2)
    groups = []
    for _ in range(64):
        low = round(0.5 * whole.rows / 64 * (1 + alike * rng.standard_normal()))
        groups.append((low, max(whole.rows // 64 - low, 0), 0))
    columns = {**whole.columns, "a": replace(whole.columns["a"], groups=tuple(groups))}
    return replace(whole, columns=columns, cluster="h")


def test_whatever_is_asked_of_rows_in_clusters_is_less_sure() -> None:
    """Label noise, leakage, shared and repeated rows: an alarm has more to overcome by what the clusters add."""
    reference, current = numeric(3000, 1), numeric(900, 2)
    for name in current:  # some rows of the reference, and some twice
        current[name] = np.concatenate([current[name], reference[name][:9], current[name][:9]])
    old = profile(reference, agreement=(3000, 2600))
    new = profile(current, old, agreement=(918, 800))
    contract = Contract(label="y", cluster="h")
    plain, alone, alike = (
        {claim.check: claim.high - claim.low for claim in jointly(one, other, contract, seed=1)[0]}
        for one, other in (
            (old, new),
            (_in_clusters(old, 0.0), _in_clusters(new, 0.0)),
            (_in_clusters(old, 0.6), _in_clusters(new, 0.6)),
        )
    )

    assert set(plain) == {Check.LABEL_NOISE, Check.SHARED_ROWS, Check.LEAKAGE, Check.DUPLICATES}
    assert alone == pytest.approx(plain, rel=0.12)
    for check, width in alike.items():
        assert width > 1.25 * plain[check], check


def test_a_label_of_too_few_rows_to_look_for_leaks_is_told() -> None:
    old = profile(numeric(2000, 1))
    claims, facts = jointly(old, profile(numeric(30, 2), old), LABELLED, seed=1)

    assert Check.LEAKAGE not in {claim.check for claim in claims}
    assert [fact.severity for fact in facts if fact.check == Check.LEAKAGE] == [Severity.INFO]


def test_rows_that_cannot_be_looked_for_are_told() -> None:
    """What is kept of the two has no part in common: no rows of the reference were looked for, and none is no pass."""
    old, new = profile(numeric(3000, 1)), profile(numeric(900, 2))
    old = replace(old, rows=10**9, sample=replace(old.sample, hashes=old.sample.hashes[:1]))
    claims, facts = jointly(old, new, Contract(), seed=1)

    assert Check.SHARED_ROWS not in {claim.check for claim in claims}
    told = [fact for fact in facts if fact.check == Check.SHARED_ROWS]
    assert [(fact.verdict, fact.severity) for fact in told] == [(Verdict.INCONCLUSIVE, Severity.INFO)]


def test_a_declared_limit_on_leakage_that_nothing_was_held_to_is_no_pass() -> None:
    """Twenty rows are too few to learn from: a note where nobody asked, undecided where a limit was declared."""
    few = profile(numeric(20, 1))

    (_, noted), (_, asked) = (jointly(None, few, replace(LABELLED, max_leakage=most), seed=1) for most in (None, 0.9))

    assert [(one.check, one.verdict, one.severity) for one in (*noted, *asked)] == [
        (Check.LEAKAGE, Verdict.INCONCLUSIVE, Severity.INFO),
        (Check.LEAKAGE, Verdict.INCONCLUSIVE, Severity.ERROR),
    ]
    assert "more rows" in (asked[0].next_step or "")

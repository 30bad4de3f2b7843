"""Rows of the reference found in current, and rows that repeat each other."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from seatrial.data.claims import Severity
from seatrial.data.decide import decide
from seatrial.data.findings import DataFinding
from seatrial.data.joint.duplicates import repeated
from seatrial.data.joint.excess import excess
from seatrial.data.joint.shared_rows import shared, worst
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.verdict import Verdict
from tests.unit.data.joint.profiles import Table, profile
from tests.unit.data.joint.tables import after, categories, numeric, some


def _profiles(reference: Table, current: Table) -> tuple[Profile, Profile]:
    old = profile(reference, left_out=("id",) if "id" in reference else ())
    return old, profile(current, old)


def _shared(reference: Table, current: Table) -> DataFinding:
    claims, facts = shared(*_profiles(reference, current), Contract())
    return (*decide(claims, q=0.01), *facts)[0]


def _repeated(reference: Table | None, current: Table, contract: Contract | None = None) -> tuple[DataFinding, ...]:
    old, new = (None, profile(current)) if reference is None else _profiles(reference, current)
    claims, facts = repeated(old, new, contract or Contract())
    return (*decide(claims, q=0.01), *facts)


def _mixed(reference: Table, rows: int, taken: int, *, new_ids: bool) -> dict[str, NDArray[np.generic]]:
    copies = some(reference, np.random.default_rng(9).choice(len(reference["y"]), taken, replace=False))
    if new_ids:
        copies["id"] = np.arange(taken) + 10**16
    return after(numeric(rows - taken, 2), copies)


@pytest.mark.parametrize("new_ids", [False, True])
@pytest.mark.parametrize(("rows", "taken"), [(500, 50), (5000, 500), (5000, 75)])
def test_rows_taken_from_the_reference_are_found_with_their_ids_and_without(
    rows: int, taken: int, *, new_ids: bool
) -> None:
    reference = numeric(20000, 1)

    finding = _shared(reference, _mixed(reference, rows, taken, new_ids=new_ids))

    assert finding.verdict is Verdict.FAIL
    assert finding.details["found"] == pytest.approx(taken / rows, rel=0.5)
    assert ("ids and times aside" in finding.message) is new_ids


def test_the_share_is_within_its_bounds_as_often_as_promised() -> None:
    """1 % of 5,000 rows, all of which are seen: the true excess lies between the bounds nine times in ten."""
    reference = numeric(20000, 1)
    old = profile(reference, left_out=("id",))
    inside = 0
    for seed in range(20):
        chosen = np.random.default_rng(seed).choice(20000, 50, replace=False)
        current = after(numeric(4950, seed + 50), some(reference, chosen))
        overlap = worst(old, profile(current, old), Contract())
        assert overlap is not None
        inside += overlap.low <= 0.01 <= overlap.high

    assert inside >= 16


@pytest.mark.parametrize("rows", [500, 5000])
def test_new_rows_of_one_source_are_not_taken_for_old_ones(rows: int) -> None:
    assert _shared(numeric(20000, 1), numeric(rows, 2)).verdict is Verdict.PASS


@pytest.mark.parametrize("rows", [500, 5000])
def test_in_a_table_of_few_categories_equal_rows_are_no_alarm_and_no_reassurance(rows: int) -> None:
    finding = _shared(categories(20000, 1), categories(rows, 2))

    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.severity is Severity.INFO


def test_coincidences_that_the_reference_has_as_well_are_subtracted() -> None:
    """One row in four repeats another by chance, in both; a fifth of current is taken over on top of that."""
    rng = np.random.default_rng(3)

    def table(rows: int) -> dict[str, NDArray[np.generic]]:
        return {"u": rng.integers(0, 60_000, rows), "y": np.zeros(rows, dtype=np.int64)}

    reference = table(20000)
    clean, taken = table(5000), after(table(4000), some(reference, np.arange(1000)))

    assert _shared(reference, clean).verdict is not Verdict.FAIL
    finding = _shared(reference, taken)
    assert finding.verdict is Verdict.FAIL
    assert finding.estimate == pytest.approx(0.15, abs=0.05)


def test_a_dataset_that_has_grown_is_told_from_one_that_was_contaminated() -> None:
    reference = numeric(3000, 1)

    finding = _shared(reference, after(reference, numeric(1000, 2)))

    assert (finding.verdict, finding.severity) == (Verdict.PASS, Severity.INFO)
    assert "grown" in finding.message


def test_digests_made_unlike_are_not_compared() -> None:
    old, new = _profiles(numeric(1000, 1), numeric(500, 2))
    other = msgspec.structs.replace(new, sample=msgspec.structs.replace(new.sample, hashing="other"))

    claims, facts = shared(old, other, Contract())

    assert claims == ()
    assert facts[0].verdict is Verdict.INCONCLUSIVE
    assert facts[0].severity is not Severity.INFO


def test_tables_of_unlike_columns_share_no_digests() -> None:
    current = numeric(500, 2)
    current["new"] = np.zeros(500)

    finding = _shared(numeric(1000, 1), current)

    assert finding.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("rows", [500, 5000])
def test_repeated_rows_are_found_against_the_reference(rows: int) -> None:
    table = numeric(rows, 2)
    current = after(some(table, np.arange(rows * 9 // 10)), some(table, np.arange(rows // 10)))

    (finding,) = _repeated(numeric(20000, 1), current)

    assert finding.verdict is Verdict.FAIL
    assert finding.estimate == pytest.approx(0.1, rel=0.2)


def test_rows_repeated_under_new_ids_are_found() -> None:
    table = numeric(2000, 2)
    copies = some(table, np.arange(200))
    copies["id"] = np.arange(200) + 10**16

    (finding,) = _repeated(numeric(20000, 1), after(table, copies))

    assert finding.verdict is Verdict.FAIL
    assert finding.statistic == "repeated_rows_without_ids"


@pytest.mark.parametrize("rows", [500, 5000])
def test_rows_that_do_not_repeat_pass(rows: int) -> None:
    (finding,) = _repeated(numeric(20000, 1), numeric(rows, 2))

    assert finding.verdict is Verdict.PASS


@pytest.mark.parametrize("rows", [500, 5000, 40000])
def test_few_categories_repeat_by_nature_the_more_the_more_rows(rows: int) -> None:
    (finding,) = _repeated(categories(20000, 1), categories(rows, 2))

    assert finding.verdict is not Verdict.FAIL


def test_more_rows_repeat_each_other_more_often_by_chance() -> None:
    """Numbers below 200,000: 1 % of 5,000 rows repeat one, and 9 % of 40,000."""
    rng = np.random.default_rng(3)
    reference, current = ({"u": rng.integers(0, 200_000, rows)} for rows in (5000, 40000))

    assert all(finding.verdict is not Verdict.FAIL for finding in _repeated(reference, current))


def test_p_of_few_events_is_exact() -> None:
    """Three events on this side and none on the other, of as many rows: 1 in 8."""
    result = excess(3, 1000, 0, 1000, variance=3e-6, times=1.0, confidence=0.95)

    assert result.p == pytest.approx(0.125)


def test_what_repeats_in_the_reference_as_often_is_usual() -> None:
    """Each event is logged twice, before as now, whatever the number of rows."""
    reference, current = numeric(6000, 1), numeric(1000, 2)

    findings = _repeated(after(reference, reference), after(current, current))

    assert all(finding.verdict is not Verdict.FAIL for finding in findings)


def test_a_declared_share_is_left_to_the_exact_count_and_says_nothing_twice() -> None:
    table = numeric(3000, 2)
    current = after(table, some(table, np.arange(300)))

    assert _repeated(None, current, Contract(max_duplicate_share=0.02)) == ()
    assert _repeated(None, current, Contract(max_duplicate_share=0.2)) == ()


def test_without_a_reference_and_a_limit_repeated_rows_are_told_and_not_judged() -> None:
    table = numeric(3000, 2)

    (note,) = _repeated(None, after(table, some(table, np.arange(300))))

    assert note.severity is Severity.INFO
    assert note.estimate == pytest.approx(300 / 3300, rel=0.01)
    assert _repeated(None, table) == ()

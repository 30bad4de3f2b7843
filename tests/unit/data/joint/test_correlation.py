"""The screen of rank correlations: exact sums, honest errors, and columns named once."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.config.contract import load_contract
from seatrial.data.claims import Claim
from seatrial.data.decide import decide
from seatrial.data.joint.correlation import compared, correlations, screened
from seatrial.data.policy import Contract
from seatrial.verdict import Verdict
from tests.unit.data.joint.profiles import Table, profile
from tests.unit.data.joint.tables import numeric, permuted


def _claims(reference: Table, current: Table) -> tuple[Claim, ...]:
    old = profile(reference, left_out=("id",))
    return screened(old, profile(current, old), Contract())


def _alarms(claims: tuple[Claim, ...]) -> list[str | None]:
    return [finding.column for finding in decide(claims, q=0.01) if finding.verdict is Verdict.FAIL]


def test_sums_give_the_rank_correlations_of_all_rows() -> None:
    table = {name: values for name, values in numeric(6000, 1).items() if name in ("a", "b", "c", "d")}

    found, varies = correlations(profile(table).pairs, ("a", "b", "c", "d"))

    ranks = np.stack([values.argsort().argsort() for values in table.values()])
    assert np.abs(found - np.corrcoef(ranks)).max() < 0.01
    assert varies.all()


@pytest.mark.parametrize("rows", [500, 5000])
def test_rows_of_one_source_make_one_claim_and_no_alarm(rows: int) -> None:
    claims = _claims(numeric(8000, 1), numeric(rows, 2))

    assert len(claims) == 1
    assert decide(claims, q=0.01)[0].verdict is Verdict.PASS


def test_a_permuted_column_is_named_once_and_its_partners_are_not_accused() -> None:
    claims = _claims(numeric(8000, 1), permuted(numeric(1000, 2), "a"))

    assert _alarms(claims) == ["a"]
    assert "b" in claims[0].message


def test_a_column_whose_comparison_is_off_is_asked_for_with_no_other() -> None:
    """`drift: off` of a column is about all comparisons, those of pairs too."""
    contract = load_contract(b"columns: {a: {drift: off}}", "contract.yaml")
    old = profile(numeric(8000, 1), left_out=("id",))
    new = profile(permuted(numeric(1000, 2), "a"), old)

    assert _alarms(screened(old, new, Contract())) == ["a"]
    assert _alarms(screened(old, new, contract)) == []


def test_two_swapped_columns_of_one_distribution_are_found() -> None:
    current = numeric(1000, 2)
    current["a"], current["b"] = current["b"], current["a"]

    assert _alarms(_claims(numeric(8000, 1), current))


def test_a_column_filled_from_another_is_said_to_be_the_same() -> None:
    current = numeric(1000, 2)
    current["b"] = current["a"]

    claims = _claims(numeric(8000, 1), current)

    assert any("says the same as" in claim.message for claim in claims)
    assert claims[0].current == "1.000"


def test_a_column_that_does_not_vary_belongs_to_nothing() -> None:
    current = numeric(1000, 2)
    current["c"] = np.zeros(1000)

    assert "c" not in _alarms(_claims(numeric(8000, 1), current))


def test_too_few_rows_to_exclude_a_change_are_inconclusive() -> None:
    claims = _claims(numeric(8000, 1), numeric(25, 2))

    assert decide(claims, q=0.01)[0].verdict is Verdict.INCONCLUSIVE
    assert claims[0].n_needed is not None
    assert claims[0].n_needed > 25


def test_the_error_is_that_of_flags_that_mostly_agree_not_that_of_normal_variables() -> None:
    """Two flags with a correlation of 0.8: Fisher's formula would give 0.36 / sqrt(n), a third below the truth."""
    rng = np.random.default_rng(5)

    def flags(rows: int) -> dict[str, np.ndarray]:
        first = rng.integers(0, 2, rows)
        return {"u": first, "v": np.where(rng.random(rows) < 0.1, 1 - first, first)}

    old = profile(flags(20000))
    screens = [compared(old, profile(flags(400), old), Contract()) for _ in range(200)]
    errors = [screen.error[0] for screen in screens if screen is not None]
    changes = [screen.after[0] - screen.before[0] for screen in screens if screen is not None]

    assert len(errors) == 200
    assert np.mean(errors) == pytest.approx(np.std(changes), rel=0.15)
    assert np.mean(errors) > 1.3 * 0.36 / np.sqrt(400)


def test_p_is_corrected_for_the_number_of_pairs() -> None:
    old = profile(numeric(8000, 1), left_out=("id",))
    new = profile(numeric(500, 2), old)

    claim = screened(old, new, Contract())[0]
    screen = compared(old, new, Contract())

    assert screen is not None
    assert len(screen.first) == 21  # seven columns, the id aside
    z = np.abs(screen.after - screen.before) / screen.error
    from scipy.stats import norm

    assert claim.p == pytest.approx(min(1.0, 21 * 2 * norm.sf(z.max())))

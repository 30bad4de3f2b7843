"""The screen of rank correlations: exact sums, honest errors, and columns named once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from seatrial.config.contract import load_contract
from seatrial.data.claims import Claim, Severity
from seatrial.data.codes import Reason
from seatrial.data.decide import decide
from seatrial.data.joint.correlation import paired, screened
from seatrial.data.joint.rank_pairs import LEAST_COMPLETE, Screen, compared, correlations
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.verdict import Verdict
from tests.unit.data.joint.profiles import Table, profile
from tests.unit.data.joint.tables import numeric, permuted


def _claims(reference: Table, current: Table) -> tuple[Claim, ...]:
    old = profile(reference, left_out=("id",))
    return screened(old, profile(current, old), Contract())[0]


def _screen(old: Profile, new: Profile) -> Screen | None:
    return compared(old, new, paired(old, new, Contract()))


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

    assert _alarms(screened(old, new, Contract())[0]) == ["a"]
    assert _alarms(screened(old, new, contract)[0]) == []


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
    screens = [_screen(old, profile(flags(400), old)) for _ in range(200)]
    errors = [screen.error[0] for screen in screens if screen is not None]
    changes = [screen.after[0] - screen.before[0] for screen in screens if screen is not None]

    assert len(errors) == 200
    assert np.mean(errors) == pytest.approx(np.std(changes), rel=0.15)
    assert np.mean(errors) > 1.3 * 0.36 / np.sqrt(400)


def test_p_is_corrected_for_the_number_of_pairs() -> None:
    old = profile(numeric(8000, 1), left_out=("id",))
    new = profile(numeric(500, 2), old)

    (claim,), _ = screened(old, new, Contract())
    screen = _screen(old, new)

    assert screen is not None
    assert len(screen.first) == 21  # seven columns, the id aside
    weakest = np.argmax(screen.size + norm.isf(0.05) * screen.error)
    z = screen.size[weakest] / screen.error[weakest]

    assert claim.p == pytest.approx(min(1.0, 21 * 2 * norm.sf(z)))


def _halves(rows: int, seed: int, *, gone: float, r: float = 0.5) -> dict[str, np.ndarray]:
    """Two normal columns, of which the second is null in a share of the rows."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(rows)
    b = r * a + np.sqrt(1 - r * r) * rng.standard_normal(rows)
    return {"a": a, "b": np.where(rng.random(rows) < gone, np.nan, b)}


def test_nulls_take_nothing_off_a_correlation() -> None:
    """Half of a column is null: shown is the correlation of the rows that have both, not of nulls in the middle."""
    table = _halves(1800, 1, gone=0.5)
    old = profile(table)
    screen = _screen(old, profile(_halves(1800, 2, gone=0.5), old))
    known = ~np.isnan(table["b"])

    assert screen is not None
    assert screen.before[0] == pytest.approx(spearmanr(table["a"][known], table["b"][known]).statistic, abs=0.01)
    assert screen.rows_reference[0] == known.sum()


def test_nulls_that_depend_on_the_other_column_take_nothing_off_either() -> None:
    """No factor for the share of nulls would do here: only the rows that have both tell."""
    table = _halves(1800, 3, gone=0.0)
    table["b"] = np.where(table["a"] > 0, np.nan, table["b"])
    old = profile(table)
    screen = _screen(old, profile(table, old))
    known = ~np.isnan(table["b"])

    assert screen is not None
    assert screen.after[0] == pytest.approx(spearmanr(table["a"][known], table["b"][known]).statistic, abs=0.03)


@pytest.mark.parametrize("gone", [(0.0, 0.5), (0.5, 0.0), (0.3, 0.6)])
def test_more_or_fewer_nulls_are_no_other_relation(gone: tuple[float, float]) -> None:
    """Of 20 pairs of samples whose shares of nulls differ, none alarms; a broken relation does, at the same nulls."""
    for seed in range(20):
        old = profile(_halves(1500, 10 + seed, gone=gone[0], r=0.8))
        assert not _alarms(screened(old, profile(_halves(700, 900 + seed, gone=gone[1], r=0.8), old), Contract())[0])

    assert _alarms(screened(old, profile(_halves(700, 3, gone=gone[1], r=0.0), old), Contract())[0]) == ["a"]


def test_the_error_is_that_of_the_rows_that_have_both() -> None:
    old = profile(_halves(2000, 1, gone=0.6))
    screens = [_screen(old, profile(_halves(600, 100 + seed, gone=0.6), old)) for seed in range(100)]
    changes = [screen.after[0] - screen.before[0] for screen in screens if screen is not None]
    own = [np.sqrt(screen.spread[0] / screen.rows[0]) for screen in screens if screen is not None]

    assert len(changes) == 100
    assert np.mean(own) == pytest.approx(np.std(changes), rel=0.2)


def test_a_pair_that_few_rows_have_is_told_and_not_judged() -> None:
    old = profile(_halves(1500, 1, gone=0.95))
    claims, facts = screened(old, profile(_halves(1500, 2, gone=0.95), old), Contract())

    assert LEAST_COMPLETE > 1500 * 0.05
    assert claims == ()
    assert [(fact.verdict, fact.reason) for fact in facts] == [(Verdict.INCONCLUSIVE, Reason.NOT_LOOKED_AT)]
    assert "a and b" in facts[0].message


def test_too_few_rows_for_any_pair_are_told() -> None:
    old = profile(_halves(500, 1, gone=0.0))
    claims, facts = screened(old, profile(_halves(19, 2, gone=0.0), old), Contract())

    assert claims == ()
    assert "19 rows" in facts[0].message


def test_what_passes_is_the_pair_of_which_least_is_excluded() -> None:
    """A pair of few rows that changed less than another one may still leave more open."""
    rng = np.random.default_rng(4)

    def table(rows: int, r: float) -> dict[str, np.ndarray]:
        full = _halves(rows, int(rng.integers(1000)), gone=0.0, r=r)
        rare = _halves(rows, int(rng.integers(1000)), gone=0.9, r=0.0)
        return {**full, "c": rare["a"], "d": rare["b"]}

    old = profile(table(1900, 0.5))
    (claim,), _ = screened(old, profile(table(1900, 0.5), old), Contract())
    screen = _screen(old, profile(table(1900, 0.5), old))

    assert screen is not None
    assert "d" in claim.message.split("may have changed most")[0]
    assert claim.n < 250


def test_columns_that_hardly_vary_are_told_apart_from_rows_that_are_too_few() -> None:
    """Flags that are true in one row of 25 have a dozen rows to belong together in: the other pairs pass without."""
    rng = np.random.default_rng(9)

    def table(rows: int) -> dict[str, np.ndarray]:
        u = (rng.random(rows) < 0.04).astype(np.int64)
        v = np.where(rng.random(rows) < 0.5, u, (rng.random(rows) < 0.04).astype(np.int64))
        return {**_halves(rows, int(rng.integers(1000)), gone=0.0), "u": u, "v": v}

    old = profile(table(400))
    claims, facts = screened(old, profile(table(400), old), Contract())

    assert [finding.verdict for finding in decide(claims, q=0.01)] == [Verdict.PASS]
    assert "u and v" not in claims[0].message
    assert ["u and v" in fact.message for fact in facts] == [True]


def test_a_pair_is_asked_for_a_change_as_it_stands_in_all_rows() -> None:
    """Three of four rows lack a value: what must not go unseen among the others is twice as much, and never above 1."""
    drift = Contract().drift
    for gone, asked in ((0.0, 1.0), (0.75, 2.0), (0.93, 1.0 / drift.correlation_detect)):
        old = profile(_halves(4000, 1, gone=gone))
        claims, _ = screened(old, profile(_halves(4000, 2, gone=gone), old), Contract())

        assert claims[0].detect == pytest.approx(asked * drift.correlation_detect, rel=0.05)
        assert claims[0].floor == drift.correlation_floor


def test_sparse_pairs_hold_no_check_that_whole_ones_let_pass() -> None:
    """Six columns that mostly lack values: of 15 pairs the worst looks bad by chance, and few rows have it."""

    def clean(seed: int) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        rows = rng.standard_normal((800, 6))
        rows[rng.random(rows.shape) < 0.6] = np.nan
        return {f"x{place}": rows[:, place] for place in range(6)}

    held = notes = 0
    for seed in range(20):
        old = profile(clean(2 * seed))
        claims, _ = screened(old, profile(clean(2 * seed + 1), old), Contract())
        open_ = [finding for finding in decide(claims, q=0.005) if finding.verdict is not Verdict.PASS]
        held += any(finding.severity is Severity.ERROR for finding in open_)
        notes += any(finding.severity is Severity.INFO for finding in open_)

    assert held == 0
    assert notes <= 3

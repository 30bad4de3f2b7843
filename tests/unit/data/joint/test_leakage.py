"""Columns that give the label away."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.data.claims import Claim, Severity
from seatrial.data.codes import Reason
from seatrial.data.decide import decide
from seatrial.data.joint.leakage import Leak, Score, _for_all, _held, concordance, leaks
from seatrial.data.policy import Contract
from seatrial.verdict import Verdict
from tests.unit.data.joint.profiles import Table, profile
from tests.unit.data.joint.tables import categories, numeric

LABELLED = Contract(label="y")


def _claims(current: Table, reference: Table | None = None, contract: Contract = LABELLED) -> tuple[Claim, ...]:
    if reference is None:
        return leaks(None, profile(current), contract, seed=3)
    old = profile(reference, left_out=("id",) if "id" in reference else ())
    return leaks(old, profile(current, old), contract, seed=3)


def _alarms(claims: tuple[Claim, ...]) -> list[str | None]:
    return [finding.column for finding in decide(claims, q=0.01) if finding.verdict is Verdict.FAIL]


def test_concordance_is_the_share_of_pairs_in_the_right_order() -> None:
    rng = np.random.default_rng(0)
    prediction, label = rng.integers(0, 6, 90), rng.integers(0, 5, 90)
    table = np.zeros((6, 5))
    np.add.at(table, (prediction, label), 1.0)

    right = pairs = 0.0
    for i in range(90):
        for j in range(90):
            if label[i] < label[j]:
                pairs += 1
                right += (prediction[i] < prediction[j]) + (prediction[i] == prediction[j]) / 2
    score = concordance(table)

    assert score is not None
    assert score.value == pytest.approx(right / pairs)


def test_its_error_is_the_spread_over_samples() -> None:
    rng = np.random.default_rng(1)
    values, errors = [], []
    for _ in range(400):
        label = rng.integers(0, 5, 200)
        table = np.zeros((8, 5))
        np.add.at(table, (np.clip(label + rng.integers(-1, 4, 200), 0, 7), label), 1.0)
        score = concordance(table)
        assert score is not None
        values.append(score.value)
        errors.append(score.error)

    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_labels_that_are_all_equal_say_nothing() -> None:
    assert concordance(np.array([[3.0], [4.0]])) is None


@pytest.mark.parametrize("rows", [500, 4000])
def test_a_nearly_copied_label_is_a_leak_without_any_reference(rows: int) -> None:
    table = numeric(rows, 1)
    table["c"] = table["y"].astype(np.float64) + np.random.default_rng(2).standard_normal(rows) * 0.15

    claims = _claims(table)

    assert _alarms(claims) == ["c"]
    assert "c alone predicts y" in claims[0].message


@pytest.mark.parametrize("rows", [500, 4000])
def test_a_good_predictor_is_no_leak(rows: int) -> None:
    claims = _claims(numeric(rows, 1))

    assert len(claims) == 1
    assert decide(claims, q=0.01)[0].verdict is Verdict.PASS


def test_a_leak_may_lie_in_which_values_are_missing() -> None:
    table = numeric(3000, 1)
    table["c"] = np.where(table["y"] == 1, np.nan, table["c"].astype(np.float64))

    assert _alarms(_claims(table)) == ["c"]


def test_words_that_stand_for_the_label_in_no_order_are_a_leak() -> None:
    table = numeric(3000, 1)
    code = np.random.default_rng(4).integers(0, 20, 3000) * 2 + table["y"].astype(np.int64)
    table["c"] = np.array([f"w{(one * 37) % 101}" for one in code], dtype=object)

    assert _alarms(_claims(table)) == ["c"]


def test_a_label_of_several_classes_can_leak() -> None:
    rng = np.random.default_rng(5)
    label = rng.integers(0, 4, 3000)
    words = np.array(["ant", "bee", "cat", "dog"], dtype=object)
    table = {"y": words[label], "code": (label * 3) % 4 + rng.standard_normal(3000) * 0.05, "noise": rng.random(3000)}

    assert _alarms(_claims(table)) == ["code"]


def test_a_number_as_label_can_leak() -> None:
    rng = np.random.default_rng(6)
    price = rng.lognormal(3.0, 1.0, 3000)
    table = {"y": price, "in_cents": price * 100, "near": price * rng.lognormal(0.0, 0.4, 3000)}

    assert _alarms(_claims(table)) == ["in_cents"]


def test_an_old_column_that_took_on_the_label_is_a_leak() -> None:
    """Its values are the old ones, put in the order of the label: no distribution changed."""
    current = numeric(1500, 2)
    rank = (current["y"].astype(np.float64) + np.random.default_rng(0).random(1500) * 0.9).argsort().argsort()
    current["d"] = np.sort(current["d"].astype(np.float64))[rank]

    assert _alarms(_claims(current, numeric(8000, 1))) == ["d"]


def test_what_gave_the_label_away_in_the_reference_too_was_accepted_with_it() -> None:
    reference, current = numeric(8000, 1), numeric(1500, 2)
    for table in (reference, current):
        table["c"] = table["y"].astype(np.float64)

    assert _alarms(_claims(current, reference)) == []
    assert _alarms(_claims(current, reference, Contract(label="y", max_leakage=0.95))) == ["c"]


def test_a_column_that_tells_somewhat_more_than_it_did_is_not_said_to_be_made_from_the_label() -> None:
    current = categories(5000, 2)
    current["a"], current["b"] = current["b"], current["a"]

    claims = _claims(current, categories(20000, 1))

    assert _alarms(claims) == ["b"]
    assert claims[0].message.endswith("or their relation has changed")


@pytest.mark.parametrize(("now", "is_leak"), [(0.58, False), (0.61, False), (0.9, True)])
def test_a_rise_has_to_end_where_it_gives_something_away(now: float, *, is_leak: bool) -> None:
    leak = _held("c", Score(value=now, error=0.01), Score(value=0.5, error=0.01), None, LABELLED)

    assert (leak.p < 0.001 and leak.effect - 2 * leak.error > leak.limit) is is_leak


def test_a_declared_limit_holds_at_its_value() -> None:
    table = numeric(4000, 1)

    assert "a" in _alarms(_claims(table, contract=Contract(label="y", max_leakage=0.7)))
    assert _alarms(_claims(table, contract=Contract(label="y", max_leakage=0.9))) == []


def test_only_a_declared_label_counts_and_a_prediction_may_predict() -> None:
    table = numeric(2000, 1)
    table["target"] = table["y"]

    assert _claims(table, contract=Contract()) == ()
    assert _claims(table, contract=Contract(label="nowhere")) == ()
    assert _alarms(_claims(table, contract=Contract(label="y", prediction="target"))) == []
    assert _alarms(_claims(table)) == ["target"]


def test_too_few_rows_of_a_class_are_no_leak() -> None:
    table = numeric(60, 1)
    table["y"] = (np.arange(60) < 3).astype(np.int64)
    table["c"] = table["y"].astype(np.float64)

    assert _alarms(_claims(table)) == []


def _rare(rows: int, seed: int) -> dict[str, np.ndarray]:
    """One row in fifteen is of the rarer class, and neither number knows which."""
    rng = np.random.default_rng(seed)
    return {
        "u": rng.gamma(3.0, 0.8, rows),
        "v": rng.standard_normal(rows),
        "w": rng.standard_normal(rows),
        "y": (rng.random(rows) < 1 / 15).astype(np.int64),
    }


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_that_took_on_some_of_a_rare_label_is_found_in_few_rows(sign: int) -> None:
    """Its area rose from .5 to .74; what a half of the rows could learn would show .6."""
    found = 0
    for seed in range(10):
        current = _rare(600, seed)
        hint = current["y"] * 0.9 * sign + np.random.default_rng(seed + 100).standard_normal(600)
        current["u"] = np.sort(current["u"])[hint.argsort().argsort()]
        found += _alarms(_claims(current, _rare(8000, 50))) == ["u"]

    assert found >= 7


def test_the_relation_of_an_unchanged_number_to_a_rare_label_is_no_news() -> None:
    reference = _rare(8000, 50)

    assert [_alarms(_claims(_rare(600, seed), reference)) for seed in range(30)] == [[]] * 30


def test_a_clean_table_with_a_rare_class_and_few_rows_passes() -> None:
    """One class in twelve of 500 rows, six columns: of 25 clean samples a few are a note, and none asks for rows."""

    def table(rows: int, seed: int) -> Table:
        rng = np.random.default_rng(seed)
        columns = {name: rng.standard_normal(rows) for name in "abcdef"}
        odds = 1 / (1 + np.exp(2.9 - 1.2 * columns["a"] - 0.4 * columns["b"]))
        return {**columns, "y": (rng.random(rows) < odds).astype(np.int64)}

    old = profile(table(2000, 1))
    findings = [
        finding
        for seed in range(25)
        for finding in decide(leaks(old, profile(table(500, 100 + seed), old), LABELLED, seed=seed), q=0.01)
    ]

    assert Verdict.FAIL not in {finding.verdict for finding in findings}
    assert [one for one in findings if one.reason is Reason.TOO_FEW_ROWS and one.severity is not Severity.INFO] == []


def test_all_columns_that_are_no_leak_pass_by_the_one_of_which_least_is_excluded() -> None:
    """Unless one of them is suspect: then that one is told."""

    def leak(name: str, effect: float, error: float, p: float) -> Leak:
        score = Score(value=0.7, error=error)
        return Leak(name=name, score=score, before=score, limit=0.05, effect=effect, error=error, p=p)

    likeliest, widest, suspect = leak("a", 0.04, 0.03, 0.2), leak("b", 0.01, 0.1, 0.5), leak("c", 0.04, 0.03, 0.01)

    assert _for_all([likeliest, widest], 2, 1.645) is widest
    assert _for_all([likeliest, widest, suspect], 3, 1.645) is suspect


def test_rows_that_come_in_clusters_say_less() -> None:
    """A design effect of four doubles the distance of the bounds from the estimate."""
    reference, current = numeric(4000, 1), numeric(1000, 2)
    current["a"] = current["a"].astype(np.float64) + current["y"].astype(
        np.float64
    )  # it says more of the label than it did
    old = profile({name: reference[name] for name in "ay"})
    new = profile({name: current[name] for name in "ay"}, old)
    (alone,), (clustered,) = (leaks(old, new, LABELLED, seed=3, deff=deff) for deff in (1.0, 4.0))

    assert alone.estimate > 0.05
    assert clustered.estimate == pytest.approx(alone.estimate, abs=0.02)
    assert clustered.high - clustered.estimate == pytest.approx(2 * (alone.high - alone.estimate), rel=0.1)


def test_a_declared_limit_is_owed_an_answer() -> None:
    table = numeric(60, 1)
    for contract, declared in ((LABELLED, False), (Contract(label="y", max_leakage=0.9), True)):
        assert {claim.declared for claim in _claims(table, contract=contract)} == {declared}

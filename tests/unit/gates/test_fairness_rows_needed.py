"""What the fairness gate says of rows: how many show alike groups to be alike, and the same before any training."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Case, Evidence, LeftOut
from seatrial.gates.judge import judge
from seatrial.gates.looking import Looking
from seatrial.gates.policy import Fairness, GateSet
from seatrial.gates.power.outlook import Outlook
from seatrial.gates.power.plan import outlooks
from seatrial.replacing import replace
from seatrial.stats.group_range import range_of_shares, ratio_of_shares
from seatrial.verdict import Finding, Verdict
from tests.support.judged import evidence, finding, production

_SHAPES = {
    "2": [1, 1],
    "6": [1] * 6,
    "20": [1] * 20,
    "2 unequal": [1, 9],
    "6 unequal": [1, 1, 2, 4, 8, 16],
    "20 unequal": list(range(1, 21)),
}
_RULE = Fairness(protected=(("g",),), metrics=("accuracy",))
_ACCURACY = GateSet(name="s", fairness=replace(_RULE, max_disparity=0.02))
_SELECTED = GateSet(name="s", fairness=replace(_RULE, metrics=("demographic_parity",), min_ratio=0.8))


def _split(sizes: list[int]) -> list[str]:
    return [f"g{at:03}" for at, size in enumerate(sizes) for _ in range(size)]


def _rows(sizes: list[int], wrong: float) -> Evidence:
    """Half positives, and that share of each group wrong, or one row more."""
    labels, answers = [], []
    for size in sizes:
        for at in range(size):
            labels.append(at % 2)
            answers.append(1 - at % 2 if at < round(wrong * size) else at % 2)
    return evidence(labels=labels, answers=answers, groups={"g": _split(sizes)})


def _selecting(sizes: list[int], share: float) -> Evidence:
    """That share of each group is answered positively."""
    answers = [int(at < round(share * size)) for size in sizes for at in range(size)]
    return evidence(labels=[at % 2 for at in range(sum(sizes))], answers=answers, groups={"g": _split(sizes)})


def _found(gate: GateSet, rows: Evidence) -> Finding:
    return finding(gate, rows, LeftOut())


def _planned(gate: GateSet, rows: Evidence) -> Outlook:
    (one,) = outlooks(gate, Looking(gate, Case(candidate=rows, baseline=LeftOut())))
    return one


def _sizes(shape: str, n: int) -> list[int]:
    parts = np.asarray(_SHAPES[shape], dtype=np.float64)
    return [max(1, round(float(part))) for part in n * parts / parts.sum()]


def _passing(sizes: list[int], share: float, *, ratio: float | None = None, limit: float = 0.0) -> float:
    """How many of 500 drawn tables of alike groups the gate's own bounds let pass."""
    drawn = np.random.default_rng(len(sizes)).binomial(sizes, share, size=(500, len(sizes))).tolist()
    if ratio is not None:
        return float(np.mean([ratio_of_shares(right, sizes, alpha=0.05).lower >= ratio for right in drawn]))
    return float(np.mean([range_of_shares(right, sizes, alpha=0.05).upper <= limit for right in drawn]))


@pytest.mark.parametrize("shape", _SHAPES)
def test_alike_groups_pass_as_often_as_planned_with_the_rows_that_are_named(shape: str) -> None:
    """An accuracy of 0.9 everywhere, seen in few rows; with the rows that the verdict names four in five pass."""
    found = _found(_ACCURACY, _rows(_sizes(shape, 200 * len(_SHAPES[shape])), 0.1))
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
    assert found.n_needed is not None

    assert _passing(_sizes(shape, found.n_needed), 0.9, limit=0.02) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("shape", _SHAPES)
def test_alike_groups_keep_a_ratio_as_often_as_planned(shape: str) -> None:
    """Three in ten are answered positively, in every group."""
    found = _found(_SELECTED, _selecting(_sizes(shape, 100 * len(_SHAPES[shape])), 0.3))
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
    assert found.n_needed is not None

    assert _passing(_sizes(shape, found.n_needed), 0.3, ratio=0.8) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("sizes", [[500] * 6, [500, 300, 250]])
@pytest.mark.parametrize("metric", ["accuracy", "equal_opportunity", "f1"])
@pytest.mark.parametrize("limits", [{"max_disparity": 0.02}, {"min_ratio": 0.98}])
def test_the_verdict_and_the_plan_before_training_name_the_same_rows(
    sizes: list[int], metric: str, limits: dict[str, Any]
) -> None:
    gate = GateSet(name="s", fairness=Fairness(protected=(("g",),), metrics=(metric,), **limits))
    rows = _rows(sizes, 0.1)
    found, planned = _found(gate, rows), _planned(gate, rows)

    assert planned.name == found.name
    assert planned.n_needed == found.n_needed
    assert (planned.n_needed is None) == (metric == "f1" and "min_ratio" in limits)
    assert planned.n == sum(sizes)


def test_the_power_asked_for_is_planned_for() -> None:
    often, seldom = (
        _found(GateSet(name="s", fairness=replace(_RULE, max_disparity=0.02, power=power)), _rows([500] * 6, 0.1))
        for power in (0.95, 0.5)
    )
    assert often.n_needed is not None
    assert seldom.n_needed is not None
    assert _passing([often.n_needed // 6] * 6, 0.9, limit=0.02) == pytest.approx(0.95, abs=0.04)
    assert _passing([seldom.n_needed // 6] * 6, 0.9, limit=0.02) == pytest.approx(0.5, abs=0.07)


def test_a_gap_that_chance_makes_is_not_told_to_lie_close_to_the_limit() -> None:
    """Six equal groups of 500 rows against 0.02: the largest gap mostly exceeds it, and rows are what is lacking."""
    draw = np.random.default_rng(4)
    labels = draw.integers(0, 2, 3_000)
    answers = np.where(draw.random(3_000) < 0.1, 1 - labels, labels)
    found = _found(_ACCURACY, evidence(labels=labels, answers=answers, groups={"g": _split([500] * 6)}))

    assert found.estimate is not None
    assert found.estimate > 0.02
    assert found.reason == Reason.TOO_FEW_ROWS
    assert found.n_needed is not None
    assert f"about {found.n_needed:,} rows would decide if groups are alike" in found.message
    assert "close to the limit" not in found.message


def test_with_rows_enough_for_alike_groups_the_limit_is_near() -> None:
    """Two groups of 20,000 rows, 0.02 apart: rows are not what is lacking."""
    labels = np.arange(40_000) % 2
    wrong = np.arange(40_000) % 20_000 < np.repeat([2_000, 2_400], 20_000)
    found = _found(
        _ACCURACY,
        evidence(labels=labels, answers=np.where(wrong, 1 - labels, labels), groups={"g": _split([20_000] * 2)}),
    )

    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT)
    assert found.n_needed is None
    assert "it lies close to the limit" in found.message


def test_three_hundred_groups_of_ten_rows_are_never_shown_to_be_alike() -> None:
    """Neither by any limit: a share has none above 1. The verdict says that rows lack, and how many."""
    gate = GateSet(name="s", fairness=replace(_RULE, max_disparity=0.2))
    rows = _rows([10] * 300, 0.2)
    planned, found = _planned(gate, rows), _found(gate, rows)

    assert (planned.can_pass, planned.chance, planned.smallest) == (False, 0.0, None)
    assert "never shown to be alike with these rows" in planned.message
    assert "no limit can be shown to be kept" in planned.message
    assert " 0 %" not in planned.message
    assert found.reason == Reason.TOO_FEW_ROWS
    assert found.n_needed == planned.n_needed
    assert planned.n_needed is not None
    assert planned.n_needed > 3_000


def test_groups_that_pass_where_they_look_better_than_they_are_are_not_told_to_pass_never() -> None:
    """60 and 600 rows of accuracy 0.95 against 0.05: where the 60 look flawless the bound is within, as in one sample
    of eight. The law of large samples has no chance for it, and none is named."""
    gate = GateSet(name="s", fairness=replace(_RULE, max_disparity=0.05))
    planned = _planned(gate, _rows([60, 600], 0.05))

    assert 0.05 < _passing([60, 600], 0.95, limit=0.05) < 0.25
    assert (planned.can_pass, planned.chance) == (True, None)
    assert "cannot be told" in planned.message
    assert planned.n_needed is not None


def test_a_chance_that_rounds_to_nothing_is_not_told_as_nothing() -> None:
    gate = GateSet(name="s", fairness=replace(_RULE, max_disparity=0.05))
    planned = _planned(gate, _rows([400] * 20, 0.1))

    assert planned.can_pass is True
    assert planned.chance is not None
    assert 0 < planned.chance < 0.001
    assert "in less than 0.1 % of cases" in planned.message


@pytest.mark.parametrize("what", ["max_disparity", "min_ratio"])
def test_the_tightest_limit_before_training_passes_as_often_as_planned(what: str) -> None:
    rows = _rows([300, 500, 700], 0.1)

    def planned(limit: float) -> Outlook:
        limits: dict[str, Any] = {what: limit}
        return _planned(GateSet(name="s", fairness=replace(_RULE, **limits)), rows)

    first = planned(0.1 if what == "max_disparity" else 0.9)
    assert first.smallest is not None
    again = planned(first.smallest)

    assert again.chance == pytest.approx(0.8, abs=0.001)
    assert f"{first.smallest:.3g} is the {'smallest' if what == 'max_disparity' else 'largest'} limit" in first.message


@pytest.mark.parametrize("limit", ["max_disparity", "min_ratio", "max_increase"])
def test_a_group_without_a_value_never_passes(limit: str) -> None:
    """Negatives alone in one group: it has no recall, and its gate does not pass whatever model comes."""
    labels = [1] * 100 + [0] * 50 + [0] * 50
    rows = evidence(labels=labels, answers=labels, groups={"g": ["a"] * 125 + ["b"] * 75})
    limits: dict[str, Any] = {limit: 0.5}
    gate = GateSet(name="s", fairness=Fairness(protected=(("g",),), metrics=("equal_opportunity",), **limits))
    planned = _planned(gate, rows)

    assert planned.can_pass is False
    assert "no value in 1 of 2 groups" in planned.message
    assert finding(gate, rows, production(rows)).verdict is Verdict.INCONCLUSIVE


def test_a_ratio_of_what_has_no_bounded_ratio_never_passes() -> None:
    planned = _planned(
        GateSet(name="s", fairness=replace(_RULE, metrics=("f1",), min_ratio=0.8)), _rows([300] * 2, 0.1)
    )

    assert planned.can_pass is False
    assert "shares of rows only" in planned.message


def test_no_number_of_rows_shows_a_ratio_of_one() -> None:
    """A ratio of 1 has no room at all: no number is made up, and the words say so."""
    gate = GateSet(name="s", fairness=replace(_RULE, metrics=("demographic_parity",), min_ratio=1.0))
    found = _found(gate, _selecting([50, 50], 0.3))

    assert (found.verdict, found.n_needed) == (Verdict.INCONCLUSIVE, None)
    assert "no number of rows is known that would" in found.message


def test_a_ratio_of_nothing_to_nothing_has_no_value_and_no_number() -> None:
    """Nobody is answered positively in any group."""
    rows = _selecting([50, 60], 0.0)
    found, planned = _found(_SELECTED, rows), _planned(_SELECTED, rows)

    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.UNDEFINED)
    assert (found.estimate, found.n_needed) == (None, None)
    assert (planned.can_pass, planned.n_needed) == (False, None)
    for message in (found.message, planned.message):
        assert "a ratio of nothing to nothing has no value" in message


def _moved(sizes: list[int], seed: int) -> tuple[Evidence, Evidence]:
    """Two models of accuracy 0.9 in all groups, of which one row in twenty tells them apart."""
    draw, n = np.random.default_rng(seed), sum(sizes)
    labels, at = draw.integers(0, 2, n), draw.random(n)

    def of(wrong: NDArray[np.bool_]) -> Evidence:
        return evidence(labels=labels, answers=np.where(wrong, 1 - labels, labels), groups={"g": _split(sizes)})

    return of(at < 0.1), of((at < 0.075) | ((at >= 0.1) & (at < 0.125)))


@pytest.mark.parametrize("groups", [2, 8])
def test_groups_that_do_not_move_pass_as_often_as_planned_or_more(groups: int) -> None:
    """An increase of at most 0.04: of sixty pairs of models with the rows that are named, at least four in five."""
    gate = GateSet(name="s", fairness=replace(_RULE, max_increase=0.04))
    ours, theirs = _moved([250] * groups, 2)
    found = finding(gate, ours, production(theirs))
    assert found.reason == Reason.TOO_FEW_ROWS
    assert found.n_needed is not None
    passed = 0
    for seed in range(60):
        ours, theirs = _moved([found.n_needed // groups] * groups, seed)
        passed += finding(gate, ours, production(theirs)).verdict is Verdict.PASS

    assert passed / 60 >= 0.8


def test_groups_that_came_closer_are_told_so() -> None:
    """Two groups that were 0.02 apart and are alike now have not moved apart by -0.02."""
    labels = np.arange(2_000) % 2
    fair = np.arange(2_000) % 1_000 < 100
    unfair = np.arange(2_000) % 1_000 < np.repeat([100, 120], 1_000)
    ours, theirs = (
        evidence(labels=labels, answers=np.where(wrong, 1 - labels, labels), groups={"g": _split([1_000] * 2)})
        for wrong in (fair, unfair)
    )
    gate = GateSet(name="s", fairness=replace(_RULE, max_increase=0.05))

    found = finding(gate, ours, production(theirs))
    back = finding(gate, theirs, production(ours))

    assert found.estimate == pytest.approx(-0.02)
    assert re.search(r"closer together by 0\.020 than under the baseline", found.message)
    assert "further apart by 0.020 than under the baseline" in back.message


def test_what_is_asked_for_want_of_a_positive_class_is_said() -> None:
    """`pos` and `neg`, and nobody says which is the positive one: accuracy is asked, in a pass and in a plan too."""
    labels = ["neg", "pos"] * 3_000
    rows = evidence(labels=labels, answers=labels, groups={"g": ["a"] * 3_000 + ["b"] * 3_000})
    gate = GateSet(name="s", fairness=Fairness(protected=(("g",),), max_disparity=0.1))
    passed, planned = _found(gate, rows), _planned(gate, rows)
    named = judge(GateSet(name="s", fairness=replace(_RULE, max_disparity=0.1)), rows, LeftOut())

    assert passed.verdict is Verdict.PASS
    for message in (passed.message, planned.message):
        assert "no positive class is known" in message
        assert "--positive, makes it equalized odds" in message
    assert all("positive class" not in each.message for each in named)

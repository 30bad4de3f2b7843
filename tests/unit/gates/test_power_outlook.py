"""What gates can decide before anything is trained: never, how often, and how finely."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from seatrial.cli.gate_text import plan_text
from seatrial.evidence.records import Predictions, Source
from seatrial.gates.evidence import Case, Evidence, LeftOut, Present
from seatrial.gates.judge import judge
from seatrial.gates.looking import Looking
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Bound, Comparing, Fairness, GateSet, Regression, Slices
from seatrial.gates.power.outlook import Outlook
from seatrial.gates.power.plan import outlooks
from seatrial.replacing import replace
from seatrial.verdict import Verdict
from tests.support.judged import evidence


def _rows(n: int, wrong: int, *, small: int = 0, first: int = 0) -> Evidence:
    """n rows of which `wrong` from `first` on are wrong; `small` of them are in a region of their own."""
    answers = [1 - i % 2 if first <= i < first + wrong else i % 2 for i in range(n)]
    table = pl.DataFrame(
        {
            "id": [str(i) for i in range(n)],
            "label": [str(i % 2) for i in range(n)],
            "prediction": [str(answer) for answer in answers],
            "group:region": ["small" if i < small else "large" for i in range(n)],
        }
    )
    source = Source(path="p.csv", digest="b3:x")
    return Evidence(predictions=Predictions(source=source, table=table, groups=("region",)))


def _outlooks(gate_set: GateSet, production: Evidence, candidate: Evidence | None = None) -> tuple[Outlook, ...]:
    case = (
        Case(candidate=production, baseline=LeftOut())
        if candidate is None
        else Case(candidate=candidate, baseline=Present(evidence=production, label="production"))
    )
    return outlooks(gate_set, Looking(gate_set, case))


def _regression(margin: float) -> GateSet:
    return GateSet(name="s", regression=Regression(comparing=Comparing(margin=Margin(value=margin))))


@pytest.mark.parametrize(("n", "chance"), [(3_092, 0.8), (4_282, 0.9)])
def test_the_chance_of_a_regression_gate_is_that_of_the_published_table(n: int, chance: float) -> None:
    """5 % of rows tell the models apart, a margin of 0.01: 3,092 rows pass 80 %, 4,282 pass 90 %. Those are the figures
    of the usual formula; Tango's test has half a point less."""
    (one,) = _outlooks(_regression(0.01), _rows(n, n // 10))

    assert one.can_pass is True
    assert one.chance == pytest.approx(chance, abs=0.006)
    assert one.n_needed == pytest.approx(3_092, rel=0.02)
    assert "assumed" not in one.message
    assert "5 % of rows" in one.message


def test_two_models_tell_how_much_they_differ() -> None:
    """100 of 5,000 rows are answered differently, so 2 % and not 5 % is planned with."""
    (one,) = _outlooks(_regression(0.01), _rows(5_000, 200), _rows(5_000, 200, first=50))

    assert "2 % of rows" in one.message
    assert one.n_needed is not None
    assert 1_237 < one.n_needed < 1_237 * 1.1


def test_a_gate_that_no_model_can_pass_is_told_as_never() -> None:
    """100 rows cannot show a margin of 0.01 even without a disagreement: 301 are needed, since so few are judged by the
    exact test."""
    (one,) = _outlooks(_regression(0.01), _rows(100, 5))

    assert (one.can_pass, one.chance) == (False, 0.0)
    assert "301 are needed even without a disagreement" in one.message


def test_the_smallest_margin_is_one_that_passes_as_often_as_planned() -> None:
    """Asked for the margin it names, the outlook gives the power it was planned for."""
    (one,) = _outlooks(_regression(0.001), _rows(3_000, 300))
    assert one.smallest is not None
    (again,) = _outlooks(_regression(one.smallest), _rows(3_000, 300))

    assert again.chance == pytest.approx(0.8, abs=0.001)


def test_of_slices_the_hungriest_is_told() -> None:
    comparing = Comparing(margin=Margin(value=0.01), metrics=("accuracy",))
    gate_set = GateSet(name="s", slices=Slices(by=(("region",),), comparing=comparing))

    (one,) = _outlooks(gate_set, _rows(5_000, 100, small=100))

    assert one.name == "slices.accuracy.region"
    assert one.can_pass is False
    assert one.message.startswith("where region is small no model as good can pass: 100 rows are there")


def test_a_confidence_that_a_flawless_model_could_not_reach_is_never() -> None:
    """58 rows without a mistake do not show 95 %; 59 do."""
    gate_set = GateSet(name="s", performance={"accuracy": Bound(min=0.95, confidence=0.95)})

    assert [_outlooks(gate_set, _rows(n, 0))[0].can_pass for n in (58, 59)] == [False, True]


def test_production_outside_its_limit_cannot_say_how_often_a_model_like_it_passes() -> None:
    gate_set = GateSet(name="s", performance={"accuracy": Bound(min=0.95, confidence=0.95)})
    (one,) = _outlooks(gate_set, _rows(1_000, 100))

    assert (one.can_pass, one.chance) == (None, None)
    assert "not within the limit" in one.message


def test_a_point_limit_needs_no_rows_and_says_so() -> None:
    (one,) = _outlooks(GateSet(name="s", performance={"accuracy": Bound(min=0.9)}), _rows(10, 0))

    assert (one.name, one.can_pass, one.chance) == ("performance.accuracy.min", None, None)
    assert "whatever the number of rows" in one.message


def test_fairness_is_planned_with_the_sizes_of_its_groups() -> None:
    fairness = Fairness(protected=(("region",),), metrics=("accuracy",), max_disparity=0.05)
    (few,) = _outlooks(GateSet(name="s", fairness=fairness), _rows(4_000, 400, small=120))
    (many,) = _outlooks(GateSet(name="s", fairness=fairness), _rows(4_000, 400, small=2_000))

    assert few.n == many.n == 4_000
    assert "the smallest has 120," in few.message
    assert few.chance is not None
    assert many.chance is not None
    assert few.chance < 0.2 < 0.9 < many.chance


def _compared(metric: str, **margin: Any) -> GateSet:
    return GateSet(name="s", regression=Regression(comparing=Comparing(margin=Margin(**margin), metrics=(metric,))))


_BY_MOMENTS = [
    ("precision", False), ("f1", False), ("npv", False), ("mcc", False), ("f1_macro", False),
    ("balanced_accuracy", False), ("accuracy", True), ("recall", True), ("precision", True),
]  # fmt: skip


@pytest.mark.parametrize(("metric", "relative"), _BY_MOMENTS)
def test_what_is_assumed_of_a_disagreement_is_what_two_such_models_show(metric: str, relative: bool) -> None:
    """Of one model alone, 5 % assumed; and of two that differ in 5 % of rows: as many rows are needed, to a twentieth.

    These are compared by moments, as the gate does it, and count all rows, not those of a denominator.
    """
    gate_set = _compared(metric, value=0.02, relative=relative)
    (alone,) = _outlooks(gate_set, _rows(6_000, 600))
    (both,) = _outlooks(gate_set, _rows(6_000, 600), _rows(6_000, 600, first=150))

    assert alone.n == both.n == 6_000
    assert "5 % of rows" in alone.message
    assert "as these two do" in both.message
    assert alone.n_needed == pytest.approx(both.n_needed, rel=0.05)
    assert alone.smallest == pytest.approx(both.smallest, rel=0.03)


@pytest.mark.parametrize("metric", ["accuracy", "recall", "specificity", "false_positive_rate"])
def test_shares_of_rows_that_labels_choose_are_planned_by_their_own_rows(metric: str) -> None:
    (one,) = _outlooks(_compared(metric, value=0.02), _rows(3_000, 300))

    assert one.n == (3_000 if metric == "accuracy" else 1_500)
    assert one.counted == ("rows" if metric == "accuracy" else "rows that it is about")
    assert one.n_needed == pytest.approx(773, rel=0.07)


@pytest.mark.parametrize(("n", "margin"), [(1_500, 0.02), (400, 0.055)])
def test_the_chance_of_a_precision_is_that_of_its_gate(n: int, margin: float) -> None:
    """Four hundred pairs of models that are equally precise and differ in 5 % of rows: how many pass. Of 400 rows too
    few differ to be believed, and the gate adds three that nobody saw."""
    gate_set = _compared("precision", value=margin)
    (one,) = _outlooks(gate_set, _rows(n, n // 10))
    random, passed, tries = np.random.default_rng(7), 0, 400
    for _ in range(tries):
        label = np.tile([0, 1], n // 2)
        drawn = random.random(n)
        common = drawn < 0.075  # wrong in both models, and 2.5 % in either alone
        only = [(drawn >= 0.075 + 0.025 * at) & (drawn < 0.1 + 0.025 * at) for at in (0, 1)]
        sides = [np.where(common | each, 1 - label, label) for each in only]
        ours, theirs = (_evidence(label.tolist(), side.tolist()) for side in sides)
        (finding,) = judge(gate_set, ours, Present(evidence=theirs, label="production"))
        passed += finding.verdict is Verdict.PASS

    assert one.chance is not None
    assert abs(passed / tries - one.chance) < 3.5 * (one.chance * (1 - one.chance) / tries) ** 0.5


def _evidence(label: list[int], answers: list[int]) -> Evidence:
    table = pl.DataFrame(
        {
            "id": [str(i) for i in range(len(label))],
            "label": [str(each) for each in label],
            "prediction": [str(each) for each in answers],
        }
    )
    return Evidence(predictions=Predictions(source=Source(path="p.csv", digest="b3:x"), table=table))


def test_few_rows_do_not_rule_out_a_wide_margin_of_a_precision() -> None:
    """100 rows carry too little of a spread, but three rows that nobody saw could not cost a fifth of 200."""
    (narrow,) = _outlooks(_compared("precision", value=0.01), _rows(100, 10))
    (wide,) = _outlooks(_compared("precision", value=0.2), _rows(200, 20))

    assert (narrow.can_pass, narrow.chance) == (False, 0.0)
    assert narrow.n_needed is not None
    assert narrow.n_needed > 200
    assert wide.can_pass is True
    assert wide.chance is not None
    assert wide.chance > 0.5


@pytest.mark.parametrize(("n", "margin"), [(594, 0.01), (500, 0.01), (500, 0.02)])
def test_where_luck_lets_enough_rows_tell_the_models_apart_a_gate_is_not_never(n: int, margin: float) -> None:
    """Models that differ in 5 % of rows need 600 for 30 that tell them apart, on average; fewer hold them at times."""
    gate_set = _compared("f1", value=margin)
    (one,) = _outlooks(gate_set, _rows(n, n // 10))
    random, passed, tries = np.random.default_rng(5), 0, 400
    for _ in range(tries):
        label, drawn = np.tile([0, 1], n // 2), random.random(n)
        alone = [(drawn >= 0.075 + 0.025 * at) & (drawn < 0.1 + 0.025 * at) for at in (0, 1)]
        ours, theirs = (
            _evidence(label.tolist(), np.where((drawn < 0.075) | each, 1 - label, label).tolist()) for each in alone
        )
        (finding,) = judge(gate_set, ours, Present(evidence=theirs, label="production"))
        passed += finding.verdict is Verdict.PASS

    assert one.can_pass is True
    assert one.chance is not None
    assert passed > 0
    assert abs(passed / tries - one.chance) < 3.5 * (one.chance * (1 - one.chance) / tries) ** 0.5 + 0.02
    assert one.n_needed is not None
    assert one.n_needed > 700


def test_a_mean_of_numbers_that_luck_may_decide_is_not_never() -> None:
    """A third of values like normal ones carries the spread, and 20 are asked for: in 27 % of samples of 50 they are
    there, in none of 22."""
    random = np.random.default_rng(2)
    rows = [
        evidence(labels=np.arange(n) % 2, values={"v": random.normal(0, 0.1, n)}, positive="1") for n in (22, 50, 90)
    ]
    few, some, many = (_outlooks(_compared("v", value=0.05), each)[0] for each in rows)

    assert (few.can_pass, some.can_pass, many.can_pass) == (False, True, True)
    assert few.chance == 0.0
    assert some.chance is not None
    assert many.chance is not None
    assert 0.05 < some.chance < 0.3 < 0.5 < many.chance


def test_a_share_of_nothing_is_told_as_the_share_that_was_asked() -> None:
    (one,) = _outlooks(_compared("accuracy", value=0.05, relative=True), _rows(100, 100))

    assert "margin 5 % asked, there are 100 rows" in " ".join(plan_text([one]).split())


_MISSPELT = ["0", "1", "0", "false"] * 30


@pytest.mark.parametrize("beside", [None, ["0", "1"] * 60])
def test_answers_that_production_itself_misspells_are_told_as_its_own(beside: list[str] | None) -> None:
    """It stands alone as the candidate of a plan, and else as the baseline."""
    labels = ["0", "1"] * 60
    candidate = None if beside is None else evidence(labels=labels, answers=beside)
    every = GateSet(
        name="s",
        performance={"accuracy": Bound(min=0.5, confidence=0.95)},
        regression=Regression(comparing=Comparing(margin=Margin(value=0.05))),
    )
    told = [one.message for one in _outlooks(every, evidence(labels=labels, answers=_MISSPELT), candidate)]

    assert len(told) == 2
    assert all(one.startswith("of production, accuracy: 30 answers of the model differ from a label") for one in told)


def test_answers_that_the_model_beside_production_misspells_are_not_productions() -> None:
    labels = ["0", "1"] * 60
    other = evidence(labels=labels, answers=_MISSPELT)
    (one,) = _outlooks(_regression(0.05), evidence(labels=labels, answers=labels), other)

    assert one.message.startswith("of the candidate, accuracy: 30 answers")


def test_where_any_decline_blocks_several_metrics_share_the_level() -> None:
    """All of them together are spared in 1 - alpha of equal models; each alone therefore more often."""
    comparing = Comparing(
        margin=Margin(value=0.2), metrics=("accuracy", "recall", "specificity"), block_on=BlockOn.DECLINE
    )
    lines = _outlooks(GateSet(name="s", regression=Regression(comparing=comparing)), _rows(8_000, 800))

    assert np.prod([one.chance or 0.0 for one in lines]) == pytest.approx(0.95)


def test_rows_in_clusters_are_planned_by_clusters() -> None:
    """Four rows each: a quarter of the units, and never as if nothing varied."""
    gate_set = _compared("accuracy", value=0.02)
    (plain,), (one,) = (_outlooks(gate_set, rows) for rows in (_rows(4_000, 400), _clustered(4_000, 400)))

    assert one.n == 1_000
    assert one.n_needed == pytest.approx(773, rel=0.03)  # and some more, so that enough clusters tell the models apart
    assert plain.chance is not None
    assert one.chance is not None
    assert 0 < one.chance < plain.chance


def test_a_relative_margin_is_one_of_production_and_not_of_the_model_beside_it() -> None:
    (one,) = _outlooks(_compared("accuracy", value=0.1, relative=True), _rows(1_000, 200), _rows(1_000, 500))

    assert one.limit == pytest.approx(0.08)


def test_no_share_of_nothing_is_planned() -> None:
    """An accuracy of 0 has no relative margin: the gate is INCONCLUSIVE whatever comes, so never, and no crash."""
    gate_set = _compared("accuracy", value=0.1, relative=True)
    (one,) = _outlooks(gate_set, _rows(100, 100))
    (found,) = judge(gate_set, _rows(100, 0), Present(evidence=_rows(100, 100), label="production"))

    assert (one.can_pass, one.chance) == (False, 0.0)
    assert found.verdict is Verdict.INCONCLUSIVE


def test_limits_are_held_against_production_where_another_model_stands_beside_it() -> None:
    gate_set = GateSet(name="s", performance={"accuracy": Bound(min=0.5, confidence=0.95)})
    (one,) = _outlooks(gate_set, _rows(1_000, 100), _rows(1_000, 300))

    assert one.message.startswith("production has 0.9;")


def test_rows_that_do_not_match_are_told_and_not_planned_without() -> None:
    (one,) = _outlooks(_regression(0.01), _rows(100, 5), _rows(90, 5))

    assert one.can_pass is None
    assert "10 of 100 ids" in one.message


def test_a_precision_is_not_ruled_out_by_how_seldom_one_model_answers() -> None:
    """58 right positive answers do not show 95 %; another model might answer more of the 116 rows so."""
    gate_set = GateSet(name="s", performance={"precision": Bound(min=0.95, confidence=0.95)})
    (one,) = _outlooks(gate_set, _rows(116, 0))

    assert (one.n, one.can_pass, one.chance) == (58, True, 0.0)


def test_an_anchor_has_a_line_with_its_own_margin() -> None:
    both = Regression(
        comparing=Comparing(margin=Margin(value=0.01)), anchor=Comparing(margin=Margin(value=0.03), metrics=("recall",))
    )
    near, far = _outlooks(GateSet(name="s", regression=both), _rows(3_000, 300))

    assert (near.name, near.limit) == ("regression.accuracy", 0.01)
    assert (far.name, far.limit, far.n) == ("regression.anchor.recall", 0.03, 1_500)


def test_a_limit_on_what_too_few_rows_carry_stays_undecided() -> None:
    """Ten mistakes in 1,000 rows: an F1 of 0.99 is far above 0.9, and the gate would not say so."""
    gate_set = GateSet(name="s", performance={"f1": Bound(min=0.9, confidence=0.95)})
    (few,) = _outlooks(gate_set, _rows(1_000, 10))
    (finding,) = judge(gate_set, _rows(1_000, 10), LeftOut())

    assert finding.verdict is Verdict.INCONCLUSIVE
    assert (few.can_pass, few.chance) == (True, 0.0)
    assert few.n_needed is not None
    assert few.n_needed > 2_000


def test_few_clusters_cannot_show_a_small_margin() -> None:
    """Fifty clusters of four: what one more of them could have lost counts against the model."""
    (one,) = _outlooks(_compared("precision", value=0.02), _clustered(200, 20))

    assert (one.can_pass, one.chance, one.n) == (False, 0.0, 50)


def _clustered(n: int, wrong: int) -> Evidence:
    rows = _rows(n, wrong).predictions
    assert isinstance(rows, Predictions)
    cluster = pl.int_range(n).floordiv(4).cast(pl.String)
    return Evidence(predictions=replace(rows, table=rows.table.with_columns(cluster=cluster)))

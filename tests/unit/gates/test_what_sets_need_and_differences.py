"""The columns that a set asks of a file, and two models side by side without a limit."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.evidence.policy import Columns
from seatrial.gates import differences
from seatrial.gates.evidence import Evidence
from seatrial.gates.needs import columns_for
from seatrial.gates.policy import Calibration, Comparing, Fairness, GateSet, Slices
from seatrial.stats import tango
from seatrial.stats.tango import PairedCounts
from tests.support.judged import Models, evidence


def test_columns_of_slices_fairness_and_calibration_are_asked_for_once() -> None:
    """Declared ones first, in their order; intersections ask for each of their columns."""
    gate_set = GateSet(
        name="s",
        slices=Slices(by=(("region",), ("region", "size")), comparing=Comparing()),
        fairness=Fairness(protected=(("gender",), ("age", "gender"))),
        calibration=Calibration(max_error=0.1, by=(("source",),)),
    )

    found = columns_for(gate_set, Columns(groups=("size",), label="truth"))

    assert found.groups == ("size", "region", "gender", "age", "source")
    assert found.label == "truth"


def test_the_cluster_of_the_declaration_beats_that_of_the_set() -> None:
    """Whoever names it for this file knows it better."""
    gate_set = GateSet(name="s", cluster="user")

    assert columns_for(gate_set, Columns()).cluster == "user"
    assert columns_for(gate_set, Columns(cluster="account")).cluster == "account"
    assert columns_for(GateSet(name="s"), Columns()).cluster is None


def test_a_column_of_which_less_is_good_is_asked_for() -> None:
    """A misspelt one is then an error of the file, and never a gate that looks the wrong way."""
    gate_set = GateSet(name="s", lower_is_better=("cost", "latency"))

    assert columns_for(gate_set, Columns(values=("reward", "cost"))).values == ("reward", "cost", "latency")


_MODELS = Models(2_000, moved=0.1)


def test_every_metric_that_the_rows_give_is_listed() -> None:
    """Classes with answers and scores, then columns of numbers."""
    values = {"tokens": np.arange(2_000)}

    found = differences.of(_MODELS.candidate(values=values), _MODELS.baseline(values=values).evidence)

    assert [each.metric for each in found] == [*differences.CLASSES, *differences.SCORES, "tokens"]
    assert {(each.n, each.group, each.grouping) for each in found} == {(2_000, None, None)}


def test_differences_are_candidate_minus_baseline_with_the_gates_interval() -> None:
    """Accuracy has Tango's at 90 %, from the rows where exactly one is right."""
    right, before = _MODELS.ours == _MODELS.labels, _MODELS.theirs == _MODELS.labels
    counts = PairedCounts(
        n=2_000, candidate_only=int((right & ~before).sum()), baseline_only=int((~right & before).sum())
    )
    interval = tango.interval(counts, alpha=0.05)

    (found,) = differences.of(_MODELS.candidate(), _MODELS.baseline().evidence, ["accuracy"])

    assert (found.candidate, found.baseline) == (right.mean(), before.mean())
    assert found.difference == pytest.approx(right.mean() - before.mean())
    assert found.interval == pytest.approx((interval.lower, interval.upper), abs=1e-9)


def test_groups_are_listed_after_all_rows() -> None:
    """Each metric in each group, with the group's rows."""
    groups = {"g": ["a", "b"] * 1_000}

    found = differences.of(
        _MODELS.candidate(groups=groups), _MODELS.baseline(groups=groups).evidence, ["accuracy", "f1"], ["g"]
    )

    assert [(each.metric, each.grouping, each.group, each.n) for each in found] == [
        ("accuracy", None, None, 2_000),
        ("f1", None, None, 2_000),
        ("accuracy", "g", "a", 1_000),
        ("accuracy", "g", "b", 1_000),
        ("f1", "g", "a", 1_000),
        ("f1", "g", "b", 1_000),
    ]


def test_a_model_alone_has_values_and_no_differences() -> None:
    """Nothing to compare with, or rows that cannot be paired."""
    other = evidence(labels=[0, 1], answers=[0, 1])

    for found in (
        differences.of(_MODELS.candidate(), None, ["accuracy"]),
        differences.of(_MODELS.candidate(), other, ["accuracy"]),
        differences.of(_MODELS.candidate(), Evidence(), ["accuracy"]),
    ):
        (one,) = found
        assert one.candidate == (_MODELS.ours == _MODELS.labels).mean()
        assert (one.baseline, one.difference, one.interval) == (None, None, None)


def test_rows_of_numbers_and_of_lists_have_their_own_metrics() -> None:
    """More different numbers than anybody has classes are numbers; rows with a query are lists."""
    truth = np.round(np.random.default_rng(1).normal(0, 10, 500), 2)
    numbers = evidence(labels=truth, answers=truth + 1)
    lists = evidence(labels=[0, 1, 2] * 10, score=range(30), query=["a", "b", "c"] * 10)

    assert [each.metric for each in differences.of(numbers, None)] == list(differences.NUMBERS)
    assert [each.metric for each in differences.of(lists, None)] == list(differences.LISTS)


def test_metrics_that_the_rows_cannot_give_are_left_out() -> None:
    """Cats and dogs have an accuracy, and no positive class to have a recall of."""
    pets = evidence(labels=["cat", "dog"] * 50, answers=["cat", "cat"] * 50)

    assert [each.metric for each in differences.of(pets, None)] == ["accuracy", "balanced_accuracy", "mcc"][:2]
    assert differences.of(pets, None, ["nonsense"]) == ()
    assert differences.of(Evidence(), None) == ()


def test_a_group_without_positives_is_left_out_of_recall() -> None:
    """The other groups are shown."""
    labels = [0, 1] * 50 + [0] * 100
    rows = evidence(labels=labels, answers=labels, groups={"g": ["a"] * 100 + ["b"] * 100})

    found = differences.of(rows, None, ["recall"], ["g"])

    assert [(each.group, each.candidate) for each in found] == [(None, 1.0), ("a", 1.0)]


@pytest.mark.parametrize("answers", [[at + 0.5 for at in range(40)], list(range(1, 81))])
def test_measurements_have_no_accuracy_unless_somebody_asks(answers: list[float]) -> None:
    """That hardly any answer is exactly right says nothing."""
    measured = evidence(labels=[round(each * 1.01, 3) for each in answers], answers=answers)
    classes = evidence(labels=[0, 1] * 20, answers=[0, 1] * 20)

    def names(of: Evidence, *asked: str) -> list[str]:
        return [each.metric for each in differences.of(of, None, asked, of_classes=("accuracy",))]

    assert names(measured, "mae") == ["mae"]
    assert names(measured, "mae", "accuracy") == ["mae", "accuracy"]
    assert names(classes, "f1") == ["accuracy", "f1"]
    assert [each.metric for each in differences.of(measured, None)] == list(differences.NUMBERS)


def test_classes_with_scores_are_none_of_those_however_many() -> None:
    """A hundred classes that are called by numbers."""
    many = list(range(100))
    scored = evidence(labels=many, answers=many, scores={str(each): [1 / 100] * 100 for each in many})

    assert "accuracy" in [each.metric for each in differences.of(scored, None)]

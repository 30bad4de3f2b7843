"""Metrics of counts equal scikit-learn's on random tables, whatever the classes, and wherever a class is missing."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from seatrial.evidence.sample import Sample, Side
from seatrial.metrics.catalog import METRICS, Family, find
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from seatrial.replacing import replace
from tests.support.samples import codes, random_sample, rows_of, side

sk: Any = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle; it comes with the extra `demo`")

Score = Callable[[Any, Any], float]
_BY_CLASS = {
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "f1": sk.f1_score,
    "jaccard": sk.jaccard_score,
}


def _balanced(labels: Any, answers: Any) -> float:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "y_pred contains classes not in y_true")  # and leaves them out, as we do
        return float(sk.balanced_accuracy_score(labels, answers))


_ALONE = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": _balanced,
    "mcc": sk.matthews_corrcoef,
    "kappa": sk.cohen_kappa_score,
}


def _averages() -> dict[str, Score]:
    found: dict[str, Score] = dict(_ALONE)
    for name, function in _BY_CLASS.items():
        for way in ("macro", "micro", "weighted"):
            found[f"{name}_{way}"] = partial(function, average=way, zero_division=0)
    return found


def _binary(positive: int = 1) -> dict[str, Score]:
    found: dict[str, Score] = {
        name: partial(function, pos_label=positive, zero_division=0) for name, function in _BY_CLASS.items()
    }
    negative = 1 - positive
    return found | {
        "f2": partial(sk.fbeta_score, beta=2, pos_label=positive),
        "f0.5": partial(sk.fbeta_score, beta=0.5, pos_label=positive),
        "specificity": partial(sk.recall_score, pos_label=negative),
        "npv": partial(sk.precision_score, pos_label=negative),
        "false_positive_rate": lambda y, p: 1 - sk.recall_score(y, p, pos_label=negative),
        "false_negative_rate": lambda y, p: 1 - sk.recall_score(y, p, pos_label=positive),
        "selection_rate": lambda _, p: float(np.mean(np.asarray(p) == positive)),
    }


def _figure(sample: Sample, name: str) -> Figure:
    metric = find(name)
    assert metric is not None
    (figure,) = Measuring(sample).figures(metric)
    return figure


def _answers(of: Side | None) -> Any:
    assert of is not None
    return of.answers


def test_every_metric_of_counts_has_an_oracle_here() -> None:
    """A metric that is added to the catalogue is compared with scikit-learn, or this says which is not."""
    known = {name for name, metric in METRICS.items() if metric.family is Family.COUNTS}

    assert known == set(_averages()) | set(_binary())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", sorted(_averages() | _binary()))
def test_two_classes(name: str, seed: int) -> None:
    """Classes called 0 and 1: everybody knows that 1 is the positive one."""
    sample = random_sample(2, 50 + 100 * seed, seed)

    figure = _figure(sample, name)

    oracle = (_averages() | _binary())[name]
    assert figure.candidate == pytest.approx(oracle(sample.labels, _answers(sample.candidate)), abs=1e-12)
    assert figure.baseline == pytest.approx(oracle(sample.labels, _answers(sample.baseline)), abs=1e-12)


@pytest.mark.parametrize("classes", [3, 7, 40])
@pytest.mark.parametrize("name", sorted(_averages()))
def test_several_classes(name: str, classes: int) -> None:
    """Averages over classes, the rarest of which some model may never answer."""
    sample = random_sample(classes, 300, classes)

    figure = _figure(sample, name)

    oracle = _averages()[name]
    assert figure.candidate == pytest.approx(oracle(sample.labels, _answers(sample.candidate)), abs=1e-12)
    assert figure.baseline == pytest.approx(oracle(sample.labels, _answers(sample.baseline)), abs=1e-12)


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "jaccard"])
def test_a_binary_metric_of_several_classes_is_their_macro_average(name: str) -> None:
    """Nobody named a positive class, so that each class counts alike."""
    sample = random_sample(4, 300, 1)

    assert _figure(sample, name).candidate == _figure(sample, f"{name}_macro").candidate


@pytest.mark.parametrize("name", sorted(_BY_CLASS))
def test_a_named_class_of_several_is_told_from_the_rest(name: str) -> None:
    """`positive: 2` makes three classes two: 2, and all others."""
    sample = random_sample(3, 300, 5, positive="2")
    truth = np.asarray(sample.labels) == 2

    found = _figure(sample, name).candidate

    assert found == pytest.approx(_BY_CLASS[name](truth, _answers(sample.candidate) == 2), abs=1e-12)


@pytest.mark.parametrize(
    ("names", "declared", "positive"),
    [
        (("0", "1"), None, 1),
        (("-1", "1"), None, 1),
        (("false", "true"), None, 1),
        (("no", "yes"), None, 1),
        (("0", "1"), "0", 0),
        (("cat", "dog"), "cat", 0),
        (("cat", "dog"), "dog", 1),
    ],
)
@pytest.mark.parametrize("name", sorted(_binary()))
def test_every_way_of_knowing_the_positive_class(
    name: str, names: tuple[str, str], declared: str | None, positive: int
) -> None:
    """By the usual words, or because it was declared; a declaration beats the words."""
    sample = random_sample(2, 200, 3, names=names, positive=declared)

    expected = _binary(positive)[name](sample.labels, _answers(sample.candidate))

    assert _figure(sample, name).candidate == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", sorted(_averages()))
def test_a_class_that_is_never_answered_and_one_that_is_no_label(name: str) -> None:
    """Class 2 is never answered by the candidate; class 3 is answered and labels no row."""
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 1, 0, 0], dtype=np.int32)
    answers = [0, 1, 0, 0, 3, 1, 1, 1, 0, 0]
    sample = Sample(n=10, classes=("0", "1", "2", "3"), labels=labels, candidate=side(answers))

    assert _figure(sample, name).candidate == pytest.approx(_averages()[name](labels, answers), abs=1e-12)


@pytest.mark.parametrize("name", sorted(_averages() | _binary()))
@pytest.mark.parametrize("clustered", [False, True])
def test_figures_by_group_are_those_of_the_filtered_rows(name: str, clustered: bool) -> None:
    """Value, spread and counts of a group do not depend on the other groups."""
    sample = random_sample(2, 400, 8)
    group = codes([str(at % 3) for at in range(400)])
    sample = replace(sample, groups={"g": group}, clusters=codes([str(at // 2) for at in range(400)]))
    if not clustered:
        sample = replace(sample, clusters=None)
    metric = find(name)
    assert metric is not None

    figures = Measuring(sample).figures(metric, "g")

    for at, figure in enumerate(figures):
        alone = _figure(rows_of(sample, np.flatnonzero(group.codes == at)), name)
        assert figure.candidate == pytest.approx(alone.candidate, abs=1e-12)
        assert figure.apart is not None
        assert alone.apart is not None
        assert figure.apart.standard_error == pytest.approx(alone.apart.standard_error, rel=1e-9)
        assert figure.apart.effective_units == pytest.approx(alone.apart.effective_units, rel=1e-6)
        assert (figure.n, figure.support, figure.paired, figure.share) == (
            alone.n,
            alone.support,
            alone.paired,
            alone.share,
        )


def test_a_class_missing_in_one_group_is_no_class_there() -> None:
    """Class 2 occurs in the first group alone: the macro average of the second is over two classes."""
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 0, 1], dtype=np.int32)
    answers = np.array([0, 1, 1, 1, 1, 2, 0, 0, 0, 1, 1, 1], dtype=np.int32)
    sample = Sample(
        n=12, classes=("0", "1", "2"), labels=labels, candidate=side(answers), groups={"g": codes(list("aaaaaabbbbbb"))}
    )

    for name, oracle in _averages().items():
        metric = find(name)
        assert metric is not None
        second = Measuring(sample).figures(metric, "g")[1]
        assert second.candidate == pytest.approx(oracle(labels[6:], answers[6:]), abs=1e-12), name


@pytest.mark.parametrize(
    ("name", "labels", "answers", "why"),
    [
        ("precision", "0101", "0000", "the positive class is never answered"),
        ("npv", "0101", "1111", "the negative class is never answered"),
        ("recall", "0000", "0101", "no row has the positive class as label"),
        ("false_negative_rate", "0000", "0101", "no row has the positive class as label"),
        ("specificity", "1111", "0101", "no row has another label than the positive class"),
        ("false_positive_rate", "1111", "0101", "no row has another label than the positive class"),
        ("f1", "0000", "0000", "neither labels nor answers have the positive class"),
        ("mcc", "0000", "0101", "labels or answers are all of one class"),
        ("mcc", "0101", "1111", "labels or answers are all of one class"),
        ("kappa", "1111", "1111", "labels and answers are all of one class"),
    ],
)
def test_a_denominator_of_zero_is_no_number_and_says_why(name: str, labels: str, answers: str, why: str) -> None:
    """scikit-learn says 0 and warns; a gate that took 0 for a value would judge a model by nothing."""
    sample = Sample(
        n=4,
        classes=("0", "1"),
        labels=np.array([int(each) for each in labels], dtype=np.int32),
        candidate=side([int(each) for each in answers]),
        positive="1",
    )

    figure = _figure(sample, name)

    assert math.isnan(figure.candidate)
    assert figure.undefined == why
    assert figure.own is None


def test_a_value_that_only_the_baseline_lacks_is_undefined_too() -> None:
    """A difference with one side missing is no difference."""
    sample = Sample(
        n=4,
        classes=("0", "1"),
        labels=np.array([0, 1, 0, 1], dtype=np.int32),
        candidate=side([0, 1, 0, 1]),
        baseline=side([0, 0, 0, 0]),
    )

    assert _figure(sample, "precision").undefined == "the positive class is never answered"


@pytest.mark.parametrize("name", sorted(_averages()))
def test_a_thousand_classes_are_counted_as_a_few_are(name: str) -> None:
    """A table of all cells would not fit: cells are then found by sorting, and come to the same."""
    sample = random_sample(1_000, 4_000, 2)

    figure = _figure(sample, name)

    oracle = _averages()[name]
    assert figure.candidate == pytest.approx(oracle(sample.labels, _answers(sample.candidate)), abs=1e-12)
    assert figure.baseline == pytest.approx(oracle(sample.labels, _answers(sample.baseline)), abs=1e-12)


def test_both_ways_of_counting_find_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The full table and the sorted cells are one thing, groups included."""
    sample = replace(random_sample(60, 500, 2), groups={"g": codes([str(at % 4) for at in range(500)])})
    metric = METRICS["f1_weighted"]
    full = Measuring(sample).figures(metric, "g")

    monkeypatch.setattr("seatrial.metrics.counting._FULL_TABLE", 0)

    assert Measuring(sample).figures(metric, "g") == full


def test_paired_counts_are_those_of_the_rows_a_metric_is_about() -> None:
    """Of the positives, how many only the candidate finds, and how many only the baseline does."""
    sample = Sample(
        n=8,
        classes=("0", "1"),
        labels=np.array([1, 1, 1, 1, 1, 0, 0, 0], dtype=np.int32),
        candidate=side([1, 1, 1, 0, 0, 1, 0, 0]),
        baseline=side([1, 0, 0, 1, 0, 0, 1, 1]),
    )

    def counted(name: str) -> tuple[int, int, int] | None:
        pair = _figure(sample, name).paired
        return None if pair is None else (pair.n, pair.candidate_only, pair.baseline_only)

    assert counted("accuracy") == (8, 4, 2)
    assert counted("recall") == (5, 2, 1)
    assert counted("false_negative_rate") == (5, 1, 2)
    assert counted("specificity") == (3, 2, 1)
    assert counted("false_positive_rate") == (3, 1, 2)
    assert counted("selection_rate") == (8, 3, 3)
    assert counted("precision") is None
    assert _figure(sample, "precision").share == (3, 4)
    assert _figure(sample, "npv").share == (2, 4)
    assert _figure(sample, "recall").share == (3, 5)

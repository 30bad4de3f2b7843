"""Losses, ranks and ranked lists: equal to scikit-learn where it has them, else to lists worked out by hand."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from seatrial.evidence.sample import Real, Sample, Side
from seatrial.metrics import ranks
from seatrial.metrics.catalog import find, of_column
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from seatrial.replacing import replace
from tests.support.samples import codes, random_sample, rows_of, side

sk: Any = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle; it comes with the extra `demo`")


def _figures(sample: Sample, name: str, grouping: str | None = None) -> tuple[Figure, ...]:
    metric = find(name) or of_column(name)
    return Measuring(sample).figures(metric, grouping)


def _figure(sample: Sample, name: str) -> Figure:
    (figure,) = _figures(sample, name)
    return figure


def _scores(of: Side | None) -> Any:
    assert of is not None
    return of.score if not of.scores else np.stack(list(of.scores.values()), axis=1)


def _tied(sample: Sample) -> Sample:
    """The same with scores of one decimal, so that many are equal."""

    def one(of: Side) -> Side:
        score = None if of.score is None else np.round(of.score, 1)
        return replace(of, score=score)

    assert sample.baseline is not None
    return replace(sample, candidate=one(sample.candidate), baseline=one(sample.baseline))


BINARY: dict[str, Any] = {
    "log_loss": lambda y, s: sk.log_loss(y, s),
    "brier": lambda y, s: sk.brier_score_loss(y, s),
    "roc_auc": lambda y, s: sk.roc_auc_score(y, s),
    "average_precision": lambda y, s: sk.average_precision_score(y, s),
}
SEVERAL: dict[str, Any] = {
    "log_loss": lambda y, s: sk.log_loss(y, s),
    "brier": lambda y, s: float(((s - np.eye(s.shape[1])[y]) ** 2).sum(axis=1).mean()),
    "roc_auc": lambda y, s: sk.roc_auc_score(y, s, multi_class="ovr"),
    "average_precision": lambda y, s: sk.average_precision_score(np.eye(s.shape[1])[y], s),
    "top_k_accuracy@1": lambda y, s: sk.top_k_accuracy_score(y, s, k=1),
    "top_k_accuracy@2": lambda y, s: sk.top_k_accuracy_score(y, s, k=2),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("name", sorted(BINARY))
def test_scores_of_two_classes(name: str, tied: bool, seed: int) -> None:
    """With and without equal scores, and with scores of exactly 0 and 1 among the rounded."""
    sample = random_sample(2, 60 + 200 * seed, seed)
    sample = _tied(sample) if tied else sample

    figure = _figure(sample, name)

    assert figure.candidate == pytest.approx(BINARY[name](sample.labels, _scores(sample.candidate)), abs=1e-9)
    assert figure.baseline == pytest.approx(BINARY[name](sample.labels, _scores(sample.baseline)), abs=1e-9)


@pytest.mark.parametrize("classes", [3, 5])
@pytest.mark.parametrize("name", sorted(SEVERAL))
def test_scores_of_several_classes(name: str, classes: int) -> None:
    """One column for each class; ranks are the mean over classes, each against the rest."""
    sample = random_sample(classes, 400, classes)

    figure = _figure(sample, name)

    assert figure.candidate == pytest.approx(SEVERAL[name](sample.labels, _scores(sample.candidate)), abs=1e-9)
    assert figure.baseline == pytest.approx(SEVERAL[name](sample.labels, _scores(sample.baseline)), abs=1e-9)


def test_a_label_without_a_row_has_no_part_in_an_average_over_classes() -> None:
    """A column of scores for a class that labels no row is of no use to AUC, and no trouble."""
    sample = random_sample(3, 200, 1)
    labels = np.maximum(np.asarray(sample.labels), 1).astype(np.int32)
    table = _scores(sample.candidate)

    found = _figure(replace(sample, labels=labels), "roc_auc").candidate

    assert found == pytest.approx(np.mean([sk.roc_auc_score(labels == at, table[:, at]) for at in (1, 2)]), abs=1e-12)


def test_top_k_counts_a_tie_against_the_model() -> None:
    """A model that scores all classes alike has named none of them."""
    third = np.full(4, 1 / 3)
    sample = Sample(
        n=4,
        classes=("a", "b", "c"),
        labels=np.array([0, 1, 2, 0], dtype=np.int32),
        candidate=Side(scores={"a": third, "b": third, "c": third}),
    )

    assert _figure(sample, "top_k_accuracy@2").candidate == 0
    apart = replace(sample, candidate=Side(scores={"a": third, "b": third + 0.1, "c": third + 0.2}))
    assert _figure(apart, "top_k_accuracy@2").candidate == pytest.approx(0.5)


def _numbers(n: int, seed: int) -> tuple[Sample, Real, Real, Real]:
    draw = np.random.default_rng(seed)
    truth = np.round(draw.normal(3, 2, n), 3)
    ours, theirs = np.round(truth + draw.normal(0, 1, n), 3), np.round(truth + draw.normal(0.2, 2, n), 3)
    names = tuple(sorted({str(each) for each in (*truth, *ours, *theirs)}))
    place = {name: at for at, name in enumerate(names)}

    def coded(values: Real) -> list[int]:
        return [place[str(each)] for each in values]

    sample = Sample(
        n=n,
        classes=names,
        labels=np.array(coded(truth), dtype=np.int32),
        candidate=side(coded(ours)),
        baseline=side(coded(theirs)),
    )
    return sample, truth, ours, theirs


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("mae", sk.mean_absolute_error),
        ("mse", sk.mean_squared_error),
        ("rmse", sk.root_mean_squared_error),
        ("mape", sk.mean_absolute_percentage_error),
        ("r2", sk.r2_score),
    ],
)
def test_errors_of_numbers(name: str, oracle: Any, seed: int) -> None:
    """Labels and answers that are numbers, whole and by group."""
    sample, truth, ours, theirs = _numbers(300, seed)
    group = np.arange(300) % 3
    sample = replace(sample, groups={"g": codes([str(at) for at in group])})

    figure = _figure(sample, name)
    by_group = _figures(sample, name, "g")

    assert figure.candidate == pytest.approx(oracle(truth, ours), abs=1e-9)
    assert figure.baseline == pytest.approx(oracle(truth, theirs), abs=1e-9)
    for at, each in enumerate(by_group):
        assert each.candidate == pytest.approx(oracle(truth[group == at], ours[group == at]), abs=1e-9)


@pytest.mark.parametrize("name", [*sorted(BINARY), "mae", "rmse", "r2", "tokens"])
@pytest.mark.parametrize("clustered", [False, True])
def test_figures_by_group_are_those_of_the_filtered_rows(name: str, clustered: bool) -> None:
    """Value and spread of a group do not depend on the other groups."""
    sample, *_ = _numbers(300, 4)
    if name in BINARY:
        sample = random_sample(2, 300, 4)
    values = np.random.default_rng(1).exponential(size=(2, 300))
    assert sample.baseline is not None
    sample = replace(
        sample,
        candidate=replace(sample.candidate, values={"tokens": values[0]}),
        baseline=replace(sample.baseline, values={"tokens": values[1]}),
        groups={"g": codes([str(at % 4) for at in range(300)])},
        clusters=codes([str(at // 3) for at in range(300)]) if clustered else None,
    )

    for at, figure in enumerate(_figures(sample, name, "g")):
        alone = _figure(rows_of(sample, np.flatnonzero(sample.groups["g"].codes == at)), name)
        assert figure.candidate == pytest.approx(alone.candidate, abs=1e-12)
        assert figure.apart is not None
        assert alone.apart is not None
        assert figure.apart.standard_error == pytest.approx(alone.apart.standard_error, rel=1e-9)
        assert figure.n == alone.n


def test_a_group_of_one_class_has_no_ranks_and_says_so() -> None:
    """AUC needs a positive and a negative row in every group."""
    labels = np.array([0, 1, 0, 1, 1, 1], dtype=np.int32)
    sample = Sample(
        n=6,
        classes=("0", "1"),
        labels=labels,
        candidate=side([0, 1, 0, 1, 1, 1], [0.1, 0.9, 0.2, 0.8, 0.7, 0.6]),
        groups={"g": codes(list("aaaabb"))},
    )

    fine, alone = _figures(sample, "roc_auc", "g")

    assert (fine.candidate, fine.undefined) == (1.0, None)
    assert alone.undefined == "all of 2 rows are '1'"
    assert np.isnan(alone.candidate)


def _direct_delong(score: Real, positive: Any) -> tuple[float, Real, Real]:
    """AUC and its placements by comparing every positive with every negative, O(n m)."""
    ours, theirs = score[positive], score[~positive]
    above = (ours[:, None] > theirs[None, :]) + 0.5 * (ours[:, None] == theirs[None, :])
    return float(above.mean()), above.mean(axis=1), above.mean(axis=0)


@pytest.mark.parametrize("seed", range(5))
def test_auc_has_delongs_variance_and_covariance(seed: int) -> None:
    """DeLong, DeLong and Clarke-Pearson (1988), equations 4 and 5, with n - 1 in every class, ties included."""
    draw = np.random.default_rng(seed)
    n = 80
    positive = draw.random(n) < 0.3
    scores = np.round(draw.normal(size=(2, n)) + positive, 1)
    sample = Sample(
        n=n,
        classes=("0", "1"),
        labels=positive.astype(np.int32),
        candidate=side(None, scores[0]),
        baseline=side(None, scores[1]),
    )
    (area, ours, theirs), (other, ours_too, theirs_too) = (_direct_delong(score, positive) for score in scores)
    m, rest = int(positive.sum()), n - int(positive.sum())
    variance = np.var(ours - ours_too, ddof=1) / m + np.var(theirs - theirs_too, ddof=1) / rest
    alone = np.var(ours, ddof=1) / m + np.var(theirs, ddof=1) / rest

    figure = _figure(sample, "roc_auc")

    assert figure.difference == pytest.approx(area - other, abs=1e-12)
    assert figure.apart is not None
    assert figure.own is not None
    assert figure.apart.standard_error**2 == pytest.approx(variance, rel=1e-9)
    assert figure.own.standard_error**2 == pytest.approx(alone, rel=1e-9)


def test_delongs_variance_by_hand() -> None:
    """Positives score 3, 2, 2 and negatives 1, 2: placements 1, 3/4, 3/4 and 1, 2/3; AUC is 5/6.

    Var = (1/48) / 3 + (1/18) / 2, worked out on paper.
    """
    sample = Sample(
        n=5,
        classes=("0", "1"),
        labels=np.array([1, 1, 1, 0, 0], dtype=np.int32),
        candidate=side(None, [3, 2, 2, 1, 2]),
    )

    figure = _figure(sample, "roc_auc")

    assert figure.candidate == pytest.approx(5 / 6)
    assert figure.own is not None
    assert figure.own.standard_error**2 == pytest.approx(1 / 144 + 1 / 36)


@pytest.mark.parametrize("tied", [False, True])
def test_average_precisions_influence_is_its_derivative(tied: bool) -> None:
    """What a row adds is how fast the figure moves as that row gains weight (finite differences)."""
    draw = np.random.default_rng(3)
    n = 60
    positive = draw.random(n) < 0.4
    score = draw.normal(size=n) + positive
    score = np.round(score, 1) if tied else score
    step = 1e-6

    found = ranks.average_precision(score, positive).influence

    for at in range(n):
        weight = np.ones(n)
        weight[at] += step * n
        moved = sk.average_precision_score(positive, score, sample_weight=weight)
        slope = (moved - sk.average_precision_score(positive, score)) / step
        # more weight for one row is less for all: d F((1 - e) P + e row), with e = step n / (n + step n)
        assert found[at] == pytest.approx(slope * (1 + step), abs=5e-4)


def _queries(seed: int, *, decimals: int, queries: int = 20, most: int = 12) -> tuple[Sample, list[Any]]:
    draw = np.random.default_rng(seed)
    of, relevance, scores = [], [], []
    for query in range(queries):
        size = int(draw.integers(2, most))
        of += [f"q{query:02}"] * size
        grades = draw.integers(0, 4, size)
        relevance += grades.tolist()
        scores += np.round(draw.normal(size=size) + 0.5 * grades, decimals).tolist()
    order = draw.permutation(len(of))
    lists = [(np.array(relevance)[at], np.array(scores)[at]) for at in _by(np.array(of))]
    sample = Sample(
        n=len(of),
        classes=("0", "1", "2", "3"),
        labels=np.array(relevance, dtype=np.int32)[order],
        candidate=side(None, np.array(scores)[order]),
        queries=codes(np.array(of)[order].tolist()),
    )
    return sample, lists


def _by(names: Any) -> list[Any]:
    return [np.flatnonzero(names == name) for name in sorted(set(names.tolist()))]


@pytest.mark.parametrize("decimals", [0, 1, 9])
@pytest.mark.parametrize("k", [None, 1, 3, 100])
def test_ndcg_is_scikit_learns_with_ties_shared(decimals: int, k: int | None) -> None:
    """Tied rows get the mean of the gains of their places, also where a tie crosses k."""
    sample, lists = _queries(7, decimals=decimals)
    expected = [sk.ndcg_score(relevance[None, :], score[None, :], k=k) for relevance, score in lists if relevance.any()]

    figure = _figure(sample, "ndcg" if k is None else f"ndcg@{k}")

    assert figure.candidate == pytest.approx(sum(expected) / len(lists), abs=1e-9)
    assert (figure.n, figure.unit) == (20, "query")


def _one(relevance: list[int], scores: list[float]) -> Sample:
    return Sample(
        n=len(relevance),
        classes=("0", "1", "2", "3"),
        labels=np.array(relevance, dtype=np.int32),
        candidate=side(None, scores),
        queries=codes(["q"] * len(relevance)),
    )


@pytest.mark.parametrize(
    ("name", "relevance", "scores", "expected"),
    [
        ("mrr", [0, 0, 1, 1], [4, 3, 2, 1], 1 / 3),
        ("mrr@2", [0, 0, 1, 1], [4, 3, 2, 1], 0),
        ("mrr", [0, 0, 0], [3, 2, 1], 0),
        ("mrr", [1, 0, 0], [1, 1, 1], 1 / 3),  # a tie counts against the model
        ("mrr", [1, 1, 0], [1, 1, 1], 1 / 3),
        ("map", [1, 0, 1, 0], [4, 3, 2, 1], (1 + 2 / 3) / 2),
        ("map@1", [1, 0, 1, 0], [4, 3, 2, 1], 1),
        ("map@2", [0, 1, 1, 1], [4, 3, 2, 1], (1 / 2) / 2),
        ("map", [0, 0], [2, 1], 0),
        ("map", [1, 0], [1, 1], 1 / 2),
        ("precision@2", [1, 0, 1, 0], [4, 3, 2, 1], 1 / 2),
        ("precision@5", [1, 1], [2, 1], 2 / 5),
        ("recall@2", [1, 0, 1, 1], [4, 3, 2, 1], 1 / 3),
        ("recall@2", [0, 0], [2, 1], 0),
        ("recall@1", [1, 0], [1, 1], 0),
        ("recall@2", [1, 0], [1, 1], 1),
        ("hit_rate@1", [0, 3], [1, 2], 1),
        ("hit_rate@1", [0, 3], [2, 1], 0),
        ("hit_rate", [0, 0], [2, 1], 0),
        ("ndcg", [0, 0], [2, 1], 0),
        ("ndcg", [3, 0, 1], [1, 2, 3], (1 / 1 + 3 / 2) / (3 / 1 + 1 / np.log2(3))),
    ],
)
def test_lists_by_hand(name: str, relevance: list[int], scores: list[float], expected: float) -> None:
    """Relevant is any label above 0; equal scores are no ranking, whatever the order of the file."""
    assert _figure(_one(relevance, scores), name).candidate == pytest.approx(expected, abs=1e-12)
    assert _figure(_one(relevance[::-1], scores[::-1]), name).candidate == pytest.approx(expected, abs=1e-12)


def test_lists_are_averaged_over_queries_not_rows() -> None:
    """A long list weighs as much as a short one."""
    sample = Sample(
        n=6,
        classes=("0", "1"),
        labels=np.array([1, 0, 0, 0, 0, 1], dtype=np.int32),
        candidate=side(None, [2, 1, 4, 3, 2, 1]),
        queries=codes(["a", "a", "b", "b", "b", "b"]),
    )

    assert _figure(sample, "mrr").candidate == pytest.approx((1 + 1 / 4) / 2)


@pytest.mark.parametrize(("tries", "passed"), [(4, 0), (4, 1), (5, 2), (6, 6), (7, 5)])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_pass_at_k_is_the_share_of_all_choices_of_k_tries(tries: int, passed: int, k: int) -> None:
    """Chen et al. (2021), by writing down every choice."""
    chosen = list(itertools.combinations([1] * passed + [0] * (tries - passed), k))
    brute = sum(any(each) for each in chosen) / len(chosen)
    values = np.array([1.0] * passed + [0.0] * (tries - passed) + [1.0] * k)
    sample = Sample(
        n=len(values),
        classes=(),
        labels=None,
        candidate=Side(values={"ok": values}),
        clusters=codes(["one"] * tries + ["two"] * k),
    )

    figure = _figure(sample, f"ok:pass@{k}")

    assert figure.candidate == pytest.approx((brute + 1) / 2, abs=1e-12)
    assert (figure.n, figure.unit) == (2, "cluster")


def test_probabilities_may_miss_one_by_rounding() -> None:
    """Scores kept as float16 are still probabilities."""
    sample = random_sample(5, 100, 1)
    rounded = {name: column.astype(np.float16).astype(np.float64) for name, column in sample.candidate.scores.items()}

    found = _figure(replace(sample, candidate=replace(sample.candidate, scores=rounded), baseline=None), "brier")

    assert found.candidate == pytest.approx(_figure(sample, "brier").candidate, abs=1e-3)

"""Rows that do not have what a metric reads: every reason has its code, and none is ever a number."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.evidence.sample import Codes, Sample, Side
from seatrial.gates.codes import Reason
from seatrial.metrics.catalog import close_to, find, of_column
from seatrial.metrics.measure import CALIBRATION_GAP, Measuring, crossed
from seatrial.metrics.trouble import MetricError, Why
from seatrial.replacing import replace
from tests.support.samples import codes, random_sample, side


def _refusal(sample: Sample, name: str) -> MetricError:
    with pytest.raises(MetricError) as caught:
        Measuring(sample).figures(find(name) or of_column(name))
    assert caught.value.message
    assert str(caught.value) == caught.value.message
    return caught.value


_PLAIN = random_sample(2, 50, 1)
_ANIMALS = random_sample(2, 50, 1, names=("cat", "dog"))
_THREE = random_sample(3, 50, 1)


def _score(sample: Sample, values: list[float]) -> Sample:
    score = np.array((values * 50)[: sample.n], dtype=np.float64)
    return replace(sample, candidate=replace(sample.candidate, score=score))


@pytest.mark.parametrize("name", ["accuracy", "f1", "log_loss", "roc_auc", "mae", "ndcg", "top_k_accuracy@2"])
def test_without_labels(name: str) -> None:
    """Nothing is right or wrong without a truth."""
    assert _refusal(replace(_PLAIN, labels=None), name).why is Why.LABELS_MISSING


@pytest.mark.parametrize("name", ["accuracy", "precision", "mae", "r2"])
def test_without_answers(name: str) -> None:
    """Rows with scores alone have no answers, on either side."""
    bare = replace(_PLAIN.candidate, answers=None)

    assert _refusal(replace(_PLAIN, candidate=bare), name).why is Why.ANSWERS_MISSING
    assert _refusal(replace(_PLAIN, baseline=bare), name).why is Why.ANSWERS_MISSING


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "log_loss", "brier", "top_k_accuracy@2"])
def test_without_scores(name: str) -> None:
    """A metric of scores needs them on both sides; nothing is made of answers."""
    bare = replace(_PLAIN.candidate, score=None)

    assert _refusal(replace(_PLAIN, candidate=bare), name).why is Why.SCORE_MISSING
    assert _refusal(replace(_PLAIN, baseline=bare), name).why is Why.SCORE_MISSING


@pytest.mark.parametrize("name", ["log_loss", "brier", "roc_auc", "average_precision", "top_k_accuracy@2"])
def test_a_label_without_a_column_of_scores(name: str) -> None:
    """Scores of 0 and 1 say nothing about rows that are 2."""
    scores = {key: column for key, column in _THREE.candidate.scores.items() if key != "2"}

    error = _refusal(replace(_THREE, candidate=replace(_THREE.candidate, scores=scores)), name)

    assert error.why is Why.SCORE_MISSING
    if name != "top_k_accuracy@2":
        assert "'2'" in error.message


@pytest.mark.parametrize("k", [3, 5])
def test_a_label_is_always_among_as_many_as_there_are_classes(k: int) -> None:
    """A figure that is 1 whatever the model says nothing of the model, so it has no value, and no gate passes by it."""
    error = _refusal(_THREE, f"top_k_accuracy@{k}")

    assert error.why is Why.UNDEFINED
    assert error.message == (
        f"of 3 classes the label is always among the first {k}, whatever the model; use a k of at most 2"
    )


@pytest.mark.parametrize("name", ["log_loss", "brier"])
def test_scores_that_are_no_probabilities(name: str) -> None:
    """Refused with how many they are, never clipped or rescaled; ranks take them as they are."""
    logits = _score(_PLAIN, [-3.0, 0.5, 2.0, 1.0, 0.0])

    error = _refusal(logits, name)

    assert error.why is Why.SCORE_OUT_OF_RANGE
    assert error.message.startswith("20 scores lie outside 0 to 1")
    assert Measuring(logits).figures(find("roc_auc") or of_column(""))[0].undefined is None


@pytest.mark.parametrize("name", ["log_loss", "brier"])
def test_scores_of_classes_that_do_not_sum_to_one(name: str) -> None:
    """The same for one score for each class."""
    doubled = {key: column * 0.5 for key, column in _THREE.candidate.scores.items()}
    below = dict(_THREE.candidate.scores)
    below["0"], below["1"] = below["0"] + 1, below["1"] - 1

    half = _refusal(replace(_THREE, candidate=replace(_THREE.candidate, scores=doubled)), name)
    outside = _refusal(replace(_THREE, candidate=replace(_THREE.candidate, scores=below)), name)

    assert (half.why, outside.why) == (Why.SCORE_OUT_OF_RANGE, Why.SCORE_OUT_OF_RANGE)
    assert "50 rows do not sum to 1" in half.message
    assert "outside 0 to 1" in outside.message


@pytest.mark.parametrize("name", ["ndcg", "mrr@10", "recall@5"])
def test_lists_without_queries(name: str) -> None:
    """Which rows are ranked together must be said."""
    assert _refusal(_PLAIN, name).why is Why.QUERY_MISSING


def test_relevance_that_is_no_number_or_below_zero() -> None:
    """Labels of ranked rows are grades."""
    queries = codes(["q"] * 50)

    assert _refusal(replace(_ANIMALS, queries=queries), "ndcg").why is Why.NOT_NUMERIC
    below = replace(random_sample(2, 50, 1, names=("-1", "1")), queries=queries)
    assert _refusal(below, "ndcg").why is Why.NOT_NUMERIC


@pytest.mark.parametrize("name", ["mae", "rmse", "r2"])
def test_labels_or_answers_that_are_no_numbers(name: str) -> None:
    """The first that is none is named."""
    error = _refusal(_ANIMALS, name)

    assert (error.why, error.message) == (Why.NOT_NUMERIC, "the label 'cat' is not a number")


def test_an_answer_that_is_no_number_among_labels_that_are() -> None:
    """A word that only a model says is that model's."""
    sample = Sample(n=2, classes=("1", "2", "x"), labels=np.array([0, 1], dtype=np.int32), candidate=side([0, 2]))

    assert _refusal(sample, "mae").message == "the answer 'x' is not a number"


@pytest.mark.parametrize("text", ["inf", "-infinity", "nan", "1e999", "1_000"])
def test_texts_that_only_python_takes_for_numbers(text: str) -> None:
    """Infinite answers have no mean, and an underscore is a typing error in a data file."""
    sample = Sample(n=2, classes=(text, "2"), labels=np.array([1, 1], dtype=np.int32), candidate=side([0, 1]))

    assert _refusal(sample, "mse").why is Why.NOT_NUMERIC


def test_a_percentage_of_zero() -> None:
    """MAPE divides by the label."""
    assert _refusal(_PLAIN, "mape").why is Why.UNDEFINED


@pytest.mark.parametrize("name", ["f1", "recall", "f2", "selection_rate", "roc_auc", "log_loss", "brier"])
def test_which_of_two_classes_is_positive_is_not_guessed(name: str) -> None:
    """Cats and dogs: both are named in the message."""
    error = _refusal(_ANIMALS, name)

    assert error.why is Why.POSITIVE_UNKNOWN
    assert "'cat' and 'dog'" in error.message


@pytest.mark.parametrize("name", ["f2", "specificity", "npv", "selection_rate", "log_loss", "brier", "roc_auc"])
def test_one_score_among_three_classes_is_of_nobody_knows_which(name: str) -> None:
    """With one column of scores and three classes no class is the positive one, so that nothing is computed."""
    sample = replace(
        _THREE,
        candidate=replace(_THREE.candidate, score=_THREE.candidate.scores["0"], scores={}),
        baseline=None,
    )

    assert _refusal(sample, name).why is Why.POSITIVE_UNKNOWN


def test_a_positive_class_that_no_row_has() -> None:
    """A typing error in `positive:` is an error, not a class without rows."""
    error = _refusal(replace(_ANIMALS, positive="dgo"), "f1")

    assert (error.why, "'dgo'" in error.message) == (Why.POSITIVE_UNKNOWN, True)


def _words(labels: str, answers: str, theirs: str | None = None) -> Sample:
    names = tuple(sorted({*labels, *answers, *(theirs or "")}))
    return Sample(
        n=len(labels),
        classes=names,
        labels=np.array([names.index(each) for each in labels], dtype=np.int32),
        candidate=side([names.index(each) for each in answers]),
        baseline=None if theirs is None else side([names.index(each) for each in theirs]),
    )


@pytest.mark.parametrize("name", ["accuracy", "f1", "selection_rate", "f1_macro"])
def test_labels_and_answers_in_two_spellings(name: str) -> None:
    """Labels `t` and `f`, answers 1 and 0: nothing could be right, and two such models would be equally good."""
    ours = _refusal(_words("tftf", "1010"), name)
    theirs = _refusal(_words("tftf", "tftf", "1010"), name)

    assert (ours.why, theirs.why) == (Why.CLASSES_DIFFER, Why.CLASSES_DIFFER)
    assert ours.message == "no answer of the model is one of the labels: labels are 'f', 't', answers '0', '1'"
    assert "no answer of the baseline" in theirs.message


@pytest.mark.parametrize(
    ("labels", "answers"), [("aaaa", "bbbb"), ("aabb", "cccc"), ("aaaa", "bcbc"), ("abab", "accc")]
)
def test_a_model_that_is_only_that_bad_is_counted(labels: str, answers: str) -> None:
    """One answer to everything, one label of everything, or one class in common is no other spelling."""
    (figure,) = Measuring(_words(labels, answers)).figures(find("accuracy") or of_column(""))

    assert figure.candidate == (0.25 if labels == "abab" else 0)


def test_one_class_alone_is_said_to_be_one() -> None:
    """Labels and answers all `cat`: the sentence speaks of one class."""
    sample = Sample(n=3, classes=("cat",), labels=np.zeros(3, dtype=np.int32), candidate=side([0, 0, 0]))

    assert "all labels and answers are 'cat'" in _refusal(sample, "f1").message


def test_a_column_of_numbers_that_one_side_lacks() -> None:
    """A name that no column has."""
    with_it = replace(_PLAIN.candidate, values={"reward": np.zeros(50)})

    assert _refusal(replace(_PLAIN, candidate=with_it), "reward").why is Why.VALUE_MISSING
    assert _refusal(_PLAIN, "reward:pass@2").why is Why.VALUE_MISSING


def test_pass_at_k_needs_clusters_tries_and_zeros_and_ones() -> None:
    """Each of its conditions has its reason."""
    ok = Sample(n=4, classes=(), labels=None, candidate=Side(values={"ok": np.array([0.0, 1.0, 1.0, 0.0])}))
    tried = replace(ok, clusters=codes(["a", "a", "b", "b"]))

    assert _refusal(ok, "ok:pass@1").why is Why.CLUSTER_MISSING
    few = _refusal(tried, "ok:pass@3")
    assert (few.why, few.message) == (Why.UNDEFINED, "pass@3 needs 3 tries at every problem; one has 2")
    half = replace(tried, candidate=Side(values={"ok": np.array([0.0, 0.5, 1.0, 0.0])}))
    assert _refusal(half, "ok:pass@1").why is Why.NOT_NUMERIC


def test_calibration_gap_reads_probabilities() -> None:
    """Logits are refused as they are by the losses."""
    with pytest.raises(MetricError) as caught:
        Measuring(_score(_PLAIN, [-1.0, 2.0])).figures(CALIBRATION_GAP)

    assert caught.value.why is Why.SCORE_OUT_OF_RANGE


def test_calibration_gap_is_mean_score_minus_share_of_positives() -> None:
    """By group, for both models."""
    sample = replace(_PLAIN, groups={"g": codes([str(at % 2) for at in range(50)])})
    labels = np.asarray(sample.labels)
    score = np.asarray(sample.candidate.score)

    first, _ = Measuring(sample).figures(CALIBRATION_GAP, "g")

    assert first.candidate == pytest.approx(score[::2].mean() - labels[::2].mean())


def test_intersections_are_the_combinations_that_occur() -> None:
    """Names joined in the order of the columns; a combination without rows is no group."""
    region, size = codes(["n", "n", "s", "s"]), codes(["big", "small", "big", "big"])

    both = crossed([region, size])

    assert both.names == ("n x big", "n x small", "s x big")
    assert both.codes.tolist() == [0, 1, 2, 2]


def test_a_column_whose_name_looks_like_an_intersection_is_found() -> None:
    """` x ` joins the columns of an intersection, and may stand in the name of one."""
    sample = replace(_PLAIN, groups={"height x width": codes([str(at % 2) for at in range(50)])})

    assert len(Measuring(sample).figures(find("accuracy") or of_column(""), "height x width")) == 2


@pytest.mark.parametrize(
    ("name", "canonical", "k"),
    [
        ("auc", "roc_auc", None),
        ("f1_score", "f1", None),
        ("auc_roc", "roc_auc", None),
        ("ndcg@10", "ndcg@10", 10),
        ("ndcg", "ndcg", None),
        ("recall@5", "recall@5", 5),
        ("recall", "recall", None),
        ("top_k_accuracy@5", "top_k_accuracy@5", 5),
        ("solved:pass@8", "solved:pass@8", 8),
    ],
)
def test_names_and_aliases(name: str, canonical: str, k: int | None) -> None:
    """The customary spellings all lead to one metric."""
    metric = find(name)

    assert metric is not None
    assert (metric.name, metric.k) == (canonical, k)


@pytest.mark.parametrize(
    "name", ["train.loss", "ndcg@0", "ndcg@-1", "accuracy@3", "f1@2", "top_k_accuracy", "Accuracy", ""]
)
def test_other_names_are_no_metric(name: str) -> None:
    """They may be a column or a value of a metrics file; the nearest metric is known for a message."""
    assert find(name) is None


def test_the_nearest_metric_to_a_misspelt_name() -> None:
    """For the next step of a message."""
    assert close_to("acuracy") == "accuracy"
    assert close_to("Precission") == "precision"
    assert close_to("val_loss_total") is None


def test_a_query_that_belongs_to_several_clusters_is_refused() -> None:
    """As a unit of a mean it can add to one cluster only; which one is nobody's to choose."""
    sample = Sample(
        n=4,
        classes=("0", "1"),
        labels=np.array([1, 0, 1, 0], dtype=np.int32),
        candidate=Side(score=np.array([0.9, 0.1, 0.8, 0.3])),
        queries=Codes(codes=np.array([0, 0, 1, 1], dtype=np.int32), names=("a", "b")),
        clusters=Codes(codes=np.array([0, 0, 0, 1], dtype=np.int32), names=("u", "v")),
    )
    metric = find("ndcg")
    assert metric is not None

    with pytest.raises(MetricError, match="several clusters"):
        Measuring(sample).figures(metric)


def test_every_trouble_of_a_metric_is_a_reason_of_gates() -> None:
    """Gates take the code over as it is; one that they do not know would end a judgement with a traceback."""
    assert {why.value for why in Why} <= {reason.value for reason in Reason}

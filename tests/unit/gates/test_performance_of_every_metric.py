"""The performance gate beyond accuracy: limits on every family of metric, with and without a confidence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seatrial.evidence.records import Predictions, Source
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Evidence, LeftOut, Measured
from seatrial.gates.judge import judge
from seatrial.gates.policy import Bound, GateSet
from seatrial.metrics.catalog import find
from seatrial.metrics.measure import Measuring
from seatrial.replacing import replace
from seatrial.stats.proportion import clopper_pearson
from seatrial.verdict import Finding, Verdict
from tests.support.judged import Models, evidence

_MODELS = Models(8_000)
_FEW = Models(12, seed=3)
_CLASSES = (
    "accuracy", "balanced_accuracy", "precision", "recall", "f1", "f2", "f0.5", "jaccard", "specificity", "npv", "mcc",
    "kappa", "false_positive_rate", "false_negative_rate", "selection_rate", "precision_macro", "f1_weighted",
    "recall_micro",
)  # fmt: skip
_SCORES = ("roc_auc", "average_precision", "log_loss", "brier")


def _judged(name: str, rows: Evidence, bound: Bound, *, lower: tuple[str, ...] = ()) -> Finding:
    gate_set = GateSet(name="s", performance={name: bound}, lower_is_better=lower)
    (one,) = judge(gate_set, rows, LeftOut())
    return one


def _lists() -> Evidence:
    draw = np.random.default_rng(1)
    relevance = draw.integers(0, 10, 3_000) // 8
    return evidence(
        labels=relevance,
        score=relevance + draw.normal(0, 2, 3_000),
        query=np.repeat(np.arange(300), 10),
    )


def _numbers() -> Evidence:
    draw = np.random.default_rng(1)
    truth = np.round(draw.normal(5, 2, 2_000), 2)
    return evidence(labels=truth, answers=np.round(truth + draw.normal(0, 1, 2_000), 2))


def _tries() -> Evidence:
    draw = np.random.default_rng(1)
    hard = np.repeat(draw.random(300), 8)
    return evidence(
        values={"ok": draw.random(2_400) < hard, "reward": draw.exponential(1, 2_400)},
        cluster=np.repeat(np.arange(300), 8),
    )


_ROWS: dict[str, Evidence] = {
    **dict.fromkeys((*_CLASSES, *_SCORES), _MODELS.candidate()),
    **dict.fromkeys(("ndcg@5", "mrr", "map", "recall@3", "precision@3", "hit_rate@1"), _lists()),
    **dict.fromkeys(("mae", "mse", "rmse", "r2"), _numbers()),
    **dict.fromkeys(("ok", "ok:pass@4", "reward"), _tries()),
}


@pytest.mark.parametrize("name", sorted(_ROWS))
def test_the_figure_itself_is_compared_without_a_confidence(name: str) -> None:
    """Two values of verdict, whichever side of the limit; the interval is shown and decides nothing."""
    value = _judged(name, _ROWS[name], Bound(min=-1e9)).estimate
    assert value is not None

    for bound, verdict, reason in (
        (Bound(min=value - 1e-6), Verdict.PASS, Reason.WITHIN_LIMIT),
        (Bound(min=value + 1e-6), Verdict.FAIL, Reason.BELOW_MIN),
        (Bound(max=value + 1e-6), Verdict.PASS, Reason.WITHIN_LIMIT),
        (Bound(max=value - 1e-6), Verdict.FAIL, Reason.ABOVE_MAX),
    ):
        found = _judged(name, _ROWS[name], bound)
        assert (found.verdict, found.reason) == (verdict, reason)
        assert found.interval is not None
        assert found.interval[0] < value < found.interval[1]
        assert "the figure itself is compared" in found.message


@pytest.mark.parametrize("name", sorted(_ROWS))
def test_with_a_confidence_a_bound_must_clear_the_limit(name: str) -> None:
    """Just inside the figure is not enough; outside the interval is, on either side."""
    seen = _judged(name, _ROWS[name], Bound(min=-1e9, confidence=0.95))
    assert seen.interval is not None
    assert seen.estimate is not None
    low, high = seen.interval
    near = seen.estimate - (seen.estimate - low) / 2

    shown = _judged(name, _ROWS[name], Bound(min=low - 1e-9, confidence=0.95))
    refuted = _judged(name, _ROWS[name], Bound(min=high + 1e-9, confidence=0.95))
    unsure = _judged(name, _ROWS[name], Bound(min=near, confidence=0.95))
    at_most = _judged(name, _ROWS[name], Bound(max=high + 1e-9, confidence=0.95))

    assert (shown.verdict, refuted.verdict, at_most.verdict) == (Verdict.PASS, Verdict.FAIL, Verdict.PASS)
    assert (unsure.verdict, unsure.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
    assert unsure.n_needed is not None
    assert unsure.n is not None
    assert unsure.n_needed > unsure.n
    assert f"about {unsure.n_needed:,} rows would decide" in unsure.message.replace("queries", "rows").replace(
        "clusters", "rows"
    )


@pytest.mark.parametrize("name", sorted({*_CLASSES, *_SCORES, "ndcg@5", "rmse", "reward"}))
def test_more_confidence_needs_a_wider_interval(name: str) -> None:
    """99 % is wider than 90 %."""
    low = _judged(name, _ROWS[name], Bound(min=0.5, confidence=0.9)).interval
    high = _judged(name, _ROWS[name], Bound(min=0.5, confidence=0.99)).interval

    assert low is not None
    assert high is not None
    assert high[0] < low[0] < low[1] < high[1]


@pytest.mark.parametrize("name", ["f1", "mcc", "roc_auc", "log_loss", "average_precision", "balanced_accuracy"])
def test_a_dozen_rows_decide_nothing_that_rests_on_an_approximation(name: str) -> None:
    """The reason says that rows which carry the spread are too few, whatever the limit."""
    for limit in (0.01, 0.5, 0.99):
        found = _judged(name, _FEW.candidate(), Bound(min=limit, confidence=0.95))

        assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_INFORMATIVE_ROWS)


@pytest.mark.parametrize("name", ["recall", "precision", "specificity", "npv", "accuracy", "selection_rate"])
def test_shares_have_exact_bounds_on_the_rows_they_are_about(name: str) -> None:
    """Clopper and Pearson's, of the positives for a recall and of the positive answers for a precision."""
    metric = find(name)
    assert metric is not None
    from seatrial.evidence.pairing import sample_of

    predictions = _MODELS.candidate().predictions
    assert isinstance(predictions, Predictions)
    (figure,) = Measuring(sample_of(predictions)).figures(metric)
    assert figure.share is not None
    exact = clopper_pearson(*figure.share, alpha=0.05)

    found = _judged(name, _MODELS.candidate(), Bound(min=0.5, confidence=0.95))

    assert found.interval == pytest.approx((exact.lower, exact.upper), abs=1e-9)
    assert found.method == "Clopper-Pearson bound"


def test_intervals_end_where_the_metric_does() -> None:
    """An AUC of 0.999 is not shown to be up to 1.001."""
    models = Models(200, wrong=0.0, moved=0.0)

    found = _judged(
        "roc_auc", evidence(labels=models.labels, answers=models.labels, score=_blurred(models)), Bound(min=0.5)
    )

    assert found.interval is not None
    assert found.interval[1] == 1.0
    assert found.estimate is not None
    assert 0.97 < found.estimate < 1.0


def _blurred(models: Models) -> list[float]:
    draw = np.random.default_rng(1)
    return [float(each) for each in np.clip(models.labels * 0.6 + draw.normal(0.2, 0.15, models.n), 0, 1)]


def test_a_model_that_never_errs_has_a_point_and_no_made_up_interval() -> None:
    """A loss of exactly 0 has no spread to bound it by; with a confidence that is INCONCLUSIVE."""
    rows = evidence(values={"loss": [0.0] * 500})

    point = _judged("loss", rows, Bound(max=0.1), lower=("loss",))
    bound = _judged("loss", rows, Bound(max=0.1, confidence=0.95), lower=("loss",))

    assert point.verdict is Verdict.PASS
    assert (point.interval, bound.interval) == (None, None)
    assert "no interval" in point.message
    assert bound.verdict is Verdict.INCONCLUSIVE
    assert bound.reason == Reason.TOO_FEW_INFORMATIVE_ROWS


def test_rows_that_cannot_give_a_metric_leave_it_to_the_metrics_file() -> None:
    """Scores are not kept, and the stage has measured the AUC itself."""
    rows = replace(
        evidence(labels=[0, 1] * 10, answers=[0, 1] * 10),
        metrics={"auc": (Measured(value=0.9, source=Source(path="m.json", digest="b3:m")),)},
    )

    found = _judged("auc", rows, Bound(min=0.8))
    without = _judged("roc_auc", rows, Bound(min=0.8))
    sure = _judged("auc", rows, Bound(min=0.8, confidence=0.95))

    assert (found.verdict, found.method) == (Verdict.PASS, "metrics file")
    assert (without.verdict, without.reason) == (Verdict.ERROR, Reason.SCORE_MISSING)
    assert (sure.verdict, sure.reason) == (Verdict.ERROR, Reason.CONFIDENCE_NEEDS_ROWS)


def test_a_misspelt_metric_names_the_one_that_was_meant() -> None:
    """And what the metrics files have."""
    found = _judged("acuracy", _MODELS.candidate(), Bound(min=0.5))

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.METRIC_MISSING)
    assert "`accuracy` would be computed from the rows" in found.message


@pytest.mark.parametrize("answers", [[1] * 50, [0] * 50])
def test_answers_of_one_class_are_no_crash(answers: list[int]) -> None:
    """A collapsed model answers one class only: accuracy has a value, precision or MCC may have none."""
    rows = evidence(labels=[0, 1] * 25, answers=answers)

    assert _judged("accuracy", rows, Bound(min=0.9)).verdict is Verdict.FAIL
    none = _judged("mcc", rows, Bound(min=0.1))
    assert (none.verdict, none.reason) == (Verdict.ERROR, Reason.UNDEFINED)
    recall = _judged("recall", rows, Bound(min=0.5))
    assert recall.estimate == float(answers[0])


def test_messages_count_what_was_counted() -> None:
    """Rows, rows of a class, queries or clusters."""
    recall = _judged("recall", _MODELS.candidate(), Bound(min=0.5)).message
    lists = _judged("ndcg@5", _lists(), Bound(min=0.1)).message
    tries = _judged("ok:pass@4", _tries(), Bound(min=0.1)).message
    rewards = _judged("reward", _tries(), Bound(min=0.1)).message

    assert f"8,000 rows, {int(_MODELS.labels.sum()):,} of which it is about" in recall
    assert "300 queries" in lists
    assert "300 clusters" in tries
    assert "2,400 rows in 300 clusters" in rewards


def test_no_figure_of_any_metric_is_infinite_or_nan() -> None:
    """Findings become JSON, which has neither."""
    for name, rows in _ROWS.items():
        for bound in (Bound(min=0.5), Bound(max=0.5, confidence=0.9)):
            found = _judged(name, rows, bound)
            numbers = [found.estimate, found.candidate, *(found.interval or ())]
            assert all(each is not None and math.isfinite(each) for each in numbers), name


def test_figures_of_findings_are_plain_numbers() -> None:
    """A number of numpy's shows itself as `np.float64(0.5)` in a message, and not every serialiser takes it."""
    for name, rows in _ROWS.items():
        for bound in (Bound(min=0.5), Bound(max=0.5, confidence=0.9)):
            found = _judged(name, rows, bound)
            numbers = [found.estimate, found.candidate, found.threshold, *(found.interval or ())]
            assert {type(each) for each in numbers} == {float}, name
            assert {type(each) for each in (found.n, found.n_needed) if each is not None} == {int}, name
            assert "np." not in found.message

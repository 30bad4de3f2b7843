"""The performance gate: points and bounds on accuracy, values of metrics files, and what is an ERROR."""

from __future__ import annotations

import polars as pl
import pytest

from seatrial.evidence.records import Metrics, Predictions, Source
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Evidence, LeftOut, Measured, collect
from seatrial.gates.judge import judge
from seatrial.gates.policy import Bound, GateSet
from seatrial.stats.proportion import clopper_pearson
from seatrial.verdict import Finding, Verdict

_FILE = Source(path="outputs/metrics.json", digest="b3:" + "1" * 64)


def _rows(right: int, n: int) -> Predictions:
    labels = ["1"] * n
    answers = ["1"] * right + ["0"] * (n - right)
    table = pl.DataFrame({"id": [str(i) for i in range(n)], "label": labels, "prediction": answers})
    return Predictions(source=Source(path="predictions.csv", digest="b3:" + "2" * 64), table=table)


def _only(bound: Bound, evidence: Evidence, metric: str = "accuracy") -> Finding:
    findings = judge(GateSet(name="promote", performance={metric: bound}), evidence, LeftOut())
    (finding,) = findings
    return finding


@pytest.mark.parametrize(
    ("bound", "right", "verdict", "reason"),
    [
        (Bound(min=0.92), 92, Verdict.PASS, Reason.WITHIN_LIMIT),
        (Bound(min=0.92), 91, Verdict.FAIL, Reason.BELOW_MIN),
        (Bound(max=0.99), 99, Verdict.PASS, Reason.WITHIN_LIMIT),
        (Bound(max=0.99), 100, Verdict.FAIL, Reason.ABOVE_MAX),
    ],
)
def test_point_estimate_is_compared_without_confidence(
    bound: Bound, right: int, verdict: Verdict, reason: Reason
) -> None:
    """Without `confidence` the figure itself meets the limit or not; Wilson's 95 % interval is only shown."""
    finding = _only(bound, Evidence(predictions=_rows(right, 100)))

    assert (finding.verdict, finding.reason) == (verdict, reason)
    assert finding.estimate == right / 100
    assert finding.n == 100
    assert finding.n_needed is None
    assert finding.interval is not None
    assert finding.interval[0] < right / 100 <= finding.interval[1]


@pytest.mark.parametrize(
    ("right", "verdict", "reason"),
    [
        (480, Verdict.PASS, Reason.WITHIN_LIMIT),
        (465, Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS),
        (460, Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT),
        (430, Verdict.FAIL, Reason.BELOW_MIN),
    ],
)
def test_confidence_gives_three_verdicts(right: int, verdict: Verdict, reason: Reason) -> None:
    """With `confidence` the one-sided bound must clear 0.92, and what it cannot clear is INCONCLUSIVE."""
    finding = _only(Bound(min=0.92, confidence=0.95), Evidence(predictions=_rows(right, 500)))

    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_confidence_uses_the_exact_bound_at_its_level() -> None:
    """At 95 % confidence each bound errs 5 % of the time: the interval is Clopper and Pearson's at 90 %."""
    finding = _only(Bound(min=0.92, confidence=0.95), Evidence(predictions=_rows(465, 500)))

    exact = clopper_pearson(465, 500, alpha=0.05)
    assert finding.interval == pytest.approx((exact.lower, exact.upper), abs=1e-11)
    assert finding.method == "Clopper-Pearson bound"
    assert "90 % interval" in finding.message


def test_inconclusive_accuracy_names_rows() -> None:
    """The number of rows that would decide is in the finding and in the sentence."""
    finding = _only(Bound(min=0.92, confidence=0.95), Evidence(predictions=_rows(465, 500)))

    assert finding.n_needed is not None
    assert finding.n_needed > 500
    assert f"about {finding.n_needed:,} rows would decide" in finding.message


def test_every_limit_is_a_finding_of_its_own() -> None:
    """`min` and `max` on one metric give two findings, named by their place in the gate set."""
    gate_set = GateSet(name="s", performance={"accuracy": Bound(min=0.5, max=0.6)})

    findings = judge(gate_set, Evidence(predictions=_rows(80, 100)), LeftOut())

    assert [(finding.name, finding.verdict) for finding in findings] == [
        ("performance.accuracy.min", Verdict.PASS),
        ("performance.accuracy.max", Verdict.FAIL),
    ]


@pytest.mark.parametrize(("value", "verdict"), [(0.2, Verdict.PASS), (0.25, Verdict.FAIL)])
def test_other_metrics_come_from_the_metrics_file(value: float, verdict: Verdict) -> None:
    """A value of a metrics file is compared as it is, and has no interval."""
    evidence = Evidence(metrics=collect([Metrics(source=_FILE, values={"val_loss": value})]), artifact="b3:a")

    finding = _only(Bound(max=0.2), evidence, "val_loss")

    assert finding.verdict is verdict
    assert (finding.interval, finding.n, finding.method) == (None, None, "metrics file")
    assert finding.digests == {"candidate_artifact": "b3:a", "candidate_metrics": _FILE.digest}
    assert "outputs/metrics.json" in finding.message


@pytest.mark.parametrize(
    ("metric", "bound", "value", "said"),
    [
        ("accuracy", Bound(min=0.9), 12.0, "lies from 0 to 1: it may be a per cent, to be written as 0.12"),
        ("auc", Bound(min=0.8), 70.0, "lies from 0 to 1: it may be a per cent, to be written as 0.7"),
        ("accuracy", Bound(min=0.9), 101.0, "lies from 0 to 1: it is another figure, or another unit"),
        ("recall@5", Bound(min=0.9), 1.01, "lies from 0 to 1: it may be a per cent"),
        ("brier", Bound(max=0.2), -5.0, "is never below 0: it is another figure, or another unit"),
        ("false_positive_rate", Bound(max=0.2), -0.1, "lies from 0 to 1"),
        ("mcc", Bound(max=0.2), -1.5, "lies from -1 to 1"),
        ("r2", Bound(min=0.2), 80.0, "is never above 1: it may be a per cent, to be written as 0.8"),
    ],
)
def test_a_value_that_the_metric_cannot_have_is_no_pass(metric: str, bound: Bound, value: float, said: str) -> None:
    finding = _only(bound, Evidence(metrics={metric: (Measured(value=value, source=_FILE),)}), metric)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.VALUE_OUT_OF_RANGE)
    assert finding.message.startswith(f"{metric} is {value:g} in outputs/metrics.json, and {said}")


@pytest.mark.parametrize(
    ("metric", "bound", "value"),
    [
        ("accuracy", Bound(min=0.9), 1.0),
        ("accuracy", Bound(min=0.9), 1.0000001),  # a mean of float32
        ("mcc", Bound(max=0.2), -1.0),
        ("r2", Bound(max=0.2), -80.0),
        ("log_loss", Bound(max=200), 120.0),
        ("val.accuracy", Bound(min=0.9), 92.0),  # whoever wrote it may call anything that
    ],
)
def test_a_value_that_can_be_is_compared_as_it_is(metric: str, bound: Bound, value: float) -> None:
    finding = _only(bound, Evidence(metrics={metric: (Measured(value=value, source=_FILE),)}), metric)

    assert finding.verdict is Verdict.PASS


def test_accuracy_without_predictions_falls_back_to_the_metrics_file() -> None:
    """A model that has only a metrics file is judged by its value, and the finding says so."""
    finding = _only(Bound(min=0.9), Evidence(metrics={"accuracy": (Measured(value=0.95, source=_FILE),)}))

    assert (finding.verdict, finding.method) == (Verdict.PASS, "metrics file")


@pytest.mark.parametrize(
    ("metric", "bound", "evidence", "reason"),
    [
        ("f9", Bound(min=0.5), Evidence(), Reason.METRIC_MISSING),
        ("accuracy", Bound(min=0.5), Evidence(), Reason.METRIC_MISSING),
        (
            "loss",
            Bound(max=1.0, confidence=0.95),
            Evidence(metrics={"loss": (Measured(value=0.1, source=_FILE),)}),
            Reason.CONFIDENCE_NEEDS_ROWS,
        ),
        (
            "loss",
            Bound(max=1.0),
            Evidence(metrics={"loss": (Measured(value=0.1, source=_FILE), Measured(value=0.1, source=_FILE))}),
            Reason.METRIC_AMBIGUOUS,
        ),
        (
            "loss",
            Bound(max=1.0),
            Evidence(metrics={"loss": (Measured(value=float("nan"), source=_FILE),)}),
            Reason.NOT_A_NUMBER,
        ),
        ("loss", Bound(), Evidence(metrics={"loss": (Measured(value=0.1, source=_FILE),)}), Reason.NO_LIMIT),
    ],
)
def test_what_cannot_be_judged_is_an_error(metric: str, bound: Bound, evidence: Evidence, reason: Reason) -> None:
    """Missing, ambiguous, not a number, no limit, no rows for a confidence: ERROR, never a pass."""
    finding = _only(bound, evidence, metric)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, reason)
    assert metric in finding.message
    assert finding.estimate is None


def test_message_tells_close_figures_apart() -> None:
    """A figure just under its limit is not printed as if it were equal to it."""
    finding = _only(Bound(min=0.92), Evidence(predictions=_rows(9_199, 10_000)))

    assert "accuracy 0.9199 is not at least 0.9200" in finding.message

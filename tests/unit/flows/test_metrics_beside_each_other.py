"""The metrics that a report shows of a model's rows."""

from __future__ import annotations

from seatrial.flows.evidence_reading import compare_metrics
from seatrial.gates.evidence import Evidence, LeftOut
from seatrial.verdict import Finding, Verdict
from tests.support.judged import evidence

_ANSWERS = [at + 0.25 for at in range(60)]


def _names(of: Evidence, *findings: Finding) -> list[str]:
    return [fact.name for fact in compare_metrics(of, LeftOut(), findings)]


def _limit(metric: str) -> Finding:
    return Finding(
        name=f"performance.{metric}.max",
        kind="performance",
        metric=metric,
        verdict=Verdict.PASS,
        reason="within",
        message="",
        digests={"candidate_predictions": "b3:rows"},
    )


def test_a_regression_shows_what_gates_ask_for_and_no_accuracy_of_exact_hits() -> None:
    prices = evidence(labels=[each + 0.1 for each in _ANSWERS], answers=_ANSWERS)

    assert _names(prices, _limit("mae")) == ["mae"]
    assert _names(prices, _limit("mae"), _limit("accuracy")) == ["mae", "accuracy"]
    assert _names(prices) == []


def test_a_classifier_shows_its_accuracy_whatever_is_asked() -> None:
    digits = evidence(labels=[1, 2, 3] * 20, answers=[1, 2, 2] * 20)

    assert _names(digits, _limit("f1")) == ["accuracy", "f1"]

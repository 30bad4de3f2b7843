"""A metric that single rows keep from being computed names the first of them, and its file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seatrial.evidence.pairing import sample_of
from seatrial.evidence.records import Predictions, Source
from seatrial.metrics.catalog import METRICS, find
from seatrial.metrics.measure import Measuring
from seatrial.metrics.trouble import MetricError
from seatrial.replacing import replace
from tests.support.judged import evidence

_LABELS = ["0", "1"] * 10
_GOOD = np.linspace(0.1, 0.9, 20)


def _of(file: str, **columns: Any) -> Predictions:
    rows = evidence(**({"labels": _LABELS} | columns)).predictions
    assert isinstance(rows, Predictions)
    return replace(rows, source=Source(path=file, digest="b3:rows"))


def _refusal(name: str, ours: Predictions, theirs: Predictions | None = None) -> str:
    metric = METRICS.get(name) or find(name)
    assert metric is not None
    with pytest.raises(MetricError) as caught:
        Measuring(sample_of(ours, theirs)).figures(metric)
    return caught.value.message


def _scores(**at: float) -> list[float]:
    return [at.get(f"r{row}", float(score)) for row, score in enumerate(_GOOD)]


def test_a_score_outside_0_to_1() -> None:
    """One, several, and of the baseline's file."""
    good = _of("a.csv", score=_scores())
    one = _refusal("log_loss", _of("a.csv", score=_scores(r3=1.5)))
    more = _refusal("brier", _of("a.csv", score=_scores(r7=-0.5, r12=2.0)))
    theirs = _refusal("log_loss", good, _of("b.csv", score=_scores(r19=7.0)))

    assert one == "1 score lies outside 0 to 1, so it is no probability (a.csv, at id 'row-000003')"
    assert more == ("2 scores lie outside 0 to 1, so they are no probabilities (a.csv, first at id 'row-000007')")
    assert theirs.endswith("(b.csv, at id 'row-000019')")


def test_scores_of_classes_that_are_no_probabilities() -> None:
    """Too much together, and too little of one."""
    ones = np.ones(20)
    much = {"0": np.where(np.arange(20) == 4, 0.9, 0.5), "1": ones / 2}
    negative = {"0": np.where(np.arange(20) == 5, -0.5, 0.5), "1": np.where(np.arange(20) == 5, 1.5, 0.5)}

    assert _refusal("log_loss", _of("a.csv", scores=much)).endswith(
        "1 row does not sum to 1 (a.csv, at id 'row-000004')"
    )
    assert _refusal("log_loss", _of("a.csv", scores=negative)).endswith("(a.csv, at id 'row-000005')")


def test_a_label_or_an_answer_that_is_no_number() -> None:
    """The label's file is the candidate's, the answer's its own."""
    texts = [str(at) for at in range(20)]
    word = [*texts[:6], "x", *texts[7:]]

    ours = _of("a.csv", labels=texts, answers=texts)
    label = _refusal("mae", _of("a.csv", labels=word, answers=texts))
    answer = _refusal("mae", ours, _of("b.csv", labels=texts, answers=word))

    assert label == "the label 'x' is not a number (a.csv, at id 'row-000006')"
    assert answer == "the answer 'x' is not a number (b.csv, at id 'row-000006')"


def test_labels_that_a_metric_has_no_use_for() -> None:
    """A percentage of nothing, and a relevance below it."""
    texts = [str(at) for at in range(20)]
    ranked = {"score": _GOOD, "query": ["q"] * 20}

    assert _refusal("mape", _of("a.csv", labels=texts, answers=texts)).endswith("(a.csv, at id 'row-000000')")
    assert _refusal("ndcg", _of("a.csv", labels=[*texts[:-1], "-1"], **ranked)).endswith(
        "no relevance (a.csv, at id 'row-000019')"
    )

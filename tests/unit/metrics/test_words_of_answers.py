"""Answers that are no label: refused where they are a label in another spelling, counted as wrong and told else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from seatrial.evidence.pairing import sample_of
from seatrial.evidence.policy import Columns
from seatrial.evidence.records import Predictions
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Evidence
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing, GateSet, Regression
from seatrial.gates.rows import measuring_of
from seatrial.metrics.catalog import METRICS
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from seatrial.metrics.trouble import MetricError, Why
from seatrial.verdict import Verdict
from tests.support.judged import evidence, finding, production
from tests.support.large_models import in_pieces

_ROWS = 40


def _rows(labels: Sequence[str], answers: Sequence[str], *, times: int = _ROWS) -> Evidence:
    return evidence(labels=list(labels) * times, answers=list(answers) * times)


def _accuracy(ours: Evidence, theirs: Evidence | None = None) -> Figure:
    rows, other = ours.predictions, None if theirs is None else theirs.predictions
    assert isinstance(rows, Predictions)
    assert other is None or isinstance(other, Predictions)
    (figure,) = Measuring(sample_of(rows, other)).figures(METRICS["accuracy"])
    return figure


@pytest.mark.parametrize(
    ("labels", "answers", "pair"),
    [
        (("0", "1"), ("0", " 1"), "' 1' for '1'"),
        (("0", "1"), ("0", "true"), "'true' for '1'"),
        (("true", "false"), ("1", "false"), "'1' for 'true'"),
        (("no", "yes"), ("no", "True"), "'True' for 'yes'"),
        (("cat", "dog"), ("Cat", "dog"), "'Cat' for 'cat'"),
        (("red car", "bus"), ("red  car ", "bus"), "'red  car ' for 'red car'"),
        (("1", "2", "3"), ("1", "02", "3"), "'02' for '2'"),
        (("100000", "2"), ("1e+05", "2"), "'1e+05' for '100000'"),
        (("NY", "ny", "LA"), ("NY", "ny ", "LA"), "'ny ' for 'ny'"),
        (("0.5", "2"), ("0.50", "2"), "'0.50' for '0.5'"),
        (("cat", "dog"), ('"cat"', "dog"), "'\"cat\"' for 'cat'"),
        (("caf\u00e9", "bar"), ("cafe\u0301", "bar"), "for 'caf\u00e9'"),
    ],
)
def test_a_label_in_another_spelling_is_refused(labels: Sequence[str], answers: Sequence[str], pair: str) -> None:
    """Even where other answers are spelt well: how many rows, and both spellings."""
    with pytest.raises(MetricError) as caught:
        _accuracy(_rows(labels, answers))

    assert caught.value.why is Why.CLASSES_DIFFER
    assert f"{_ROWS} answers of the model differ from a label in spelling alone: " in caught.value.message
    assert pair in caught.value.message


def test_a_baseline_spelt_otherwise_is_no_worse_model() -> None:
    """It would be beaten by any candidate; with one such row too."""
    half, one = _rows("01", "01"), evidence(labels=["0", "1"] * _ROWS, answers=["0", "1"] * (_ROWS - 1) + ["0", "1 "])
    gates = GateSet(name="s", regression=Regression(comparing=Comparing(margin=Margin(value=0.1))))

    found = finding(gates, half, production(one))

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.CLASSES_DIFFER)
    assert "1 answer of the baseline differs from a label in spelling alone: '1 ' for '1'" in found.message
    assert "write both in one spelling" in found.message


def test_the_same_refusal_at_every_question() -> None:
    """What was counted for the first metric is kept, and is no way around it."""
    rows = _rows("01", ["0", "true"]).predictions
    assert isinstance(rows, Predictions)
    measuring = Measuring(sample_of(rows))

    for name in ("accuracy", "f1", "accuracy"):
        with pytest.raises(MetricError, match="spelling"):
            measuring.figures(METRICS[name])


@pytest.mark.parametrize(
    ("labels", "answers"),
    [
        (("cat", "dog", "cow"), ("cat", "dog", "unknown")),
        (("0", "1", "2"), ("0", "1", "no")),  # a refusal: no boolean, for these labels are none
        (("a", "b"), ("a", "c")),
        (("1234567890123456789", "7"), ("7", "1234567890123456790")),  # unlike as numbers, alike as floats
        (("0e1", "1f2"), ("1f2", "0e2")),
        (("''", "x"), ("x", '"')),
        (("T", "F"), ("T", "Y")),
        (("o", "b"), ("b", "O")),
    ],
)
def test_a_word_of_the_models_own_is_wrong_and_told(labels: Sequence[str], answers: Sequence[str]) -> None:
    """The model is that bad."""
    figure = _accuracy(_rows(labels, answers))

    right = sum(label == answer for label, answer in zip(labels, answers, strict=True))
    assert figure.candidate == pytest.approx(right / len(labels))
    assert figure.note == f"{_ROWS} answers of the model are no label of any row: {answers[-1]!r}"


def test_a_few_words_of_its_own_are_not_worth_a_remark() -> None:
    """Nor is a class that happens to be no label of a few rows."""
    assert _accuracy(_rows("abb", "abc", times=5)).note is None
    assert _accuracy(_rows("abb", "abc", times=6)).note is not None
    assert _accuracy(_rows("aaa", "abb")).note is None  # of one label there is nothing to tell words by


def test_free_text_is_no_closed_set_of_words() -> None:
    """Where most labels occur once, `Paris` for `paris` is a wrong answer to one question, as ever."""
    names = [f"City {at}" for at in range(50)]
    texts = evidence(labels=names, answers=[name.lower() for name in names[:25]] + names[25:])

    figure = _accuracy(texts)

    assert (figure.candidate, figure.note) == (0.5, None)


def test_the_remark_stands_in_the_finding() -> None:
    """Of a gate that passes as well."""
    ours = _rows(("a", "b", "c"), ("a", "b", "nothing"))
    gates = GateSet(name="s", regression=Regression(comparing=Comparing(margin=Margin(value=0.1))))

    found = finding(gates, ours, production(ours))

    assert found.verdict is Verdict.PASS
    assert "40 answers of the model are no label of any row: 'nothing'" in found.message
    assert "40 answers of the baseline are no label" in found.message


def test_rows_in_pieces_say_the_same(tmp_path: Path) -> None:
    """Which looked at no spelling at all."""
    n = 600
    frame = pl.DataFrame({"id": range(n), "y": ["0", "1"] * (n // 2), "p": ["0", " 1"] * (n // 2), "s": [0.5] * n})
    own = frame.with_columns(p=pl.Series(["0", "what"] * (n // 2)))

    with pytest.raises(MetricError, match="300 answers of the model differ from a label in spelling alone"):
        measuring_of(in_pieces(tmp_path / "a.parquet", frame, Columns())).figures(METRICS["accuracy"])
    (figure,) = measuring_of(in_pieces(tmp_path / "b.parquet", own, Columns())).figures(METRICS["accuracy"])

    assert figure.note == "300 answers of the model are no label of any row: 'what'"


def test_free_text_that_no_model_hits_is_judged() -> None:
    """Answers to a hundred open questions, of which the baseline has none: it is that bad, and its words are words."""
    labels = [f"answer {at}" for at in range(100)]
    ours = evidence(labels=labels, answers=[text if at % 2 else "no idea" for at, text in enumerate(labels)])
    theirs = evidence(labels=labels, answers=[f"guess {at % 7}" for at in range(100)])

    figure = _accuracy(ours, theirs)

    assert (figure.candidate, figure.baseline) == (0.5, 0.0)

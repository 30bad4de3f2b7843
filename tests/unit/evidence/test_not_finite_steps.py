"""What is said of a NaN in JSON helps where it stands: to leave a value out is no help where it has to be there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.errors import EvidenceError, Problem
from seatrial.evidence.answers import read_answers
from seatrial.evidence.cases import read_cases
from seatrial.evidence.metrics import read_metrics
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions
from seatrial.evidence.requests import read_requests
from seatrial.gates.behavioral.matchers.table import faults


def predictions(path: Path) -> object:
    return read_predictions(path, Columns(score="s"))


def cases(path: Path) -> object:
    return read_cases([path], check=faults)


@pytest.mark.parametrize(
    ("read", "name", "text", "helps"),
    [
        (predictions, "p.jsonl", '{"id": 1, "y": NaN, "p": "a", "s": 1}', "Leave rows without a label out"),
        (predictions, "p.jsonl", '{"id": 1, "y": "a", "p": NaN, "s": 1}', "has failed on that row"),
        (predictions, "p.jsonl", '{"id": 1, "y": "a", "p": 1e999, "s": 1}', "has failed on that row"),
        (predictions, "p.jsonl", '{"id": 1, "y": "a", "p": "a", "s": -Infinity}', "Write a score for every row"),
        (predictions, "p.jsonl", '{"id": 1, "y": "a", "p": "a", "s": 1, "more": NaN}', "leave a value out"),
        (read_answers, "a.jsonl", '{"id": 1, "answer": NaN}', 'as text, such as "NaN"'),
        (read_answers, "a.jsonl", '{"id": 1, "answer": "a", "score": NaN}', "leave a value out"),
        (cases, "c.jsonl", '{"id": 1, "input": {"age": NaN}, "expected": "a"}', "write null"),
        (cases, "c.jsonl", '{"id": 1, "input": 1, "expected": NaN}', 'as text, such as "NaN"'),
        (read_requests, "r.jsonl", "NaN", "write null"),
        (read_requests, "r.jsonl", "[1, NaN]", "write null"),
        (read_metrics, "m.json", '{"accuracy": NaN}', "leave a value out"),
    ],
)
def test_the_step_fits_the_field(
    read: Callable[[Path], object], name: str, text: str, helps: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(f"{text}\n")

    (problem,) = problems(read, tmp_path / name)

    assert helps in (problem.next_step or "")
    assert ("leave a value out" in helps) == ("leave a value out" in (problem.next_step or ""))


def test_an_answer_that_is_nan_can_be_written_as_the_step_says(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 1, "answer": "NaN"}\n')

    assert read_answers(tmp_path / "a.jsonl").by_case["1"][0].text == "NaN"


def problems(read: Callable[[Path], object], path: Path) -> tuple[Problem, ...]:
    with pytest.raises(EvidenceError) as caught:
        read(path)
    return caught.value.problems

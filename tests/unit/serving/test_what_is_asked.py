"""What a model is asked: requests shared out over its starts, inputs of a file or of test cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place, UsageError
from seatrial.evidence.case_records import Case, Cases
from seatrial.evidence.requests import read_requests
from seatrial.serving.making import few_of, inputs_of, rounds_of
from seatrial.serving.measure import Request
from seatrial.serving.policy import Timing


def timing(requests: int | None, starts: int) -> Timing:
    return Timing(requests=requests, warm_up=0, concurrency=1, starts=starts)


def names(rounds: tuple[tuple[Request, ...], ...]) -> list[list[str]]:
    return [[request.id for request in requests] for requests in rounds]


ABC: list[tuple[str, Json]] = [("a", 1), ("b", 2), ("c", 3)]


def test_without_a_number_each_input_is_sent_after_every_start() -> None:
    assert names(rounds_of(ABC, timing(None, 2))) == [["a", "b", "c"]] * 2


def test_inputs_are_sent_in_their_order_and_again_from_the_first() -> None:
    assert names(rounds_of(ABC, timing(7, 2))) == [["a", "b", "c"], ["a", "b", "c", "a"]]


@given(requests=st.integers(1, 200), starts=st.integers(1, 20), inputs=st.integers(1, 30))
def test_as_many_requests_are_sent_as_were_asked_for(requests: int, starts: int, inputs: int) -> None:
    """Shared out evenly, none lost between two starts, and no start without a request."""
    given_inputs: list[tuple[str, Json]] = [(str(number), number) for number in range(inputs)]

    rounds = rounds_of(given_inputs, timing(requests, starts))

    sent = [request for one in rounds for request in one]
    assert [request.id for request in sent] == [str(number % inputs) for number in range(requests)]
    assert len(rounds) == min(starts, requests)
    assert max(map(len, rounds)) - min(map(len, rounds)) <= 1


def test_a_contract_is_held_with_inputs_from_all_over() -> None:
    many: list[tuple[str, Json]] = [(str(number), number) for number in range(250)]

    assert few_of(ABC) == tuple(ABC)
    few = few_of(many)
    assert len({name for name, _ in few}) == 100
    assert (few[0][0], few[-1][0]) == ("0", "247")


def case(name: str, given_input: Json) -> Case:
    return Case(id=name, place=Place(file="c.csv"), input=given_input)


def test_inputs_of_cases_are_those_that_are_there() -> None:
    """Zero and false are inputs; a case that has none cannot be left out beside others that have."""
    assert inputs_of(Cases(sources=(), cases=(case("a", 0), case("b", False)))) == (("a", 0), ("b", False))
    assert inputs_of(Cases(sources=(), cases=(case("a", None),))) == ()
    with pytest.raises(UsageError, match=r"1 of 2 test cases have no input to ask the model with: b"):
        inputs_of(Cases(sources=(), cases=(case("a", 1), case("b", None))))


def test_requests_are_named_by_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_bytes(b'1\n\n{"x": [1, null]}\r\n"text"\nnull\n')

    assert read_requests(file) == (("line 1", 1), ("line 3", {"x": [1, None]}), ("line 4", "text"), ("line 5", None))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", ["r.jsonl: this file holds no requests"]),
        (b"\n \n", ["r.jsonl: this file holds no requests"]),
        (b"1\n[2,\nNaN\n", ["r.jsonl:2", "r.jsonl:3"]),
        (b"1\n\xff\n", ["r.jsonl:2"]),
    ],
)
def test_requests_that_cannot_be_read_are_told_line_by_line(tmp_path: Path, data: bytes, said: list[str]) -> None:
    file = tmp_path / "r.jsonl"
    file.write_bytes(data)

    with pytest.raises(EvidenceError) as caught:
        read_requests(file, shown="r.jsonl")

    found = [str(problem) for problem in caught.value.problems]
    assert len(found) == len(said)
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True))
    assert all(problem.next_step for problem in caught.value.problems)

"""Shapes, ranges and distances of answers, and laws that the distance of two answers keeps."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.evidence.contract_records import Comparison, ContractReport, Form
from seatrial.evidence.records import Source
from seatrial.gates.contract.judge import judge
from seatrial.gates.contract.policy import ContractRule, Output
from seatrial.serving.asking import UnusableJsonError, decoded
from seatrial.serving.seen import compared, distance, scores_of, shape_text, shapes_of
from seatrial.verdict import Verdict

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
ANSWERS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (1, "number"),
        (True, "truth"),
        (None, "null"),
        ("a", "text"),
        ([], "list of 0"),
        ([1, 2.5], "list of 2 (number)"),
        ([1, "a", 2], "list of 3 (number | text)"),
        ({"b": 1, "a": [True]}, "object (a: list of 1 (truth), b: number)"),
    ],
)
def test_a_shape_is_told_in_words(answer: Any, text: str) -> None:
    assert shape_text(answer) == text


def test_shapes_are_counted_with_the_first_of_each() -> None:
    one, other = shapes_of([("a", {"s": 1}), ("b", [1, 2]), ("c", {"s": 2.5})])

    assert (one.text, one.form, one.keys, one.count, one.first) == ("object (s: number)", Form.OBJECT, ("s",), 2, "a")
    assert (other.form, other.length, other.count, other.first) == (Form.LIST, 2, 1, "b")


def test_a_thousand_shapes_do_not_make_a_record_of_a_thousand_lines() -> None:
    found = shapes_of([(f"{at}", list(range(at))) for at in range(1000)])

    assert len(found) == 21
    assert sum(shape.count for shape in found) == 1000


@pytest.mark.parametrize(
    ("last", "promised"),
    [
        ("oops", Output(form=Form.LIST)),
        ([0] * 3, Output(form=Form.LIST, length=99)),
        ({"b": 1}, Output(form=Form.OBJECT, keys=("a",))),
    ],
)
def test_one_wrong_answer_is_not_lost_among_many_shapes(last: Any, promised: Output) -> None:
    """Beyond those that are listed, too: what breaks the promise is no part of a shape that keeps it."""
    many: list[Any] = [[[0] * at] + [0] * 98 for at in range(30)]
    if promised.form is Form.OBJECT:
        many = [{"a": [0] * at} for at in range(30)]
    if promised.length is None and promised.form is Form.LIST:
        many = [[0] * at for at in range(30)]
    answers = [(f"row {at}", answer) for at, answer in enumerate([*many, last])]

    assert judged(answers[:-1], promised) is Verdict.PASS
    assert judged(answers, promised) is Verdict.FAIL


def judged(answers: list[tuple[str, Any]], promised: Output) -> Verdict:
    """What the gate makes of the form of these answers."""
    report = ContractReport(
        source=Source(path="contract.json", digest="b3:0"),
        starts=(),
        asked=len(answers),
        unanswered=None,
        score=None,
        shapes=shapes_of(answers),
        batch=Comparison(compared=0, why_not="not asked"),
        repeat=Comparison(compared=0, why_not="not asked"),
        restart=Comparison(compared=0, why_not="not asked"),
    )
    found = {finding.name: finding.verdict for finding in judge(ContractRule(output=promised), report)}
    return found["contract.output"]


def test_numbers_at_a_path_are_ranged_and_what_is_none_is_counted() -> None:
    answers: list[tuple[str, Any]] = [
        ("a", {"p": [0.2, 0.8]}),
        ("b", {"p": [math.nan, 0.1]}),
        ("c", {"q": 1}),
        ("d", {"p": [True, "0.5"]}),
        ("e", {"p": {"x": 1.5}}),
    ]

    seen = scores_of(answers, "p")

    assert (seen.values, seen.least, seen.greatest) == (4, 0.1, 1.5)
    assert (seen.strangers, seen.first) == (4, "b")
    assert scores_of([], "p").least is None


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (1, 1.0, 0.0),
        (0.5, 0.25, 0.25),
        (100, 101, 1 / 101),
        (1e300, -1e300, 2.0),
        ([1, {"a": 2}], [1.5, {"a": 2}], 0.5 / 1.5),
        (math.nan, math.nan, 0.0),
        (10**400, 10**400, 0.0),
        (10**400, 1, None),
        (math.nan, 1.0, None),
        (math.inf, 1.0, None),
        (1, True, None),
        (1, "1", None),
        ("a", "b", None),
        ([1], [1, 2], None),
        ({"a": 1}, {"b": 1}, None),
        (None, 0, None),
        ([1, "a"], [2, "b"], None),
    ],
)
def test_the_distance_of_two_answers(one: Any, other: Any, apart: float | None) -> None:
    assert distance(one, other) == (None if apart is None else pytest.approx(apart, abs=1e-15))


@given(ANSWERS)
def test_an_answer_is_no_distance_from_itself(answer: Any) -> None:
    assert distance(answer, answer) == 0.0


@given(ANSWERS, ANSWERS)
def test_distance_is_the_same_both_ways_and_at_most_two(one: Any, other: Any) -> None:
    apart = distance(one, other)

    assert apart == distance(other, one)
    assert apart is None or 0 <= apart <= 2


def test_a_comparison_names_the_worst_or_the_first_that_is_unlike() -> None:
    ones: list[tuple[str, Any]] = [("a", 1.0), ("b", 2.0), ("c", 3.0)]

    found = compared(ones, {"a": 1.0, "b": 2.2, "c": 3.0}, "")
    assert (found.compared, found.unlike, found.where) == (3, 0, "b")
    assert found.worst == pytest.approx(0.2 / 2.2)
    found = compared(ones, {"a": 1.0, "b": 2.2, "c": "3"}, "")
    assert (found.unlike, found.where) == (1, "c")
    assert compared(ones, {}, "why").why_not == "why"
    some = compared(ones, {"a": 1.0}, "why")
    assert (some.compared, some.why_not) == (1, "why")


def test_what_is_nested_without_end_is_no_answer() -> None:
    with pytest.raises(ValueError, match="nested more than 64"):
        decoded(b"[" * 70 + b"]" * 70)
    with pytest.raises(ValueError, match="nested too deeply"):
        decoded(b"[" * 100_000 + b"]" * 100_000)
    assert decoded(b"[" * 64 + b"]" * 64) is not None


@pytest.mark.parametrize("text", [b'{"a": 1, "b": 2, "a": 1}', b'[{"in": {"a": 1, "b": 2, "a": 2}}]'])
def test_a_key_that_stands_twice_is_no_answer(text: bytes) -> None:
    """The last one would win, silently."""
    with pytest.raises(UnusableJsonError, match="has the key `a` twice in one object"):
        decoded(text)
    assert decoded(b'[{"a": 1}, {"a": 2, "b": {"a": 3}}]') == [{"a": 1}, {"a": 2, "b": {"a": 3}}]

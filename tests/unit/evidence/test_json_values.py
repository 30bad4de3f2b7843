"""A JSON value is what it was asked to be, or a fault with its key; and one wrong value is one fault."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place
from seatrial.evidence.json_value import Fault, Keys, Value
from seatrial.evidence.mistakes import MOST_PROBLEMS, Mistakes


class Sort(Enum):
    GOOD = "good"
    BAD = "bad"


def faults(value: Json, read: Callable[[Value], object]) -> list[str]:
    """What is said of a value that is read so, each with its key."""
    found: list[Fault] = []
    read(Value(value, found.append))
    return [f"{fault.key}: {fault.message}" for fault in found]


@pytest.mark.parametrize(
    ("value", "read", "made"),
    [
        ("a", Value.text, "a"),
        (True, Value.flag, True),
        (-3, Value.whole, -3),
        (2**63 - 1, Value.whole, 2**63 - 1),
        (3, Value.number, 3.0),
        (1.7e308, Value.number, 1.7e308),
        (["a", "b"], Value.texts, ("a", "b")),
        ([1, 2.5], Value.pair, (1.0, 2.5)),
        ("bad", lambda value: value.word(Sort), Sort.BAD),
        (None, lambda value: value.maybe(Value.text), None),
        ("a", lambda value: value.maybe(Value.text), "a"),
        ({"x": 1, "y": 2}, lambda value: value.named(Value.whole), {"x": 1, "y": 2}),
        ([{"n": 1}], lambda value: value.records(lambda keys: keys["n"].whole()), (1,)),
    ],
)
def test_what_is_of_the_type_is_given(value: Json, read: Callable[[Value], object], made: object) -> None:
    assert faults(value, read) == []
    assert read(Value(value, _raise)) == made


@pytest.mark.parametrize(
    ("value", "read", "said"),
    [
        (3, Value.text, ": this must be text"),
        (1, Value.flag, ": this must be true or false"),
        (True, Value.whole, ": this must be a whole number"),
        (3.0, Value.whole, ": this must be a whole number"),
        (2**63, Value.whole, ": this must be a whole number of at most 64 bits"),
        (0, lambda value: value.whole(least=1), ": this must be a whole number from 1 on"),
        (True, Value.number, ": this must be a number"),
        ("1", Value.number, ": this must be a number"),
        (10**400, Value.number, ": this must be a finite number"),
        (math.inf, Value.number, ": this must be a finite number"),
        (-0.5, lambda value: value.number(least=0), ": this must be a number from 0 on"),
        ("ugly", lambda value: value.word(Sort), ": this must be one of good, bad"),
        ({}, Value.items, ": this must be a list"),
        ([1], Value.pair, ": this must be a list of 2"),
        (["a", 3], Value.texts, "[1]: this must be text"),
        (None, Value.keys, ": this must be an object"),
        ([], lambda value: value.named(Value.text), ": this must be an object"),
        ({"a": 1}, lambda value: value.named(Value.text), "a: this must be text"),
        ({"a": [{"b": 1}]}, lambda value: value.keys()["a"].records(_b_as_text), "a[0].b: this must be text"),
        ({}, lambda value: value.record(_b_as_text), "b: `b` is missing"),
        ({"b": "", "bb": 1}, lambda value: value.record(_b_as_text), "bb: unknown key `bb`"),
    ],
)
def test_what_is_of_another_type_is_one_fault_with_its_key(
    value: Json, read: Callable[[Value], object], said: str
) -> None:
    assert faults(value, read) == [said]


def _b_as_text(keys: Keys) -> str:
    return keys["b"].text()


def test_what_lies_in_something_that_is_no_object_is_not_missed_as_well() -> None:
    def read(value: Value) -> Any:
        inner = value.keys()["inner"].keys()
        return inner["a"].text(), inner["b"].pair(), inner["c"].keys()["d"].whole()

    assert faults({"inner": 3}, read) == ["inner: this must be an object"]
    assert faults({}, read) == ["inner: `inner` is missing"]


def test_what_a_sparse_object_leaves_out_counts_as_null() -> None:
    keys = Value({"a": 1}, _raise).keys(sparse=True)

    assert (keys["b"].maybe(Value.whole), "a" in keys, "b" in keys) == (None, True, False)
    with pytest.raises(ValueError, match="b: this must be a whole number"):
        keys["b"].whole()


def test_a_key_that_may_be_left_out_has_its_usual_value() -> None:
    keys = Value({"a": 1}, _raise).keys()

    assert (keys.if_there("a", Value.whole, 7), keys.if_there("b", Value.whole, 7)) == (1, 7)


def test_the_nearest_known_key_is_named_or_else_all_of_them() -> None:
    found: list[Fault] = []
    keys = Value({"nmae": 1, "zzz": 2, "also": 3}, found.append).keys(sparse=True)
    keys["name"], keys["value"]
    keys.done(["also"])

    assert [fault.next_step for fault in found] == ["Did you mean `name`?", "The keys are name, value, also."]


def test_stand_ins_are_never_the_best_there_is() -> None:
    assert Value("x", _in_silence).word(Sort) is Sort.BAD
    assert math.isnan(Value("x", _in_silence).number())


def test_mistakes_tell_file_key_and_what_to_do_and_count_what_is_too_much() -> None:
    mistakes = Mistakes()
    value = Value([1] * (MOST_PROBLEMS + 2), mistakes.of("a.json", next_step="write it again", saying="no record"))
    value.texts()
    with pytest.raises(EvidenceError) as caught:
        mistakes.raise_all()

    first, *_, last = caught.value.problems
    assert (first.message, first.place) == ("no record: this must be text", Place(file="a.json", key="[0]"))
    assert first.next_step == "write it again"
    assert last.message == "and 2 more mistakes"


def _raise(fault: Fault) -> None:
    raise ValueError(f"{fault.key}: {fault.message}")


def _in_silence(_: Fault) -> None:
    pass


@pytest.mark.parametrize(("given", "known", "same"), [(1, 1, True), (True, 1, False), (1.0, 1, False), ("1", 1, False)])
def test_a_version_is_that_number_and_nothing_that_python_calls_equal(given: Json, known: int, same: bool) -> None:
    told: list[Fault] = []

    assert Value(given, told.append).equals(known) is same
    assert told == []

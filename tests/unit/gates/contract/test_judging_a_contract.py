"""The contract gate on records: each promise is judged alone, and what was not looked at is an ERROR."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.evidence.contract_records import (
    Comparison,
    ContractReport,
    Form,
    Scores,
    Shape,
    Start,
    Unanswered,
)
from seatrial.evidence.records import Source
from seatrial.gates.contract.judge import judge
from seatrial.gates.contract.policy import ContractRule, Output, Score
from seatrial.replacing import replace
from seatrial.verdict import Finding, Verdict

ALIKE = Comparison(compared=20)
NUMBERS = Shape(text="number", form=Form.NUMBER, length=None, keys=(), count=20, first="a")
REPORT = ContractReport(
    source=Source(path="contract.json", digest="b3:1", action=None, stage=None),
    starts=(Start(ok=True, seconds=1.5), Start(ok=True, seconds=2.5)),
    asked=20,
    unanswered=None,
    shapes=(NUMBERS,),
    score=Scores(path="", values=20, least=0.0, greatest=1.0, strangers=0),
    batch=ALIKE,
    repeat=ALIKE,
    restart=ALIKE,
)
RULE = ContractRule(score=Score(min=0, max=1))


def found(rule: ContractRule = RULE, **changes: Any) -> dict[str, Finding]:
    return {one.name.removeprefix("contract."): one for one in judge(rule, replace(REPORT, **changes))}


def said(finding: Finding) -> tuple[Verdict, str]:
    return finding.verdict, str(finding.reason)


def test_a_model_that_keeps_its_contract_passes_in_every_point() -> None:
    findings = found()

    assert {said(one) for one in findings.values()} == {(Verdict.PASS, "as_promised")}
    assert {one.kind for one in findings.values()} == {"contract"}
    assert {one.digests["candidate_contract"] for one in findings.values()} == {"b3:1"}


def test_checks_that_are_left_out_are_not_told() -> None:
    assert list(found(ContractRule(batch=None, deterministic=None))) == ["loads", "answers", "output"]


@pytest.mark.parametrize(("limit", "verdict"), [(2.5, Verdict.PASS), (2.4, Verdict.FAIL), (None, Verdict.PASS)])
def test_the_slowest_start_is_held_against_the_limit(limit: float | None, verdict: Verdict) -> None:
    one = found(replace(RULE, max_seconds=limit))["loads"]

    assert (one.verdict, one.estimate, one.threshold, one.n) == (verdict, 2.5, limit, 2)


def test_one_start_of_two_that_fails_is_a_fail() -> None:
    starts = (Start(ok=True, seconds=1.0), Start(ok=False, seconds=0.0, detail="exit code 3\nno weights"))

    one = found(starts=starts)["loads"]

    assert said(one) == (Verdict.FAIL, "does_not_load")
    assert "1 of 2 starts: exit code 3 | no weights" in one.message


def test_no_start_is_an_error() -> None:
    assert said(found(starts=())["loads"]) == (Verdict.ERROR, "not_looked_at")


def test_one_input_without_an_answer_is_a_fail() -> None:
    one = found(unanswered=Unanswered(count=1, first="row 7", detail="status 500"))["answers"]

    assert said(one) == (Verdict.FAIL, "unanswered")
    assert one.message == "1 of 20 inputs is not answered; first row 7: status 500"


def test_nothing_asked_is_an_error() -> None:
    assert said(found(asked=0, shapes=())["answers"]) == (Verdict.ERROR, "not_looked_at")
    assert said(found(asked=0, shapes=())["output"]) == (Verdict.ERROR, "not_looked_at")


OBJECTS = Shape(text="object (a: number, b: text)", form=Form.OBJECT, length=None, keys=("a", "b"), count=20, first="x")
LISTS = Shape(text="list of 3 (number)", form=Form.LIST, length=3, keys=(), count=20, first="x")


@pytest.mark.parametrize(
    ("promised", "shape", "fault"),
    [
        (Output(form=Form.NUMBER), NUMBERS, None),
        (Output(form=Form.TEXT), NUMBERS, "it is number"),
        (Output(form=Form.LIST), LISTS, None),
        (Output(form=Form.LIST, length=3), LISTS, None),
        (Output(form=Form.LIST, length=4), LISTS, "it has 3 entries"),
        (Output(form=Form.OBJECT, keys=("b", "a")), OBJECTS, None),
        (Output(form=Form.OBJECT, keys=("a", "c")), OBJECTS, "it lacks c and it has b that was not promised"),
        (Output(form=Form.OBJECT, keys=("a",)), OBJECTS, "it has b that was not promised"),
        (Output(form=Form.OBJECT, keys=("a", "b", "c")), OBJECTS, "it lacks c"),
    ],
)
def test_the_form_is_as_promised_or_the_fault_is_named(promised: Output, shape: Shape, fault: str | None) -> None:
    one = found(replace(RULE, output=promised), shapes=(shape,))["output"]

    assert said(one) == ((Verdict.PASS, "as_promised") if fault is None else (Verdict.FAIL, "wrong_shape"))
    assert fault is None or one.message.endswith(f": {fault}")


def test_without_a_promise_forms_and_keys_must_agree_and_lengths_need_not() -> None:
    """Lists of words are of different lengths in any honest model of text."""
    longer = replace(LISTS, length=5, text="list of 5 (number)")

    assert said(found(shapes=(LISTS, longer))["output"])[0] is Verdict.PASS
    assert said(found(shapes=(LISTS, NUMBERS))["output"])[0] is Verdict.FAIL
    assert said(found(shapes=(OBJECTS, replace(OBJECTS, keys=("a",))))["output"])[0] is Verdict.FAIL


def _lists(*lengths: int | None) -> tuple[Shape, ...]:
    return tuple(replace(LISTS, length=length, text=f"list of {length}", count=2) for length in lengths)


@pytest.mark.parametrize(
    ("shapes", "form"),
    [
        (_lists(0), "list of 0"),
        (_lists(0, 1, 29, 7), "list of 0 to 29"),
        ((LISTS, replace(LISTS, text="list of 3 (text)")), "list of 3"),
        (_lists(0, 1, None), "list, of different lengths"),
        ((OBJECTS,), "object (a: number, b: text)"),
        (
            (OBJECTS, replace(OBJECTS, text="object (a: text, b: text)")),
            "object (a, b), of which not all values are of one form",
        ),
    ],
)
def test_no_more_is_said_of_the_one_form_than_all_answers_have_in_common(shapes: tuple[Shape, ...], form: str) -> None:
    """The shape of the first answer is not that of all others."""
    one = found(shapes=shapes)["output"]

    assert said(one) == (Verdict.PASS, "as_promised")
    assert one.message == f"each of {sum(shape.count for shape in shapes)} answers is of one form: {form}"


def test_one_is_told_in_the_singular() -> None:
    """Of a contract with one input, and of one input among many that breaks it."""
    once = Comparison(compared=1)
    lone = found(
        asked=1,
        shapes=(replace(NUMBERS, count=1),),
        score=Scores(path="", values=1, least=0.5, greatest=0.5, strangers=0),
        repeat=once,
    )
    assert lone["answers"].message == "the only input is answered"
    assert lone["score"].message == "the only value of the answer is 0.5, within the range"
    assert lone["deterministic.repeat"].message.startswith("1 input asked twice by one process is answered alike")

    assert REPORT.score is not None
    broken = found(
        replace(RULE, output=Output(form=Form.NUMBER)),
        shapes=(replace(NUMBERS, count=19), replace(LISTS, count=1)),
        score=replace(REPORT.score, strangers=1, first="row 3"),
        repeat=Comparison(compared=20, unlike=1, where="row 3"),
    )
    assert broken["output"].message.startswith("1 of 20 answers is not a number; first x")
    assert broken["score"].message == "1 value of the answer is no finite number, or absent; first in row 3"
    assert broken["deterministic.repeat"].message == (
        "1 of 20 inputs asked twice by one process is answered differently, first row 3"
    )


@pytest.mark.parametrize(
    ("changes", "verdict", "reason", "estimate"),
    [
        ({"greatest": 1.0000001}, Verdict.FAIL, "above_max", 1.0000001),
        ({"least": -1e-9}, Verdict.FAIL, "below_min", -1e-9),
        ({"strangers": 1, "first": "row 3"}, Verdict.FAIL, "not_a_number", None),
        ({"values": 0, "least": None, "greatest": None}, Verdict.ERROR, "not_looked_at", None),
        ({"path": "p"}, Verdict.ERROR, "not_looked_at", None),
    ],
)
def test_scores_leave_their_range_by_as_little_as_there_is(
    changes: dict[str, Any], verdict: Verdict, reason: str, estimate: float | None
) -> None:
    assert REPORT.score is not None
    one = found(score=replace(REPORT.score, **changes))["score"]

    assert (*said(one), one.estimate) == (verdict, reason, estimate)


def test_a_range_that_nobody_looked_at_is_an_error() -> None:
    assert said(found(score=None)["score"]) == (Verdict.ERROR, "not_looked_at")


@pytest.mark.parametrize(
    ("name", "field", "tolerance"),
    [("batch", "batch", 1e-6), ("deterministic.repeat", "repeat", 0.0), ("deterministic.restart", "restart", 0.0)],
)
def test_what_differs_is_a_fail_and_what_was_not_compared_an_error(name: str, field: str, tolerance: float) -> None:
    def of(comparison: Comparison) -> tuple[Verdict, str]:
        changes: dict[str, Any] = {field: comparison}
        return said(found(**changes)[name])

    assert of(Comparison(compared=20, worst=tolerance)) == (Verdict.PASS, "as_promised")
    assert of(Comparison(compared=20, worst=tolerance * 1.01 + 1e-15)) == (Verdict.FAIL, "differs")
    assert of(Comparison(compared=20, unlike=1, where="a")) == (Verdict.FAIL, "differs")
    assert of(Comparison(compared=0, why_not="it died")) == (Verdict.ERROR, "not_looked_at")
    assert of(Comparison(compared=19, why_not="it died")) == (Verdict.ERROR, "not_looked_at")
    assert of(Comparison(compared=19, unlike=1, where="a", why_not="it died")) == (Verdict.FAIL, "differs")
    assert of(Comparison(compared=19, worst=tolerance + 1, where="a", why_not="it died")) == (Verdict.FAIL, "differs")


def test_only_inputs_that_were_answered_have_answers_to_be_held_to() -> None:
    some = replace(NUMBERS, count=18)
    findings = found(
        unanswered=Unanswered(count=2, first="s", detail="no"), shapes=(some,), repeat=Comparison(compared=18)
    )

    assert said(findings["deterministic.repeat"]) == (Verdict.PASS, "as_promised")


def test_one_broken_promise_leaves_the_others_as_they_are() -> None:
    findings = found(batch=Comparison(compared=20, unlike=1, where="a"))

    assert [name for name, one in findings.items() if one.verdict is not Verdict.PASS] == ["batch"]


@given(st.floats(0, 0.999), st.floats(0, 2))
def test_a_larger_tolerance_never_turns_a_pass_into_a_fail(tolerance: float, worst: float) -> None:
    seen = Comparison(compared=20, worst=worst, where="a")
    verdicts = [
        found(replace(RULE, batch=allowed), batch=seen)["batch"].verdict for allowed in (tolerance, tolerance + 0.5)
    ]

    assert verdicts != [Verdict.PASS, Verdict.FAIL]
    assert (verdicts[0] is Verdict.PASS) == (worst <= tolerance)

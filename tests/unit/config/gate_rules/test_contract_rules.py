"""`contract:` of a gate set is read with its defaults, and each mistake is told where it stands."""

from __future__ import annotations

import pytest

from seatrial.config.gate_rules.contract import read
from seatrial.config.node import Node, Notes
from seatrial.config.yaml_source import parse_yaml
from seatrial.evidence.contract_records import Form
from seatrial.gates.contract.policy import ContractRule, Output, Score
from seatrial.replacing import replace


def reading(text: str) -> tuple[ContractRule, list[str]]:
    """The rule under `contract:`, and what was noted."""
    source = parse_yaml(f"contract: {text}\n".encode(), "gates.yaml")
    notes = Notes()
    node = Node(source, (), source.value, notes).child("contract")
    assert node is not None
    rule = read(node)
    assert all(problem.next_step for problem in notes.problems)
    return replace(rule, place=None), [str(problem) for problem in notes.problems]


def test_an_empty_contract_demands_all_that_has_a_default() -> None:
    assert reading("{}") == (ContractRule(batch=1e-6, deterministic=0.0), [])


def test_every_key_is_read() -> None:
    text = (
        "{loads: {max_seconds: 30}, output: {type: object, keys: [label, score]}, "
        "score: {path: score, min: 0, max: 1}, batch: {tolerance: 1e-5}, deterministic: {tolerance: 0.001}}"
    )

    assert reading(text) == (
        ContractRule(
            max_seconds=30.0,
            output=Output(form=Form.OBJECT, keys=("label", "score")),
            score=Score(path="score", min=0.0, max=1.0),
            batch=1e-5,
            deterministic=0.001,
        ),
        [],
    )


@pytest.mark.parametrize(
    ("text", "batch", "deterministic"),
    [("{batch: false}", None, 0.0), ("{deterministic: false}", 1e-6, None), ("{batch: true}", 1e-6, 0.0)],
)
def test_a_check_is_left_out_by_false(text: str, batch: float | None, deterministic: float | None) -> None:
    rule, noted = reading(text)

    assert (rule.batch, rule.deterministic, noted) == (batch, deterministic, [])


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("{output: {type: number, length: 3}}", "length", "`length` belongs to `type: list`"),
        ("{output: {type: list, keys: [a]}}", "keys", "`keys` belongs to `type: object`"),
        ("{output: {type: float}}", "float", "type cannot be `float`"),
        ("{output: {}}", "output", "`type` is missing"),
        ("{output: {type: object, keys: []}}", "[]", "an object without keys says nothing"),
        ("{output: {type: list, length: -1}}", "-1", "length must be a whole number"),
        ("{score: {path: p}}", "score", "a range needs `min`, `max` or both"),
        ("{score: {min: 2, max: 1}}", "2", "min 2 is above max 1, so nothing could pass"),
        ("{score: {min: low}}", "low", "min must be a number"),
        ("{batch: 1e-6}", "1e-6", "batch must be true, false or `{tolerance: ...}`"),
        ("{batch: {tolerance: 1}}", "1}", "tolerance must lie from 0 to below 1, and is 1"),
        ("{batch: {tolerance: -1}}", "-1", "tolerance must lie from 0"),
        ("{batch: {}}", "batch", "`tolerance` is missing"),
        ("{loads: {max_seconds: 0}}", "0}", "max_seconds must be a positive time"),
        ("{loads: {}}", "loads", "`max_seconds` is missing"),
        ("{determinstic: false}", "determinstic", "unknown key `determinstic`"),
        ("true", "true", "a mapping with the keys"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(text: str, at: str, said: str) -> None:
    _, [noted] = reading(text)

    assert noted.startswith(f"gates.yaml:1:{len('contract: ') + text.index(at) + 1} contract")
    assert said in noted


def test_all_mistakes_are_told_at_once() -> None:
    _, noted = reading("{score: {min: a}, batch: 3, output: {type: x}, more: 1}")

    assert len(noted) == 4

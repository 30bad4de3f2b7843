"""`contract:` of a gate set: text to a `ContractRule`.

    contract:
      loads: {max_seconds: 30}
      output: {type: object, keys: [label, score]}
      score: {path: score, min: 0, max: 1}
      batch: {tolerance: 1e-5}
      deterministic: false

`contract: {}` demands what is demanded of every model: that it loads, answers, and answers alike. Limits that nothing
could meet, or that nothing could miss, are refused.
"""

from __future__ import annotations

from seatrial.config.amounts import count, duration
from seatrial.config.node import Node, kind
from seatrial.evidence.contract_records import Form
from seatrial.gates.contract.policy import ContractRule, Output, Score

CONTRACT_KEYS = ("loads", "output", "score", "batch", "deterministic")
LOADS_KEYS = ("max_seconds",)
OUTPUT_KEYS = ("type", "length", "keys")
SCORE_KEYS = ("path", "min", "max")
ALIKE_KEYS = ("tolerance",)


def read(node: Node) -> ContractRule:
    """The rule; every mistake is noted."""
    default = ContractRule()
    if not node.fields(CONTRACT_KEYS):
        return default
    loads, output, score = (node.child(key) for key in CONTRACT_KEYS[:3])
    return ContractRule(
        max_seconds=default.max_seconds if loads is None else _max_seconds(loads),
        output=default.output if output is None else _output(output),
        score=default.score if score is None else _score(score),
        batch=_tolerance(node, "batch", default.batch),
        deterministic=_tolerance(node, "deterministic", default.deterministic),
        place=node.key_place,
    )


def _max_seconds(node: Node) -> float | None:
    if not node.fields(LOADS_KEYS):
        return None
    limit = node.required("max_seconds", "write how long a start may take, e.g. `max_seconds: 30`")
    return None if limit is None else duration(limit, "max_seconds")


def _output(node: Node) -> Output | None:
    if not node.fields(OUTPUT_KEYS):
        return None
    words = tuple(form.value for form in Form)
    named = node.required("type", f"write what every answer is, one of {', '.join(words)}")
    word = None if named is None else named.choice(words, "type")
    form = Form(word) if word is not None else Form.OBJECT
    length, keys = node.child("length"), node.child("keys")
    for child, name, wanted in ((length, "length", Form.LIST), (keys, "keys", Form.OBJECT)):
        if child is not None and word is not None and form is not wanted:
            child.complain(
                f"`{name}` belongs to `type: {wanted.value}`",
                f"write `type: {wanted.value}`, or remove it",
                at_key=True,
            )
    if keys is not None and keys.value == []:
        keys.complain("an object without keys says nothing", "name its keys, or remove `keys`")
    return Output(
        form=form,
        length=None if length is None else count(length, "length"),
        keys=None if keys is None else keys.texts("keys"),
    )


def _score(node: Node) -> Score | None:
    if not node.fields(SCORE_KEYS):
        return None
    path = node.child("path")
    least, most = (None if (child := node.child(key)) is None else child.number(key) for key in ("min", "max"))
    if least is None and most is None and not node.broken:
        node.complain("a range needs `min`, `max` or both", "write e.g. `score: {min: 0, max: 1}`", at_key=True)
    if least is not None and most is not None and least > most:
        node.at("min").complain(
            f"min {least:g} is above max {most:g}, so nothing could pass", "swap them, or remove one"
        )
    return Score(path="" if path is None else path.text("path"), min=least, max=most)


def _tolerance(node: Node, key: str, default: float | None) -> float | None:
    """`{tolerance: 1e-6}`, `true` for the usual one, `false` for none of this check."""
    child = node.child(key)
    if child is None or child.value is True:
        return default
    if child.value is False:
        return None
    if not isinstance(child.value, dict):
        child.complain(
            f"{key} must be true, false or `{{tolerance: ...}}`, not {kind(child.value)}",
            f"write `{key}: {{tolerance: 1e-6}}`, or `{key}: false` to leave it out",
        )
        return default
    if not child.fields(ALIKE_KEYS):
        return default
    at = child.required("tolerance", "write how far apart two numbers may be, e.g. `tolerance: 1e-6`")
    value = default if at is None else at.number("tolerance")
    if at is not None and value is not None and not 0 <= value < 1 and not at.broken:
        at.complain(f"tolerance must lie from 0 to below 1, and is {value:g}", "write e.g. 1e-6")
    return value

"""`exact`: the answer is the expected value.

Compared as canonical text, so that 1, 1.0 and "1" agree across file formats; accents in one spelling (NFC). A list or
object is compared with the answer read as JSON, value by value under the same rule. `ignore_case` and `strip` (spaces
and line breaks around the answer) are for models that write prose.
"""

from __future__ import annotations

import json

from seatrial.digest import Json
from seatrial.evidence.canonical_scalar import canonical_one, of_value
from seatrial.evidence.case_records import Answer
from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher, never, normal
from seatrial.gates.quoting import shown

KEYS = ("expected", "ignore_case", "strip")


def read(arguments: Arguments) -> Matcher:
    """The matcher of these arguments."""
    expected = arguments.required("expected", "cat")
    ignore_case, strip = arguments.flag("ignore_case", False), arguments.flag("strip", False)
    if isinstance(expected, list | dict):
        same = _canonical(expected)
        return Matcher(wanted=f"the JSON value {shown(of_value(expected))}", holds=lambda answer: _equal(answer, same))
    text = of_value(expected)
    if text is None:
        if expected is not None:
            arguments.fault("expected", "`expected` is a float too large to be exact", "Write it as text.")
        return Matcher(wanted="", holds=never)

    def folded(written: str) -> str:
        plain = canonical_one(normal(written.strip() if strip else written))
        return plain.casefold() if ignore_case else plain

    wanted = folded(text)
    return Matcher(wanted=f"{shown(text)!r}", holds=lambda answer: folded(answer.text) == wanted)


def _equal(answer: Answer, expected: object) -> bool:
    try:
        found = json.loads(answer.text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return _canonical(found) == expected


def _canonical(value: Json) -> object:
    """A value whose leaves are canonical texts; null stays None, which no text is."""
    if isinstance(value, dict):
        return {normal(key): _canonical(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_canonical(one) for one in value]
    text = of_value(value)
    if text is None:
        return None if value is None else repr(value)
    return normal(text)


def _refuse(constant: str) -> None:
    raise ValueError(constant)

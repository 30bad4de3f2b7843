"""JSON, read strictly: what two readers could understand differently is refused.

Called by the readers of metrics and JSONL predictions, and by whoever reads records that Seatrial
wrote. Beyond the standard library's parser it refuses the tokens NaN and Infinity, numbers that
overflow (`1e999`), whole numbers longer than any number, duplicate keys, halves of surrogate pairs, text
that is not UTF-8, and anything larger or deeper than the caps.

Subtle: the fast decoder only says yes or no here; messages with line, column and key come from
`json_walk`, which runs only after a no. Nesting is measured before parsing, so that a hostile file
never reaches the recursion of the decoder.
"""

from __future__ import annotations

import json
import math
import re
from typing import Final, NoReturn

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place
from seatrial.evidence import reading
from seatrial.evidence.json_walk import MOST_DIGITS, FiniteStep, Walk, left_out

MAX_BYTES: Final = 64 * reading.MIB
MAX_DEPTH: Final = 64

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


class _FaultError(ValueError):
    """Something the standard decoder would have let through."""


def loads(
    data: bytes,
    *,
    file: str,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    first_line: int = 1,
    finite_step: FiniteStep = left_out,
) -> Json:
    """The JSON value in `data`.

    `file` names the data in messages, `first_line` the line at which it starts there (for JSONL).
    Objects and arrays may be nested `max_depth` deep. `finite_step` says what helps where a number is not finite: to
    leave the value out does not help everywhere. Raises EvidenceError, with a problem for each
    mistake that could be told apart.
    """
    if len(data) > max_bytes:
        raise reading.too_large(file=file, limit=max_bytes)
    text = reading.decode(data, file=file, first_line=first_line)
    if _deeper_than(data, max_depth):
        raise _explained(text, file, max_depth, first_line, finite_step, "the nesting is too deep")
    try:
        value: Json = _DECODER.decode(text)
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # halves of surrogate pairs fail here
    except ValueError as error:  # JSONDecodeError, UnicodeEncodeError and _FaultError are all of this kind
        raise _explained(text, file, max_depth, first_line, finite_step, str(error)) from error
    return value


def examine(data: bytes, *, file: str, max_depth: int = MAX_DEPTH) -> Walk:
    """Walk `data` slowly, for the offsets of its values and for every mistake at once.

    Raises EvidenceError only for text that is not UTF-8.
    """
    return Walk(text=reading.decode(data, file=file), file=file, max_depth=max_depth, keep_offsets=True).run()


def _explained(
    text: str, file: str, max_depth: int, first_line: int, finite_step: FiniteStep, fallback: str
) -> EvidenceError:
    if not text.strip():
        return EvidenceError(
            "this file is empty",
            place=Place(file=file, line=first_line),
            next_step="Check that the program that writes it came to its end.",
        )
    if text.startswith("\ufeff"):
        return EvidenceError(
            "this file begins with a byte order mark, which JSON does not allow",
            place=Place(file=file, line=first_line, column=1),
            next_step="Write it with encoding='utf-8', not 'utf-8-sig'.",
        )
    walk = Walk(text=text, file=file, max_depth=max_depth, first_line=first_line, finite_step=finite_step)
    problems = tuple(walk.run().problems)
    if not problems:  # the two parsers disagree: still a refusal, only with less to say
        return EvidenceError(f"this is not valid JSON: {fallback}", place=Place(file=file, line=first_line))
    return EvidenceError(problems[0].message, problems=problems)


def _deeper_than(data: bytes, most: int) -> bool:
    if data.count(b"[") + data.count(b"{") <= most:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", data)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > most:
            return True
    return False


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _FaultError("a key appears twice")
    return members


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _FaultError("a number is too large")
    return value


def _int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _FaultError("a whole number is too long")
    return int(digits)


def _constant(token: str) -> NoReturn:
    raise _FaultError(f"{token} is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=_int, parse_constant=_constant)

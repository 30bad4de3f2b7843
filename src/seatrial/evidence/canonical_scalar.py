"""One text for one value, asked of one value at a time. Pure.

`canonical_text` states the rule and applies it to whole columns; this file holds the parts of it that are
plain Python, and applies it to a single text or JSON value. Called by the readers of test cases and answers,
whose tables are small, and by the matchers of the behavioral gate, which may not load polars.

Subtle: both must make the same text of everything; a property test holds them together.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Final

from seatrial.digest import Json

LARGEST_EXACT: Final = 2**53  # below it a float64 holds every whole number

WHOLE: Final = r"^(-?(?:0|[1-9][0-9]*))\.0+$"
TINY: Final = r"^-?(?:0\.0000[0-9]+|[0-9](?:\.[0-9]+)?[eE]-[0-9]+)$"
SPELLINGS: Final[Mapping[str, str]] = {
    "-0": "0",
    "True": "true",
    "TRUE": "true",
    "False": "false",
    "FALSE": "false",
}

# Python's `$` also matches before a line break at the end, which polars' does not.
_WHOLE = re.compile(WHOLE.removesuffix("$") + r"\Z")
_TINY = re.compile(TINY.removesuffix("$") + r"\Z")


def canonical_one(text: str) -> str:
    """The canonical text of one text."""
    whole = _WHOLE.match(text)
    if whole:
        text = whole.group(1)
    text = SPELLINGS.get(text, text)
    return tiny(text) if _TINY.match(text) else text


def of_value(value: Json) -> str | None:
    """The canonical text of one JSON value; None for null and for a whole float too large to trust.

    A list or an object becomes its JSON text, keys sorted.
    """
    match value:
        case None:
            return None
        case str():
            return canonical_one(value)
        case bool():
            return "true" if value else "false"
        case int():
            return canonical_one(str(value))
        case float():
            text = of_float(value)
            return None if text is None else canonical_one(text)
        case _:
            return json.dumps(value, ensure_ascii=False, sort_keys=True)


def of_float(value: float) -> str | None:
    """The text of one Python float; None for a whole number too large to trust."""
    if value.is_integer():
        return str(int(value)) if abs(value) < LARGEST_EXACT else None
    return repr(value)


def number_of(value: Json) -> float | None:
    """A finite number, or a text that is one; None for anything else. Truth values are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and "_" not in str(value) else None


def tiny(spelling: str) -> str:
    """Python's spelling of a small number, or the text itself where that would not be the same digits."""
    value = float(spelling)
    return repr(value) if value != 0 and _digits(repr(value)) == _digits(spelling) else spelling


def _digits(spelling: str) -> str:
    return re.sub(r"[eE].*|[-.]", "", spelling).strip("0")

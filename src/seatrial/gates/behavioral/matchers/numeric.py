"""`numeric`: the answer is a number within a tolerance of the expected one.

Within means |answer - expected| <= max(absolute, relative * |expected|), both 0 unless written, and numbers are taken
as the decimals they are written as. The answer must be one
number and nothing else, spaces around it aside, unless `find: first` or `find: last` picks one out of prose. An answer
that is no finite number does not hold; it is an answer, and a wrong one.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from seatrial.evidence.case_records import Answer
from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher, never

KEYS = ("expected", "absolute", "relative", "find")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_FIND = ("whole", "first", "last")


def read(arguments: Arguments) -> Matcher:
    """The matcher of these arguments."""
    arguments.required("expected", "3.14")
    expected = arguments.number("expected")
    absolute, relative = arguments.number("absolute", least=0), arguments.number("relative", least=0)
    find = arguments.choice("find", _FIND)
    if expected is None:
        return Matcher(wanted="", holds=never)
    wanted = as_written(expected)
    room = max(as_written(absolute or 0.0), as_written(relative or 0.0) * abs(wanted))

    def holds(answer: Answer) -> bool:
        found = number_in(answer.text, find)
        return found is not None and abs(as_written(found) - wanted) <= room

    around = f" (within {float(room):.6g})" if room else ""
    return Matcher(wanted=f"the number {expected:.12g}{around}", holds=holds)


def number_in(text: str, find: str = "whole") -> float | None:
    """The finite number that an answer is, or holds; None where there is none.

    Only digits, a point, a sign and an exponent make a number: `1_000`, `1,000` and `nan` are none.
    """
    if find == "whole":
        whole = _NUMBER.fullmatch(text.strip())
        return _finite(whole.group()) if whole else None
    found = _NUMBER.findall(text)
    if not found:
        return None
    return _finite(found[0] if find == "first" else found[-1])


def as_written(value: float) -> Fraction:
    """A number as the decimal that a person wrote: 0.4 and 0.3 are 0.1 apart, which floats are not."""
    return Fraction(repr(value))


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None

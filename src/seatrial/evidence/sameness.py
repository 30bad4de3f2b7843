"""How two files that should be the same compare: the records, and values compared within a tolerance.

Pure. Called by `file_comparison`, which reads the files. Numbers are close when `math.isclose` says so, with
the tolerance both as the relative and as the absolute one; whole numbers, texts and everything else must
be equal, because nothing is nearly an id.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import zip_longest

from msgspec import Struct

from seatrial.digest import Json

_SHOWN = 60
_ABSENT = "(nothing)"


class Sameness(StrEnum):
    """What was found of two files."""

    EQUAL = "equal"
    WITHIN = "within_tolerance"
    DIFFERENT = "different"


class Clue(StrEnum):
    """What a difference looks like: where to look for its cause."""

    TIME = "time"
    ORDER = "order"
    IDENTIFIER = "identifier"
    ARCHIVE = "archive"
    ROUNDING = "rounding"
    RANDOM = "random"


class Spot(Struct, frozen=True, kw_only=True):
    """The first place where two files differ, and what stands there in each."""

    place: str
    first: str
    second: str


class FileComparison(Struct, frozen=True, kw_only=True):
    """One file of the first run beside the same file of the second. `spot` is there unless they are byte-equal."""

    path: str
    sameness: Sameness
    spot: Spot | None = None
    clues: tuple[Clue, ...] = ()


def differing_json(one: Json, other: Json, tolerance: float, *, path: str = "") -> Spot | None:
    """The first key or item that differs by more than the tolerance, None when none does."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            below = f"{path}.{key}" if path else str(key)
            if key not in one or key not in other:
                return Spot(
                    place=f"key {below}",
                    first=_shown(one[key]) if key in one else _ABSENT,
                    second=_shown(other[key]) if key in other else _ABSENT,
                )
            if found := differing_json(one[key], other[key], tolerance, path=below):
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            where = f"length of {path}" if path else "length"
            return Spot(place=where, first=str(len(one)), second=str(len(other)))
        for position, (left, right) in enumerate(zip(one, other, strict=True)):
            if found := differing_json(left, right, tolerance, path=f"{path}[{position}]"):
                return found
        return None
    if close(one, other, tolerance):
        return None
    return Spot(place=f"key {path}" if path else "value", first=_shown(one), second=_shown(other))


def differing_rows(
    one: Sequence[Sequence[str]], other: Sequence[Sequence[str]], tolerance: float, *, exact: frozenset[str]
) -> Spot | None:
    """The first cell of two tables, header first, that differs by more than the tolerance.

    Cells of the columns in `exact` must have the same text.
    """
    header = one[0] if one else ()
    for number, (left, right) in enumerate(zip_longest(one, other)):
        if left is None or right is None:
            return Spot(place="number of rows", first=str(len(one) - 1), second=str(len(other) - 1))
        for position, (a, b) in enumerate(zip_longest(left, right)):
            column = header[position] if position < len(header) else str(position + 1)
            loose = number > 0 and column not in exact and a is not None and b is not None
            if a == b or (loose and close(number_in(a), number_in(b), tolerance)):
                continue
            row = f"row {number}, " if number else "header, "
            return Spot(place=f"{row}column {column}", first=_shown(a, bare=True), second=_shown(b, bare=True))
    return None


def close(one: Json, other: Json, tolerance: float) -> bool:
    """Whether two values are the same; floats may differ by the tolerance, NaN is the same as NaN."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    if isinstance(one, int | float) and isinstance(other, int | float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
    return type(one) is type(other) and one == other


def number_in(text: str) -> Json:
    """The number that a table's cell holds, its text when it holds none."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _shown(value: Json, *, bare: bool = False) -> str:
    text = (value if isinstance(value, str) else _ABSENT) if bare else repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."

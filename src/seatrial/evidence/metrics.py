"""Metrics files: one JSON object of finite numbers, nested as the user likes.

Called by the flows for every out declared `as: metrics`. A metric that could not be measured must
be absent: NaN, null, text and truth values are refused, because a gate that met one of them would have to
guess. All mistakes of a file are told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import reading, strict_json
from seatrial.evidence.json_walk import MOST_PROBLEMS, KeyPath, Refused, dotted
from seatrial.evidence.records import Metrics

MAX_BYTES: Final = 16 * reading.MIB
_EXAMPLE = 'Write one JSON object of numbers, such as {"accuracy": 0.93, "loss": {"val": 0.21}}.'


def read_metrics(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> Metrics:
    """The metrics in a JSON file, nested keys joined by dots, in the order of the file.

    `shown` is the path in messages and in the source, `action` and `stage` say what made the file.
    Raises EvidenceError for a missing file, anything but finite numbers, two keys that flatten to one name,
    or no number at all.
    """
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    try:
        value: Json | Refused = strict_json.loads(data, file=file, max_bytes=MAX_BYTES)
    except EvidenceError as error:
        raise _with_every_problem(data, file, error) from error
    values, wrong = _flatten(value)
    if wrong:
        raise _with_every_problem(data, file, None)
    return Metrics(source=reading.source_of(data, file=file, action=action, stage=stage), values=values)


def _with_every_problem(data: bytes, file: str, refused: EvidenceError | None) -> EvidenceError:
    """What the JSON reader refused and what is no metric, together, in the order of the file."""
    try:
        walk = strict_json.examine(data, file=file)
    except EvidenceError as error:
        return error
    if isinstance(walk.value, Refused):  # nothing could be understood; the JSON reader has said it better
        return refused or EvidenceError("this is not valid JSON", problems=tuple(walk.problems))
    wrong = [(walk.offsets.get(path, 0), path, message, step) for path, message, step in _flatten(walk.value)[1]]
    problems = list(walk.problems)
    for at, path, message, next_step in sorted(wrong, key=_offset)[:MOST_PROBLEMS]:
        line, column = walk.line_and_column(at)
        place = Place(file=file, line=line, column=column, key=dotted(path) or None)
        problems.append(Problem(message=message, place=place, next_step=next_step))
    shown = sorted(problems, key=_position)[:MOST_PROBLEMS]
    return EvidenceError(shown[0].message, problems=tuple(shown))


def _offset(wrong: tuple[int, KeyPath, str, str]) -> int:
    return wrong[0]


def _position(problem: Problem) -> tuple[int, int]:
    place = problem.place or Place()
    return (place.line or 0, place.column or 0)


_Wrong = tuple[KeyPath, str, str]


def _flatten(value: Json | Refused) -> tuple[Mapping[str, float], list[_Wrong]]:
    if not isinstance(value, Mapping):
        return {}, [((), f"the top of a metrics file is an object, not {_kind(value)}", _EXAMPLE)]
    values: dict[str, float] = {}
    wrong: list[_Wrong] = []
    for path, leaf in _leaves(value, ()):
        name = dotted(path)
        number = _number(leaf)
        if isinstance(number, float):
            if name in values:
                wrong.append((path, f"two keys give the metric `{name}`", "Rename one of the two."))
            values[name] = number
        elif number is not None:
            wrong.append((path, *number))
    return values, wrong


def _leaves(value: Mapping[str, Json], path: KeyPath) -> Iterator[tuple[KeyPath, Json | Refused]]:
    """Everything that is not an object with members; an empty object is a leaf, and so refused."""
    if not value:
        yield path, value
    for name, inner in value.items():
        if isinstance(inner, Mapping) and name:
            yield from _leaves(inner, (*path, name))
        else:
            yield (*path, name), inner if name else _NAMELESS


_NAMELESS: Json = ()


def _number(leaf: Json | Refused) -> float | tuple[str, str] | None:
    """The finite number, or what is wrong and what to do; None where the JSON reader has spoken already."""
    match leaf:
        case bool():
            return f"the value is {str(leaf).lower()}, not a number", "Write 1 or 0 if a count is meant."
        case int() | float():
            try:
                return float(leaf)
            except OverflowError:
                return "this whole number is too large for a metric", "Write it in a larger unit."
        case str():
            return f"the value is the text {_clipped(leaf)}, not a number", "Write the number without quotes."
        case None:
            return "the value is null, not a number", "Leave the metric out when it could not be measured."
        case Refused():
            return None
        case Mapping():
            return "this object holds no metric", _EXAMPLE
        case _ if leaf is _NAMELESS:
            return "a metric's name is empty", "Give the metric a name."
        case _:
            return "the value is a list, not a number", "Write one number for each metric; curves go to a CSV file."


def _kind(value: Json | Refused) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int() | float() | Refused():
            return "a number"
        case str():
            return "a text"
        case _:
            return "a list"


def _clipped(text: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    return repr(shown)

"""What can be seen of answers without knowing what they mean: their shapes, the numbers in them, how two differ. Pure.

Called by `contract`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from seatrial.digest import Json
from seatrial.evidence.contract_records import Comparison, Form, Scores, Shape
from seatrial.serving.presets import WrongShapeError, follow

Answer = tuple[str, Json]
"""An answer, with the id of its input."""
_MOST_SHAPES = 20
_OTHER_KEYS = ("keys that differ from answer to answer",)


def shapes_of(answers: Sequence[Answer]) -> tuple[Shape, ...]:
    """The shapes that answers have, in the order in which they were first seen; of more than 20, the rest by their form
    alone.

    What a promise may be about stays true of the rest: answers of two forms are never one shape, and where lengths or
    keys differ within one, it has no length, and keys that nobody promises.
    """
    seen: dict[str, list[Answer]] = {}
    for name, answer in answers:
        text = shape_text(answer)
        if text not in seen and len(seen) >= _MOST_SHAPES:
            text = f"{_form(answer).value} (of more kinds than are listed)"
        seen.setdefault(text, []).append((name, answer))
    return tuple(_shape(text, found) for text, found in seen.items())


def _shape(text: str, answers: Sequence[Answer]) -> Shape:
    lengths = {len(answer) if isinstance(answer, list) else None for _, answer in answers}
    keys = {tuple(sorted(map(str, answer))) if isinstance(answer, Mapping) else () for _, answer in answers}
    return Shape(
        text=text,
        form=_form(answers[0][1]),
        length=lengths.pop() if len(lengths) == 1 else None,
        keys=keys.pop() if len(keys) == 1 else _OTHER_KEYS,
        count=len(answers),
        first=answers[0][0],
    )


def shape_text(answer: Json) -> str:
    """A shape in words: `number`, `list of 3 (number)`, `object (label: text, score: number)`."""
    match answer:
        case list():
            inner = list(dict.fromkeys(map(shape_text, answer)))
            return f"list of {len(answer)}" + (f" ({' | '.join(inner)})" if inner else "")
        case Mapping():
            return "object (" + ", ".join(f"{key}: {shape_text(answer[key])}" for key in sorted(answer)) + ")"
        case _:
            return _form(answer).value


def scores_of(answers: Sequence[Answer], path: str) -> Scores:
    """The numbers at a dotted path of each answer; of a list or an object there, all numbers in it."""
    least, greatest = math.inf, -math.inf
    values = strangers = 0
    first = ""
    for name, answer in answers:
        for value in _leaves_at(answer, path):
            if isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value):
                values, least, greatest = values + 1, min(least, float(value)), max(greatest, float(value))
            else:
                strangers, first = strangers + 1, first or name
    return Scores(
        path=path,
        values=values,
        least=least if values else None,
        greatest=greatest if values else None,
        strangers=strangers,
        first=first,
    )


def compared(ones: Sequence[Answer], others: Mapping[str, Json], why_not: str) -> Comparison:
    """The same inputs answered in two ways, by their ids; `why_not` is why some or all of them were answered in one way
    only, if so."""
    count = unlike = 0
    worst, where_worst, where_unlike = 0.0, "", ""
    for name, one in ones:
        if name not in others:
            continue
        count += 1
        apart = distance(one, others[name])
        if apart is None:
            unlike, where_unlike = unlike + 1, where_unlike or name
        elif apart > worst:
            worst, where_worst = apart, name
    return Comparison(
        compared=count,
        unlike=unlike,
        worst=worst,
        where=where_unlike or where_worst,
        why_not="" if count and count == len(ones) else why_not,
    )


def distance(one: Json, other: Json) -> float | None:
    """How far apart two answers are: the largest |a - b| / max(1, |a|, |b|) of their numbers. None where they differ in
    anything else; two NaN are alike."""
    match one, other:
        case bool() | str() | None, _:
            return 0.0 if type(one) is type(other) and one == other else None
        case (int() | float(), int() | float()) if not isinstance(other, bool):
            return _apart(one, other)
        case (list(), list()) if len(one) == len(other):
            return _furthest([distance(a, b) for a, b in zip(one, other, strict=True)])
        case (Mapping(), Mapping()) if one.keys() == other.keys():
            return _furthest([distance(one[key], other[key]) for key in one])
        case _:
            return None


def _apart(one: float, other: float) -> float | None:
    if one == other or (one != one and other != other):
        return 0.0
    if not (_is_finite(one) and _is_finite(other)):
        return None
    scale = max(1.0, abs(one), abs(other))
    return abs(one / scale - other / scale)


def _furthest(found: Sequence[float | None]) -> float | None:
    known = [each for each in found if each is not None]
    return max(known, default=0.0) if len(known) == len(found) else None


def _leaves_at(answer: Json, path: str) -> Iterator[Json]:
    """The values at and below a path; one None where the answer has nothing there."""
    try:
        found = follow(answer, path)
    except WrongShapeError:
        yield None
        return
    yield from _leaves(found)


def _leaves(value: Json) -> Iterator[Json]:
    match value:
        case list():
            for each in value:
                yield from _leaves(each)
        case Mapping():
            for each in value.values():
                yield from _leaves(each)
        case _:
            yield value


def _form(answer: Json) -> Form:
    match answer:
        case None:
            return Form.NULL
        case bool():
            return Form.TRUTH
        case int() | float():
            return Form.NUMBER
        case str():
            return Form.TEXT
        case list():
            return Form.LIST
        case _:
            return Form.OBJECT


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False

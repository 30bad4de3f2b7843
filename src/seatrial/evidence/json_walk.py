"""A slow, exact walk through a JSON text: what is wrong in it, where, and where each value stands.

`strict_json` parses with the fast decoder of the standard library, which cannot say where a duplicate key
or a NaN is. Only when that has refused a text (or `metrics` has refused a value) is the text walked
again here, to tell people line, column and key of every mistake that can be stepped over.

Subtle: both must accept exactly the same texts; a property test holds them together. The walk is
recursive, which is safe because it refuses nesting below `max_depth` itself.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]  # there since Python 3.0, absent from typeshed
from typing import Final, TypeAlias

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import Place, Problem

MOST_DIGITS: Final = 309  # the largest finite float has as many
MOST_PROBLEMS: Final = 20

KeyPath: TypeAlias = tuple[str | int, ...]
FiniteStep: TypeAlias = Callable[[KeyPath], str]

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_CONSTANT = re.compile(r"NaN|-?Infinity")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


def left_out(_path: KeyPath) -> str:
    """What helps where a number is not finite, and nothing is said of it elsewhere."""
    return "Write only finite numbers; leave a value out when it could not be measured."


class Refused:
    """Stands where a value could not be accepted, so that the walk can go on behind it."""


class _StopWalkError(Exception):
    """Nothing behind this place can be understood."""


class Walk(Struct):
    """One walk. `finite_step` says what helps where a number is not finite; `value` is what was understood, `problems`
    what is wrong (empty: the text is fine, at most `MOST_PROBLEMS`), `offsets` where every value stands, by its path,
    if `keep_offsets` asks for that."""

    text: str
    file: str
    max_depth: int
    first_line: int = 1
    keep_offsets: bool = False
    finite_step: FiniteStep = left_out
    value: Json | Refused = field(default_factory=Refused)
    problems: list[Problem] = field(default_factory=list)
    offsets: dict[KeyPath, int] = field(default_factory=dict)

    def run(self) -> Walk:
        """Walk the whole text and return self."""
        try:
            self.value, end = self._value(self._skip(0), ())
            end = self._skip(end)
            if end != len(self.text):
                raise self._stopped(end, (), "there is more text behind the end of the JSON value")
        except _StopWalkError:
            pass
        return self

    def line_and_column(self, at: int) -> tuple[int, int]:
        """The line and column (from 1) of an offset in the text."""
        return (
            self.first_line + self.text.count("\n", 0, at),
            at - self.text.rfind("\n", 0, at),
        )

    def _value(self, at: int, path: KeyPath) -> tuple[Json | Refused, int]:
        if self.keep_offsets:
            self.offsets[path] = at
        match self.text[at : at + 1]:
            case "{":
                return self._object(at, path)
            case "[":
                return self._array(at, path)
            case '"':
                return self._string(at, path)
            case _:
                return self._atom(at, path)

    def _object(self, at: int, path: KeyPath) -> tuple[Json | Refused, int]:
        self._descend(at, path)
        members: dict[str, Json] = {}
        at = self._skip(at + 1)
        if self.text[at : at + 1] == "}":
            return members, at + 1
        while True:
            if self.text[at : at + 1] != '"':
                raise self._stopped(at, path, 'a name in double quotes is expected here, such as "accuracy"')
            name_at = at
            name, at = self._string(at, path)
            inner = (*path, name)
            if name in members:
                self._note(name_at, inner, "this key appears twice in one object", "Keep one of the two.")
            at = self._skip(at)
            if self.text[at : at + 1] != ":":
                raise self._stopped(at, inner, "a colon is expected between a name and its value")
            value, at = self._value(self._skip(at + 1), inner)
            members[name] = value  # type: ignore[assignment]  # Refused stays inside this module and metrics
            at, ended = self._next_or_end(at, path, "}")
            if ended:
                return members, at

    def _array(self, at: int, path: KeyPath) -> tuple[Json | Refused, int]:
        self._descend(at, path)
        items: list[Json] = []
        at = self._skip(at + 1)
        if self.text[at : at + 1] == "]":
            return items, at + 1
        while True:
            value, at = self._value(at, (*path, len(items)))
            items.append(value)  # type: ignore[arg-type]  # as above
            at, ended = self._next_or_end(at, path, "]")
            if ended:
                return items, at

    def _next_or_end(self, at: int, path: KeyPath, closing: str) -> tuple[int, bool]:
        at = self._skip(at)
        match self.text[at : at + 1]:
            case ",":
                return self._skip(at + 1), False
            case character if character == closing:
                return at + 1, True
            case "":
                raise self._stopped(at, path, f"the text ends before `{closing}`; the file may have been cut off")
            case _:
                raise self._stopped(at, path, f"a comma or `{closing}` is expected here")

    def _string(self, at: int, path: KeyPath) -> tuple[str, int]:
        try:
            value, end = scanstring(self.text, at + 1, True)
        except json.JSONDecodeError as error:
            raise self._stopped(error.pos, path, f"this string is not valid JSON ({error.msg.lower()})") from error
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            self._note(at, path, "this string holds half of a surrogate pair, which is not text", None)
        return value, end

    def _atom(self, at: int, path: KeyPath) -> tuple[Json | Refused, int]:
        for word, value in _WORDS.items():
            if self.text.startswith(word, at):
                return value, at + len(word)
        if constant := _CONSTANT.match(self.text, at):
            self._note(at, path, f"{constant.group()} is not a JSON number", self.finite_step(path))
            return Refused(), constant.end()
        if number := _NUMBER.match(self.text, at):
            return self._number(number, path)
        if at >= len(self.text):
            raise self._stopped(at, path, "the text ends where a value is expected; the file may have been cut off")
        raise self._stopped(at, path, "a JSON value is expected here")

    def _number(self, number: re.Match[str], path: KeyPath) -> tuple[Json | Refused, int]:
        digits, fraction, exponent = number.groups()
        at, end = number.span()
        if fraction is None and exponent is None:
            if len(digits) > MOST_DIGITS:
                self._note(at, path, f"this whole number has {len(digits)} digits, more than a number can hold", None)
                return Refused(), end
            return int(digits), end
        value = float(number.group())
        if math.isinf(value):
            self._note(at, path, f"{_clipped(number.group())} is too large for a number", self.finite_step(path))
            return Refused(), end
        return value, end

    def _descend(self, at: int, path: KeyPath) -> None:
        if len(path) >= self.max_depth:
            raise self._stopped(at, path[:3], f"this is nested deeper than {self.max_depth} levels")

    def _skip(self, at: int) -> int:
        space = _SPACE.match(self.text, at)
        return space.end() if space else at

    def _note(self, at: int, path: KeyPath, message: str, next_step: str | None) -> None:
        line, column = self.line_and_column(at)
        key = dotted(path) if path else None
        self.problems.append(
            Problem(
                message=message,
                place=Place(file=self.file, line=line, column=column, key=key),
                next_step=next_step or "Mend the program that writes this file (json.dump writes valid JSON).",
            )
        )
        if len(self.problems) >= MOST_PROBLEMS:
            raise _StopWalkError

    def _stopped(self, at: int, path: KeyPath, message: str) -> _StopWalkError:
        self._note(at, path, message, None)
        return _StopWalkError()


def dotted(path: KeyPath) -> str:
    """A path as people write it: `val.loss[3]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _clipped(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:20]}..."

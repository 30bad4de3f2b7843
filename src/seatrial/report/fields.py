"""A JSON object read strictly, key by key, with an error that names the key.

Called by `serial.py`. A reader asks for each key with the type it must have and at the end calls
`done`, which refuses the keys that nobody asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

from seatrial.digest import Json
from seatrial.errors import Place, UserError

Record = TypeVar("Record")
Word = TypeVar("Word", bound=Enum)


def unreadable(why: str, place: Place) -> UserError:
    """The error for a report that cannot be read."""
    return UserError(
        f"this report cannot be read: {why}",
        place=place,
        next_step="make it again with `seatrial run`; a run with nothing changed costs no training",
    )


class Fields:
    """The keys of one object. Every method raises UserError when a value has another type."""

    def __init__(self, value: Json, file: str, path: str = "") -> None:
        self._file = file
        self._path = path
        if not isinstance(value, Mapping):
            raise unreadable("this is not an object", Place(file=file, key=path or None))
        self._left = dict(value)

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str):
            raise self._wrong(key, "text")
        return value

    def maybe_text(self, key: str) -> str | None:
        return None if self._is_null(key) else self.text(key)

    def text_or(self, key: str, usual: str) -> str:
        """A text, which an earlier Seatrial did not write where it was the usual one."""
        return self.text(key) if key in self._left else usual

    def number(self, key: str) -> float:
        return self._number(self._take(key), key)

    def maybe_number(self, key: str) -> float | None:
        return None if self._is_null(key) else self.number(key)

    def whole(self, key: str) -> int:
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(key, "a whole number")
        return value

    def maybe_whole(self, key: str) -> int | None:
        return None if self._is_null(key) else self.whole(key)

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def word(self, key: str, words: type[Word]) -> Word:
        text = self.text(key)
        try:
            return words(text)
        except ValueError as error:
            raise self._wrong(key, "one of " + ", ".join(str(each.value) for each in words)) from error

    def maybe_pair(self, key: str) -> tuple[float, float] | None:
        return None if self._is_null(key) else self.pair(key)

    def pair(self, key: str) -> tuple[float, float]:
        items = self._list(key)
        if len(items) != 2:
            raise self._wrong(key, "a pair of numbers")
        return self._number(items[0], key), self._number(items[1], key)

    def numbers_or_nan(self, key: str) -> tuple[float, ...]:
        """Numbers, where null stands for NaN."""
        return tuple(math.nan if item is None else self._number(item, key) for item in self._list(key))

    def texts(self, key: str) -> tuple[str, ...]:
        items = self._list(key)
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) != len(items):
            raise self._wrong(key, "a list of texts")
        return texts

    def texts_if_there(self, key: str) -> tuple[str, ...]:
        """A list of texts, which an earlier Seatrial did not write."""
        return self.texts(key) if key in self._left else ()

    def text_rows(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Rows of a table: lists of texts."""
        rows = []
        for item in self._list(key):
            if not isinstance(item, list) or not all(isinstance(cell, str) for cell in item):
                raise self._wrong(key, "a list of lists of texts")
            rows.append(tuple(str(cell) for cell in item))
        return tuple(rows)

    def text_pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        pairs = []
        for item in self._list(key):
            match item:
                case [str() as first, str() as second]:
                    pairs.append((first, second))
                case _:
                    raise self._wrong(key, "a list of pairs of texts")
        return tuple(pairs)

    def record_or_none(self, key: str, read: Callable[[Fields], Record]) -> Record | None:
        """An object, or None where it is null, or absent because an earlier Seatrial did not write it."""
        if key not in self._left or self._is_null(key):
            return None
        inner = Fields(self._take(key), self._file, self._key(key))
        record = read(inner)
        inner.done()
        return record

    def records(self, key: str, read: Callable[[Fields], Record]) -> tuple[Record, ...]:
        """A list of objects, each read by `read` to its last key."""
        records = []
        for index, item in enumerate(self._list(key)):
            inner = Fields(item, self._file, f"{self._key(key)}[{index}]")
            records.append(read(inner))
            inner.done()
        return tuple(records)

    def records_if_there(self, key: str, read: Callable[[Fields], Record]) -> tuple[Record, ...]:
        """A list of objects, which an earlier Seatrial did not write."""
        return self.records(key, read) if key in self._left else ()

    def rest(self) -> Mapping[str, Json]:
        """Everything not asked for yet, handed to another reader."""
        left, self._left = self._left, {}
        return left

    def done(self) -> None:
        """Refuses what is left over."""
        for key in sorted(self._left):
            raise unreadable("nothing has this key", self.place(key))

    def place(self, key: str | None = None) -> Place:
        return Place(file=self._file, key=(self._path or None) if key is None else self._key(key))

    def _take(self, key: str) -> Json:
        if key not in self._left:
            raise unreadable("this key is missing", self.place(key))
        return self._left.pop(key)

    def _is_null(self, key: str) -> bool:
        """Whether the key is there and null; takes it if so."""
        if key in self._left and self._left[key] is None:
            del self._left[key]
            return True
        return False

    def _list(self, key: str) -> list[Json]:
        value = self._take(key)
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return value

    def _number(self, value: Json, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number")
        try:
            number = float(value)
        except OverflowError as error:
            raise self._wrong(key, "a number that fits") from error
        if not math.isfinite(number):
            raise self._wrong(key, "a finite number")
        return number

    def _wrong(self, key: str, wanted: str) -> UserError:
        return unreadable(f"this is not {wanted}", self.place(key))

    def _key(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

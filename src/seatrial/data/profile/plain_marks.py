"""What `marks` sees, for texts of ASCII, from their bytes; called by `marks`, whose patterns say what is meant.

A regular expression for each mark goes over each text once more. Here each byte has a class, and what a text holds is
all classes of its bytes together: two sweeps over all bytes for ten marks. Only the few texts that may be a number, a
date, a word for nothing or quoted, by what they hold and begin with, are left to the patterns.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.data.profile.limits import LENGTH_BINS

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

_UPPER, _LOWER, _DIGIT, _PUNCTUATION, _CONTROL, _BLANK, _NO_NUMBER, _END = (1 << bit for bit in range(8))
_LINE_FEED: Final = 10
_BLANKS: Final = b"\t\n\x0b\x0c\r "
_QUOTES: Final = b"\"'"
_LONGEST_NULL_WORD: Final = 9


class Plain:
    """Some texts of ASCII, one after another, each with a line feed after it."""

    def __init__(self, texts: pl.Series) -> None:
        self.lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
        self.raw: Bytes = np.frombuffer(texts.str.join("\n").cast(pl.Binary).item() + b"\n", dtype=np.uint8)
        self.ends = np.cumsum(self.lengths + 1) - 1
        self.starts = self.ends - self.lengths
        self._classes: Bytes = _CLASSES.take(self.raw)
        self._classes[self.ends] = _END
        self._held = np.bitwise_or.reduceat(self._classes, self.starts)
        inside = (self._classes & (_BLANK | _END)) == 0
        begins = inside.copy()
        begins[1:] &= ~inside[:-1]
        self.tokens = np.add.reduceat(begins, self.starts, dtype=np.int64)

    def marks(self) -> dict[str, Flags]:
        """The marks that are certain."""
        return {
            "empty": self.lengths == 0,
            "blank_ends": self._blank(self.starts) | self._blank(np.maximum(self.ends - 1, self.starts)),
            "control": self._holds(_CONTROL),
            "upper": self._holds(_UPPER),
            "lower": self._holds(_LOWER),
            "digit": self._holds(_DIGIT),
            "punctuation": self._holds(_PUNCTUATION),
        }

    def candidates(self) -> dict[str, Flags]:
        """Where other marks are possible."""
        first = self.raw[self.starts]
        blank = self._blank(self.starts) | self._blank(np.maximum(self.ends - 1, self.starts))
        signed = self._holds(_DIGIT) & self._holds(_PUNCTUATION)
        return {
            "null_word": (self.tokens == 1) & (blank | (self.lengths <= _LONGEST_NULL_WORD)),
            "number_like": self._holds(_DIGIT) & ~self._holds(_NO_NUMBER),
            "date_like": signed & (blank | ((self._classes[self.starts] & _DIGIT) != 0)),
            "quoted": blank | np.isin(first, np.frombuffer(_QUOTES, dtype=np.uint8)),
        }

    def shapes(self) -> list[str] | None:
        """Their forms, runs shortened; None where a line feed in a text would be taken for its end."""
        if np.count_nonzero(self.raw == _LINE_FEED) != len(self.ends):
            return None
        forms = _FORMS.take(self.raw)
        again = (self._classes & (_UPPER | _LOWER | _DIGIT)) != 0
        again[1:] &= forms[1:] == forms[:-1]
        again[:1] = False
        text: str = forms[~again].tobytes().decode("ascii")
        return text.split("\n")[:-1]

    def _holds(self, what: int) -> Flags:
        held: Flags = (self._held & what) != 0
        return held

    def _blank(self, places: NDArray[np.int64]) -> Flags:
        blank: Flags = (self._classes[places] & _BLANK) != 0
        return blank


def bins_of(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """0, 1, 2, 3-4, 5-8, ...: the bin of powers of two."""
    powers = np.frexp(np.maximum(counts - 1, 0).astype(np.float64))[1] + 1
    return np.where(counts == 0, 0, np.minimum(powers, LENGTH_BINS - 1)).astype(np.uint8)


def _class_of(byte: int) -> int:
    character = chr(byte)
    found = 0
    if byte in _BLANKS:
        found |= _BLANK
    elif character not in "0123456789+-.,eE":
        found |= _NO_NUMBER
    if character.isupper():
        return found | _UPPER
    if character.islower():
        return found | _LOWER
    if character.isdigit():
        return found | _DIGIT
    if character.isprintable():
        return found | (_PUNCTUATION if character != " " else 0)
    return found | (_CONTROL if character not in "\t\n\r" else 0)


_CLASSES: Final = np.array([_class_of(byte) for byte in range(128)], dtype=np.uint8)
_FORMS: Final = np.array(
    [{_UPPER: 65, _LOWER: 97, _DIGIT: 57}.get(_class_of(byte) & 7, byte) for byte in range(128)], dtype=np.uint8
)

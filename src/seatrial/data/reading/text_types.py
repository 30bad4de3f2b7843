"""What texts are written as: whole numbers, floats, flags, dates, times, or just text.

Called for the cells of CSV, the strings of JSONL and the keys of folders. A type is guessed from a few rows
(`guess`) and then has to hold for all (`misfits`); where it does not, `wider` says what to try next. The order is
fixed, so the same file always has the same types: whole numbers of 64 bits (signed, then unsigned), floats, text.

Decisions. Whole numbers with leading zeros, or of more than 64 bits, are text: they are codes, and as numbers two of
them could become one. An empty text is no value where a column holds anything but text. `1e5`, `inf` and
`nan` are floats. Words such as `NA` or `null` are text like any other. A column mixes no ways of writing
times: one layout holds for all of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import polars as pl
from msgspec import Struct

_FLAGS: Final = {"true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False}
PADDED: Final = " "
"""The layout of numbers that have blanks around them."""
_DIGITS: Final = r"^[+-]?[0-9]+$"


class TextType(Struct, frozen=True, kw_only=True):
    """A type and how its values are written. `looks` is the pattern it is guessed by, `range` that of whole numbers."""

    dtype: pl.DataType
    layout: str | None = None
    looks: re.Pattern[str] | None = None
    range: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """In words, for people."""
        if self.dtype.is_integer():
            return "whole numbers"
        names = {pl.Float64: "numbers", pl.Boolean: "flags", pl.Date: "dates", pl.String: "text"}
        return names.get(self.dtype.base_type(), "times")

    def looks_like(self, text: str) -> bool:
        """Whether a text is written as values of this type are."""
        if self.layout == PADDED:
            text = text.strip(" \t")
        if self.looks is None or self.looks.fullmatch(text) is None:
            return False
        return self.range is None or self.range[0] <= int(text) <= self.range[1]


_WHOLE_FORM = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,19})")
_FLOAT_FORM = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)", re.IGNORECASE)
_ONLY_DIGITS = re.compile(r"[+-]?[0-9]+")
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_SIGNED, _NATURAL = (-(1 << 63), (1 << 63) - 1), (0, (1 << 64) - 1)


def _time(dtype: pl.DataType, layout: str, looks: str) -> TextType:
    return TextType(dtype=dtype, layout=layout, looks=re.compile(looks))


TEXT = TextType(dtype=pl.String())
_FLAG = TextType(dtype=pl.Boolean(), looks=re.compile("|".join(_FLAGS)))
_WHOLE = TextType(dtype=pl.Int64(), looks=_WHOLE_FORM, range=_SIGNED)
_UNSIGNED = TextType(dtype=pl.UInt64(), looks=_WHOLE_FORM, range=_NATURAL)
_FLOAT = TextType(dtype=pl.Float64(), looks=_FLOAT_FORM)
_PADDED_WHOLE = TextType(dtype=pl.Int64(), layout=PADDED, looks=_WHOLE_FORM, range=_SIGNED)
_PADDED_FLOAT = TextType(dtype=pl.Float64(), layout=PADDED, looks=_FLOAT_FORM)
_TIMES = (
    _time(pl.Date(), "%F", _DAY),
    _time(pl.Datetime("us"), "%FT%T%.f", f"{_DAY}T{_CLOCK}"),
    _time(pl.Datetime("us"), "%F %T%.f", f"{_DAY} {_CLOCK}"),
    _time(pl.Datetime("us"), "%FT%H:%M", f"{_DAY}T[0-9]{{2}}:[0-9]{{2}}"),
    _time(pl.Datetime("us"), "%F %H:%M", f"{_DAY} [0-9]{{2}}:[0-9]{{2}}"),
    _time(pl.Datetime("us", "UTC"), "%FT%T%.f%#z", f"{_DAY}T{_CLOCK}{_ZONE}"),
    _time(pl.Datetime("us", "UTC"), "%F %T%.f%#z", f"{_DAY} {_CLOCK}{_ZONE}"),
    _time(pl.Time(), "%T%.f", _CLOCK),
)
_GUESSES = (_FLAG, _WHOLE, _UNSIGNED, _FLOAT, *_TIMES, _PADDED_WHOLE, _PADDED_FLOAT)


def parsed(values: pl.Expr, dtype: pl.DataType, layout: str | None) -> pl.Expr:
    """Texts as values of a type; null where they are none."""
    if layout == PADDED:
        values = values.str.strip_chars(" \t")
    if dtype == pl.String:
        return values
    if dtype == pl.Boolean:
        # `replace_strict` reads better, and holds the whole column in memory.
        said = {flag: [word for word, means in _FLAGS.items() if means is flag] for flag in (True, False)}
        yes, no = values.is_in(said[True]), values.is_in(said[False])
        return pl.when(yes).then(statement=True).when(no).then(statement=False)
    if isinstance(dtype, pl.Date):
        return values.str.to_date(layout, strict=False)
    if isinstance(dtype, pl.Time):
        return values.str.to_time(layout, strict=False)
    if isinstance(dtype, pl.Datetime):
        return values.str.to_datetime(
            layout, time_unit=dtype.time_unit, time_zone=dtype.time_zone, strict=False, ambiguous="earliest"
        )
    return values.cast(dtype, strict=False)


def misfits(values: pl.Expr, as_type: TextType) -> pl.Expr:
    """Whether a text is there and not of the type."""
    if as_type == TEXT:
        return pl.lit(value=False)
    wrong = parsed(values, as_type.dtype, as_type.layout).is_null()
    if as_type.dtype.is_integer():
        bare = values.str.strip_chars(" \t") if as_type.layout == PADDED else values
        length = bare.str.len_bytes()
        signed_zero = bare.str.starts_with("-0") | bare.str.starts_with("+0")
        wrong |= (bare.str.starts_with("0") & (length > 1)) | (signed_zero & (length > 2))
    return values.is_not_null() & (values != "") & wrong


def guess(values: Sequence[str | None], *, only_times: bool = False, whole: bool = False) -> TextType | None:
    """The first type that the given texts have, or most of them; None where there is no text to go by.

    What most have and some have not is for the caller to find, and to tell; `whole` asks for a type that all have.
    Only how texts look is asked here, which is fast for ten thousand columns; what they are is asked later.
    """
    texts = [value for value in values if value]
    if not texts:
        return None
    best, most = TEXT, 1.0 if whole else 0.5
    for kind in _TIMES if only_times else _GUESSES:
        share = sum(map(kind.looks_like, texts)) / len(texts)
        if share > most or share == 1:
            best, most = kind, share
        if share == 1:
            break
    if best.dtype.is_float() and all(map(_ONLY_DIGITS.fullmatch, texts)):
        return TEXT
    return best


def only_digits(values: pl.Expr) -> pl.Expr:
    """Whether all texts are made of digits."""
    return (values.str.contains(_DIGITS) | (values == "")).all()


def wider(narrow: TextType, *, digits: bool) -> TextType:
    """What to try when a type does not hold for a column. `digits`: all its texts are digits."""
    if narrow == _WHOLE:
        return _UNSIGNED if digits else _FLOAT
    if narrow == _UNSIGNED and not digits:
        return _FLOAT
    if narrow == _FLOAT or (narrow == _PADDED_WHOLE and not digits):
        return _PADDED_FLOAT
    return TEXT

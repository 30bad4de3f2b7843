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

from typing import Final

import polars as pl
from msgspec import Struct

_FLAGS: Final = {"true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False}
PADDED: Final = " "
"""The layout of numbers that have blanks around them."""
_DIGITS: Final = r"^[+-]?[0-9]+$"
_LEADING_ZERO: Final = r"^[+-]?0[0-9]"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = r"(Z|[+-][0-9]{2}:?[0-9]{2})"


class TextType(Struct, frozen=True, kw_only=True):
    """A type and how its values are written. `looks` is a pattern that the rows it is guessed from must have."""

    dtype: pl.DataType
    layout: str | None = None
    looks: str | None = None

    @property
    def name(self) -> str:
        """In words, for people."""
        if self.dtype.is_integer():
            return "whole numbers"
        names = {pl.Float64: "numbers", pl.Boolean: "flags", pl.Date: "dates", pl.String: "texts"}
        return names.get(self.dtype.base_type(), "times")


TEXT = TextType(dtype=pl.String())
_WHOLE = TextType(dtype=pl.Int64())
_UNSIGNED = TextType(dtype=pl.UInt64())
_FLOAT = TextType(dtype=pl.Float64())
_TIMES = (
    TextType(dtype=pl.Date(), layout="%F", looks=f"^{_DAY}$"),
    TextType(dtype=pl.Datetime("us"), layout="%FT%T%.f", looks=f"^{_DAY}T{_CLOCK}$"),
    TextType(dtype=pl.Datetime("us"), layout="%F %T%.f", looks=f"^{_DAY} {_CLOCK}$"),
    TextType(dtype=pl.Datetime("us"), layout="%FT%H:%M", looks=f"^{_DAY}T[0-9]{{2}}:[0-9]{{2}}$"),
    TextType(dtype=pl.Datetime("us"), layout="%F %H:%M", looks=f"^{_DAY} [0-9]{{2}}:[0-9]{{2}}$"),
    TextType(dtype=pl.Datetime("us", "UTC"), layout="%FT%T%.f%#z", looks=f"^{_DAY}T{_CLOCK}{_ZONE}$"),
    TextType(dtype=pl.Datetime("us", "UTC"), layout="%F %T%.f%#z", looks=f"^{_DAY} {_CLOCK}{_ZONE}$"),
    TextType(dtype=pl.Time(), layout="%T%.f", looks=f"^{_CLOCK}$"),
)
_GUESSES = (
    TextType(dtype=pl.Boolean()),
    _WHOLE,
    _FLOAT,
    *_TIMES,
    TextType(dtype=pl.Int64(), layout=PADDED),
    TextType(dtype=pl.Float64(), layout=PADDED),
)


def parsed(values: pl.Expr, dtype: pl.DataType, layout: str | None) -> pl.Expr:
    """Texts as values of a type; null where they are none."""
    if layout == PADDED:
        values = values.str.strip_chars(" \t")
    if dtype == pl.String:
        return values
    if dtype == pl.Boolean:
        return values.replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
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
        zero_first = bare.str.starts_with("0") | bare.str.starts_with("-0") | bare.str.starts_with("+0")
        wrong |= zero_first & (bare.str.len_bytes() > 1) & bare.str.contains(_LEADING_ZERO)
    return values.is_not_null() & (values != "") & wrong


def guess(values: pl.Series, *, only_times: bool = False, whole: bool = False) -> TextType | None:
    """The first type that the given texts have, or most of them; None where there is no text to go by.

    What most have and some have not is for the caller to find, and to tell; `whole` asks for a type that all have.
    """
    frame = values.rename("x").drop_nulls().to_frame().filter(pl.col("x") != "")
    if not frame.height:
        return None
    if not only_times and frame.select(only_digits(pl.col("x"))).item() and _share(frame, _WHOLE) < 1:
        return _UNSIGNED if _share(frame, _UNSIGNED) == 1 else TEXT
    best, most = TEXT, 0.5
    for kind in _TIMES if only_times else _GUESSES:
        share = _share(frame, kind)
        if share > most:
            best, most = kind, share
    return TEXT if whole and most < 1 else best


def _share(frame: pl.DataFrame, kind: TextType) -> float:
    """The share of texts that are of a type, and look like it."""
    fits = ~misfits(pl.col("x"), kind)
    if kind.looks is not None:
        fits &= pl.col("x").str.contains(kind.looks)
    share = frame.select(fits.mean()).item()
    return float(share or 0.0)


def only_digits(values: pl.Expr) -> pl.Expr:
    """Whether all texts are made of digits."""
    return (values.str.contains(_DIGITS) | (values == "")).all()


def wider(narrow: TextType, *, digits: bool) -> TextType:
    """What to try when a type does not hold for a column. `digits`: all its texts are digits."""
    if narrow == _WHOLE and digits:
        return _UNSIGNED
    if narrow.dtype.is_integer() and not digits:
        return TextType(dtype=pl.Float64(), layout=narrow.layout)
    if narrow.dtype.is_numeric() and narrow.layout is None and not digits:
        return TextType(dtype=pl.Float64(), layout=PADDED)
    return TEXT

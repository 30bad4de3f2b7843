"""One text for one value, whatever file it came in.

A label that Parquet holds as the integer 1, JSON as 1.0 and CSV as `1` is one label. CSV has only text, so
the rule is a rule on text, applied alike to the text of every format:

- a whole number with a fraction of zeros loses the fraction (`1.0` and `-3.00` become `1` and `-3`);
- `True` and `TRUE` become `true`, `False` and `FALSE` become `false`;
- a number nearer to 0 than 0.0001, which writers spell in two ways, gets Python's spelling
  (`0.00001` and `1e-5` become `1e-05`);
- everything else stays as it is: `01`, ` a`, `0.50` and `1e5` are texts, not numbers.

Typed values become text first: integers by their digits, fractions by the shortest digits that read back
to the same number. A whole float from `2**53` on is refused, for it may have been an integer that was
rounded. Used by the readers of predictions; nothing else makes such texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

LARGEST_EXACT: Final = 2**53  # below it a float64 holds every whole number
_EXACT_BY_TYPE: Mapping[type[pl.DataType], int] = {
    pl.Float16: 2**11,
    pl.Float32: 2**24,
    pl.Float64: LARGEST_EXACT,
}

_WHOLE = r"^(-?(?:0|[1-9][0-9]*))\.0+$"
_TINY = r"^-?(?:0\.0000[0-9]+|[0-9](?:\.[0-9]+)?[eE]-[0-9]+)$"
_NOT_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"
_SPELLINGS: Mapping[str, str] = {"-0": "0", "True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


def canonical(text: pl.Series) -> pl.Series:
    """The canonical texts of a string series; nulls stay null."""
    texts = text.str.replace(_WHOLE, "$1").replace(_SPELLINGS)
    tiny = texts.filter(texts.str.contains(_TINY)).unique()
    if tiny.len() == 0:
        return texts
    return texts.replace({spelling: _tiny(spelling) for spelling in tiny})


def not_finite(text: pl.Series) -> pl.Series:
    """Where a string series spells NaN or an infinity; false for nulls."""
    return text.str.contains(_NOT_FINITE).fill_null(False)


def of_floats(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The texts of a float series, and where it holds whole numbers too large to trust."""
    limit = _EXACT_BY_TYPE[type(values.dtype)]
    whole = (values.is_finite() & (values == values.floor())).fill_null(False)
    inexact = whole & (values.abs() >= limit)
    exact = whole & ~inexact
    as_integers = values.cast(pl.Int64, strict=False).cast(pl.String)
    return as_integers.zip_with(exact, values.cast(pl.String)), inexact.fill_null(False)


def of_float(value: float) -> str | None:
    """The text of one Python float; None for a whole number too large to trust."""
    if value.is_integer():
        return str(int(value)) if abs(value) < LARGEST_EXACT else None
    return repr(value)


def _tiny(spelling: str) -> str:
    """Python's spelling of a small number, or the text itself where that would not be the same digits."""
    value = float(spelling)
    return repr(value) if value != 0 and _digits(repr(value)) == _digits(spelling) else spelling


def _digits(spelling: str) -> str:
    return re.sub(r"[eE].*|[-.]", "", spelling).strip("0")

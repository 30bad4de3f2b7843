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
rounded. Used by the readers of predictions; `canonical_scalar` applies the same rule to one value.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from seatrial.evidence.canonical_scalar import LARGEST_EXACT, SPELLINGS, TINY, WHOLE, of_float, tiny

__all__ = ["LARGEST_EXACT", "canonical", "not_finite", "of_float", "of_floats"]

_EXACT_BY_TYPE: Mapping[type[pl.DataType], int] = {
    pl.Float16: 2**11,
    pl.Float32: 2**24,
    pl.Float64: LARGEST_EXACT,
}

_NOT_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"


def canonical(text: pl.Series) -> pl.Series:
    """The canonical texts of a string series; nulls stay null."""
    texts = text.str.replace(WHOLE, "$1").replace(SPELLINGS)
    small = texts.filter(texts.str.contains(TINY)).unique()
    if small.len() == 0:
        return texts
    return texts.replace({spelling: tiny(spelling) for spelling in small})


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

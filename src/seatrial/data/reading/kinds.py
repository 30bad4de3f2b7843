"""Which storage type is which kind of column, and what one type holds the values of two.

Called by `flattening` and `opening`. Types are brought to few forms as they are read (`in_batch`), so that
whoever computes with batches meets integers of at most 64 bits, floats, flags, texts, times and vectors only;
`Column.dtype` still names the type in the file.

Two partitions may differ in the width of numbers, in the unit of times, in dictionaries of texts, and a column
may be null throughout in one of them: the type that holds both is taken, nothing is lost by it. Whole numbers
in one file and floats in another are one type only where types are guessed from text (`loose`), for there
`1` may be a float written short.
"""

from __future__ import annotations

from typing import cast

import polars as pl

from seatrial.data.columns import Kind

_UNITS = ("ms", "us", "ns")
_WIDE = (pl.Int128, pl.UInt128)


def kind_of(dtype: pl.DataType) -> Kind | None:
    """The kind of a type that is no list and no struct; None for what cannot be measured."""
    if dtype == pl.Boolean:
        return Kind.FLAG
    if dtype.is_numeric() or dtype == pl.Duration:
        return Kind.NUMBER
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return Kind.TEXT
    if dtype.is_temporal():
        return Kind.TIME
    if isinstance(dtype, pl.Array):
        return Kind.VECTOR if is_vector(dtype) else None
    return {pl.Binary: Kind.BYTES, pl.Null: Kind.NOTHING}.get(dtype.base_type())


def is_vector(dtype: pl.DataType) -> bool:
    """Whether values are numbers of a fixed count."""
    return isinstance(dtype, pl.Array) and len(dtype.shape) == 1 and dtype.inner.base_type().is_numeric()


def deeper_than(dtype: pl.DataType, levels: int) -> bool:
    """Whether lists and structs lie in each other more than so many levels. Never looks further down than that."""
    if levels < 0:
        return True
    if isinstance(dtype, pl.Struct):
        return any(deeper_than(_of(field.dtype), levels - 1) for field in dtype.fields)
    return isinstance(dtype, pl.List | pl.Array) and deeper_than(_of(dtype.inner), levels - 1)


def in_batch(dtype: pl.DataType) -> pl.DataType:
    """The type that a batch has for values of a stored type."""
    if isinstance(dtype, pl.Decimal | pl.Duration) or dtype in _WIDE:
        return pl.Float64()
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return pl.String()
    if dtype.base_type().__name__ == "Float16":
        return pl.Float32()
    if isinstance(dtype, pl.List | pl.Array):
        inner = in_batch(_of(dtype.inner))
        return pl.Array(inner, dtype.shape[0]) if is_vector(dtype) and isinstance(dtype, pl.Array) else pl.List(inner)
    if isinstance(dtype, pl.Struct):
        return pl.Struct([pl.Field(field.name, in_batch(_of(field.dtype))) for field in dtype.fields])
    return dtype


def together(one: pl.DataType, other: pl.DataType, *, loose: bool = False) -> pl.DataType | None:
    """The type that holds the values of both without loss; None if there is none."""
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    if one.is_numeric() and other.is_numeric():
        return _numbers(one, other, loose)
    if kind_of(one) is Kind.TEXT and kind_of(other) is Kind.TEXT:
        return pl.String()
    if isinstance(one, pl.Datetime) and isinstance(other, pl.Datetime) and one.time_zone == other.time_zone:
        return pl.Datetime(max(one.time_unit, other.time_unit, key=_UNITS.index), one.time_zone)
    if isinstance(one, pl.Duration) and isinstance(other, pl.Duration):
        return pl.Duration(max(one.time_unit, other.time_unit, key=_UNITS.index))
    if isinstance(one, pl.Struct) and isinstance(other, pl.Struct):
        return _structs(one, other, loose)
    if isinstance(one, pl.List) and isinstance(other, pl.List):
        inner = together(_of(one.inner), _of(other.inner), loose=loose)
        return None if inner is None else pl.List(inner)
    if isinstance(one, pl.Array) and isinstance(other, pl.Array) and one.shape == other.shape:
        inner = together(_of(one.inner), _of(other.inner), loose=loose)
        return None if inner is None else pl.Array(inner, one.shape[0])
    return pl.String() if loose and not one.is_nested() and not other.is_nested() else None


def _numbers(one: pl.DataType, other: pl.DataType, loose: bool) -> pl.DataType | None:
    if one.is_integer() is not other.is_integer():
        return pl.Float64() if loose else None
    if one.is_integer():
        wide = _integers(one, other)
        return wide or (pl.String() if loose else None)
    if isinstance(one, pl.Decimal) or isinstance(other, pl.Decimal):
        if not (isinstance(one, pl.Decimal) and isinstance(other, pl.Decimal)):
            return None
        scale = max(one.scale, other.scale)
        whole = max((one.precision or 38) - one.scale, (other.precision or 38) - other.scale)
        return pl.Decimal(min(38, whole + scale), scale)
    return pl.Float64() if pl.Float64 in (one, other) else pl.Float32()


def _integers(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    """The narrowest type of whole numbers, of at most 64 bits, that holds both."""
    signed = one.is_signed_integer() or other.is_signed_integer()
    bits = max(_bits(dtype) + (signed and not dtype.is_signed_integer()) for dtype in (one, other))
    names = ("Int8", "Int16", "Int32", "Int64") if signed else ("UInt8", "UInt16", "UInt32", "UInt64")
    return next((getattr(pl, name)() for name in names if _bits(getattr(pl, name)()) >= bits), None)


def _bits(dtype: pl.DataType) -> int:
    return int(str(dtype.base_type()).rpartition("Int")[2])


def _structs(one: pl.Struct, other: pl.Struct, loose: bool) -> pl.DataType | None:
    """Field by field. Only where types are guessed may a field be missing."""
    mine, theirs = ({field.name: _of(field.dtype) for field in dtype.fields} for dtype in (one, other))
    if not loose and mine.keys() != theirs.keys():
        return None
    fields: list[pl.Field] = []
    for name in mine | theirs:
        both = together(mine.get(name, pl.Null()), theirs.get(name, pl.Null()), loose=loose)
        if both is None:
            return None
        fields.append(pl.Field(name, both))
    return pl.Struct(fields)


def _of(dtype: object) -> pl.DataType:
    """polars lets a class stand for its only instance."""
    return cast("pl.DataType", dtype() if isinstance(dtype, type) else dtype)

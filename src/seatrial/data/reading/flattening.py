"""Nested columns laid flat: which columns a batch has, which leaves they have, and how one gets there.

Called by `opening` (names and kinds) and `batches` (expressions). A struct becomes a column for each field,
`address.city`; lists stay lists, and their leaves are found by name: `tags[]` are elements, `tags[#]`
lengths, `items[].price` a field of the elements, `m[][]` elements of elements.

Names: a column keeps the name it has in the file, whatever is in it. In the name of a field, `.`, `[` and the
backslash are written with a backslash before them, so that a name leads to one place; where a column happens to be
named like the field of another, the dataset is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import cast

import polars as pl

from seatrial.data.columns import Column, Kind, Part
from seatrial.data.reading.faults import refused
from seatrial.data.reading.kinds import deeper_than, in_batch, is_vector, kind_of
from seatrial.data.reading.records import Source, Stored

_ESCAPED = re.compile(r"([.\[\\])")
_STEP = re.compile(r"\[\]|\[#\]|\.((?:[^.\[\\]|\\.)*)")


DEEPEST = 32
"""Levels of lists and objects in each other. More are no table, and each level costs a step in recursion."""


def refuse_deep(name: str, dtype: pl.DataType, shown: str) -> None:
    """Raise EvidenceError for a column that is nested too deep to be laid flat."""
    if deeper_than(dtype, DEEPEST):
        raise refused(
            f"`{name}` is nested more than {DEEPEST} levels deep",
            shown,
            key=name,
            step="Lay it out in fewer levels, or write it as text.",
        )


def sources_of(stored: Sequence[Stored]) -> Iterator[Source]:
    """The columns of a batch, in the order of the file."""
    for column in stored:
        yield from _sources(column.name, (column.name,), column.dtype)


def _sources(name: str, path: tuple[str, ...], dtype: pl.DataType) -> Iterator[Source]:
    if not isinstance(dtype, pl.Struct) or not dtype.fields:
        yield Source(name=name, path=path, dtype=in_batch(dtype))
        return
    for field in dtype.fields:
        yield from _sources(f"{name}.{_written(field.name)}", (*path, field.name), _instance(field.dtype))


def leaves_of(source: Source, stored: pl.DataType) -> Iterator[Column]:
    """The leaves of one column of a batch, whose type in the file is `stored`."""
    yield from _leaves(source.name, source.name, stored, Part.VALUES)


def _leaves(name: str, source: str, dtype: pl.DataType, part: Part) -> Iterator[Column]:
    if isinstance(dtype, pl.List | pl.Array) and not (is_vector(dtype) and part is Part.VALUES):
        yield from _leaves(f"{name}[]", source, _instance(dtype.inner), Part.ELEMENTS)
        yield Column(name=f"{name}[#]", source=source, dtype="UInt32", kind=Kind.NUMBER, part=Part.LENGTHS)
    elif isinstance(dtype, pl.Struct) and dtype.fields:
        for field in dtype.fields:
            yield from _leaves(f"{name}.{_written(field.name)}", source, _instance(field.dtype), part)
    else:
        kind = Kind.NOTHING if isinstance(dtype, pl.Struct) else kind_of(dtype)
        if kind is None:
            raise TypeError(str(dtype))
        dims = dtype.shape[0] if isinstance(dtype, pl.Array) else None
        yield Column(name=name, source=source, dtype=str(dtype), kind=kind, part=part, dims=dims)


def stored_dtype(source: Source, stored: pl.DataType) -> pl.DataType:
    """The type in the file of what a source is read from."""
    for name in source.path[1:]:
        if isinstance(stored, pl.Struct):
            stored = next(_instance(field.dtype) for field in stored.fields if field.name == name)
    return stored


def laid_flat(source: Source, stored: pl.DataType) -> pl.Expr:
    """A column of a batch out of the columns of the file."""
    flat = pl.col(source.path[0])
    for name in source.path[1:]:
        flat = flat.struct.field(name)
    return as_in_batch(flat, stored_dtype(source, stored), source.dtype).alias(source.name)


def as_in_batch(values: pl.Expr, stored: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """Values in the form that batches have."""
    if isinstance(stored, pl.Duration):
        per_second = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[stored.time_unit]
        return values.cast(pl.Int64) / per_second
    if isinstance(stored, pl.List | pl.Array) and "Duration" in str(stored):
        return values.list.eval(as_in_batch(pl.element(), _instance(stored.inner), _instance(stored.inner)))
    if isinstance(stored, pl.List) and isinstance(wanted, pl.Array):
        return values.cast(pl.List(wanted.inner)).list.to_array(wanted.shape[0])
    if isinstance(stored, pl.Array) and isinstance(wanted, pl.List):
        values = values.arr.to_list()
    return values if stored == wanted else values.cast(wanted)


def walk(values: pl.Series, column: Column) -> pl.Series:
    """The values of a leaf out of the column it is read from. Empty and missing lists have no elements."""
    for step in _STEP.finditer(column.name, len(column.source)):
        match step.group():
            case "[]":
                values = _elements(values)
            case "[#]":
                values = _as_lists(values).list.len()
            case _:
                values = values.struct.field(re.sub(r"\\(.)", r"\1", step.group(1)))
    return values.alias(column.name)


def _elements(values: pl.Series) -> pl.Series:
    values = _as_lists(values)
    return values.filter(values.list.len() > 0).explode()


def _as_lists(values: pl.Series) -> pl.Series:
    return values.arr.to_list() if isinstance(values.dtype, pl.Array) else values


def _written(name: str) -> str:
    return _ESCAPED.sub(r"\\\1", name)


def _instance(dtype: object) -> pl.DataType:
    """polars lets a class stand for its only instance."""
    return cast("pl.DataType", dtype() if isinstance(dtype, type) else dtype)

"""The types of JSONL columns, such that every line of every file has them.

Called by `opening`. polars looks at all lines for a schema (a key that is missing is null, whole numbers beside floats
are floats, anything beside texts is text, which is told in a note). Texts that are times become times as in CSV,
since JSON has no other way to write them; texts inside of lists and objects stay texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import polars as pl
from msgspec import Struct

from seatrial.data.reading import flattening, jsonl_faults, kinds, text_types
from seatrial.data.reading.bytes_of_text import opened
from seatrial.data.reading.faults import damaged, reason_of, refused
from seatrial.data.reading.records import Partition, Stored
from seatrial.data.reading.text_types import TextType

_BOM = b"\xef\xbb\xbf"
_GUESS_ROWS = 1_000
_MOST_UNSIGNED = (1 << 64) - 1


class JsonlTypes(Struct, frozen=True, kw_only=True):
    """What holds for all files."""

    stored: tuple[Stored, ...]
    notes: tuple[str, ...]


def typed(partitions: Sequence[Partition]) -> JsonlTypes:
    """Columns and types that hold for all lines of all files.

    Raises EvidenceError for lines that are no JSON objects, and for keys that hold lists or objects on one line
    and single values on another, each with file and line.
    """
    types: dict[str, pl.DataType] = {}
    for partition in partitions:
        for name, dtype in _inferred(partition).items():
            both = kinds.together(types.get(name, pl.Null()), dtype, loose=True)
            if both is None:
                raise refused(
                    f"`{name}` has the type {dtype} here and {types[name]} in the files before",
                    partition.shown,
                    key=name,
                    step="Write values of one nature under one key.",
                )
            types[name] = both
    plans = [pl.scan_ndjson(partition.path, schema=types) for partition in partitions]
    notes: list[str] = []
    stored = [_stored(name, dtype, partitions, plans, notes) for name, dtype in types.items()]
    return JsonlTypes(stored=tuple(stored), notes=tuple(notes))


def _inferred(partition: Partition) -> pl.Schema:
    with opened(partition) as file:
        head = file.read(4096)
    if head.startswith(_BOM):
        raise refused(
            "this file begins with a byte order mark, which JSON does not allow",
            partition.shown,
            line=1,
            step="Write it with encoding='utf-8', not 'utf-8-sig'.",
        )
    if not head.strip():
        raise refused(
            "this file is empty, so nothing says which columns it has",
            partition.shown,
            step="Check that the program that writes it came to its end.",
        )
    jsonl_faults.check_head(partition)
    try:
        schema = pl.scan_ndjson(partition.path, infer_schema_length=None).collect_schema()
        for name, dtype in schema.items():
            flattening.refuse_deep(name, dtype, partition.shown)  # now: of hundreds of levels, decoding takes minutes
        if schema:
            pl.scan_ndjson(partition.path, schema=schema).select(pl.all().null_count()).collect(engine="streaming")
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        jsonl_faults.find_fault(partition)
        raise damaged(partition, f"decoding it failed ({reason_of(error)})") from error
    return schema


def _stored(
    name: str, dtype: pl.DataType, partitions: Sequence[Partition], plans: Sequence[pl.LazyFrame], notes: list[str]
) -> Stored:
    if dtype == pl.Int128:
        bounds = [plan.select(pl.col(name).min().alias("least"), pl.col(name).max().alias("most")) for plan in plans]
        ends = pl.concat(pl.collect_all(bounds, engine="streaming"))
        least, most = (cast("int | None", end) for end in (ends["least"].min(), ends["most"].max()))
        natural = (least or 0) >= 0 and (most or 0) <= _MOST_UNSIGNED
        return Stored(name=name, dtype=pl.UInt64() if natural else pl.Int128())
    if dtype != pl.String:
        return Stored(name=name, dtype=dtype)
    head = pl.concat([plan.select(pl.col(name).drop_nulls().head(_GUESS_ROWS)) for plan in plans]).head(_GUESS_ROWS)
    values = head.collect(engine="streaming")[name].to_list()
    kind = text_types.guess(values) or text_types.TEXT
    if kind.dtype.is_temporal() and _holds(name, kind, partitions, plans, notes):
        return Stored(name=name, dtype=kind.dtype, layout=kind.layout)
    if kind.dtype.is_numeric() or kind.dtype == pl.Boolean:
        _note_mixture(name, partitions, notes)
    return Stored(name=name, dtype=dtype)


def _holds(
    name: str, kind: TextType, partitions: Sequence[Partition], plans: Sequence[pl.LazyFrame], notes: list[str]
) -> bool:
    for partition, plan in zip(partitions, plans, strict=True):
        wrong = plan.select(name).with_row_index("row").filter(text_types.misfits(pl.col(name), kind)).head(1)
        found = wrong.collect(engine="streaming")
        if found.height:
            line = jsonl_faults.line_of_row(partition, int(found["row"][0]))
            notes.append(
                f"{partition.shown}:{line}: `{name}` is read as text, because this line does not hold {kind.name}"
            )
            return False
    return True


def _note_mixture(name: str, partitions: Sequence[Partition], notes: list[str]) -> None:
    for partition in partitions:
        found = jsonl_faults.first_of_another_type(partition, name)
        if found is not None:
            line, before, now = found
            notes.append(f"{partition.shown}:{line}: `{name}` is read as text: it holds {now} here, {before} before")
            return

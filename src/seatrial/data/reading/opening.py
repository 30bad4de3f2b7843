"""From a path to a dataset: which files it has, which columns, and of what kind.

Called by whoever checks, profiles or infers. Of Parquet and Arrow only the schema of each file is read here. Text has
no schema, so CSV and JSONL are read once to find one that holds for every row (`csv_typing`, `jsonl_typing`): what the
first hundred rows look like says nothing about row five million.

All partitions share one schema. In another order, columns are the same; a column that one file lacks, or that
two files have in types that nothing holds without loss, is an error that names the file and the column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import polars as pl

from seatrial.data.columns import Column, Kind, Part
from seatrial.data.reading import csv_typing, flattening, jsonl_typing, kinds, text_types, vectors
from seatrial.data.reading.faults import refused
from seatrial.data.reading.listing import NO_VALUE, partitions_of
from seatrial.data.reading.records import Dataset, Format, Partition, Source, Stored
from seatrial.data.reading.scanning import schema_of
from seatrial.errors import some_of


def open_dataset(path: Path, *, shown: str | None = None) -> Dataset:
    """The dataset at a path, a file or a folder.

    Raises EvidenceError for what is missing, damaged, of no known format, or of differing schemas; OutsideError when
    the disk fails. A dataset without rows is a dataset.
    """
    name = str(path) if shown is None else shown
    partitions, notes = _without_empty(partitions_of(path, name))
    dataset = _stored(Dataset(shown=name, partitions=partitions, columns=(), notes=notes))
    return _with_vectors(_with_columns(_with_keys(dataset)))


def _without_empty(found: tuple[Partition, ...]) -> tuple[tuple[Partition, ...], tuple[str, ...]]:
    """Writers of many files leave some of them empty when they write text; one file alone must not be."""
    if found[0].format not in (Format.CSV, Format.JSONL) or len(found) == 1:
        return found, ()
    full = tuple(partition for partition in found if partition.size)
    empty = [partition.shown for partition in found if not partition.size]
    return full or found[:1], (f"{some_of(empty)}: no bytes, so no rows",) if empty else ()


def _stored(dataset: Dataset) -> Dataset:
    if dataset.partitions[0].format is Format.CSV:
        found = csv_typing.typed(dataset.partitions)
        return msgspec.structs.replace(
            dataset,
            stored=found.stored,
            separator=found.separator,
            notes=(*dataset.notes, *found.notes),
            partitions=tuple(
                msgspec.structs.replace(partition, blank_lines=partition.shown in found.blank_lines)
                for partition in dataset.partitions
            ),
        )
    if dataset.partitions[0].format is Format.JSONL:
        lines = jsonl_typing.typed(dataset.partitions)
        return msgspec.structs.replace(dataset, stored=lines.stored, notes=(*dataset.notes, *lines.notes))
    schemas = [(partition, schema_of(partition)) for partition in dataset.partitions]
    return msgspec.structs.replace(dataset, stored=tuple(one_schema(schemas)))


def _with_keys(dataset: Dataset) -> Dataset:
    """The dataset with the columns that the folders' names give; a column of the files goes first."""
    known = {column.name for column in dataset.stored}
    added: list[Stored] = []
    for at, (name, _) in enumerate(dataset.partitions[0].keys):
        if name not in known:
            values = [partition.keys[at][1] for partition in dataset.partitions if partition.keys[at][1] != NO_VALUE]
            kind = text_types.guess(values, whole=True) or text_types.TEXT
            added.append(Stored(name=name, dtype=kind.dtype, layout=kind.layout, key=True))
    return msgspec.structs.replace(dataset, stored=(*dataset.stored, *added))


def one_schema(schemas: Sequence[tuple[Partition, pl.Schema]]) -> list[Stored]:
    """The columns of all files as one, each in the type that holds the values of all."""
    first, types = schemas[0][0], dict(schemas[0][1])
    for partition, schema in schemas[1:]:
        if types.keys() != schema.keys():
            raise _other_columns(partition, first, types, schema)
        for name, dtype in schema.items():
            both = kinds.together(types.get(name, pl.Null()), dtype)
            if both is None:
                raise refused(
                    f"`{name}` has the type {dtype} here and {types[name]} in {first.shown}",
                    partition.shown,
                    key=name,
                    step="Write all files of the dataset with one schema.",
                )
            types[name] = both
    return [Stored(name=name, dtype=dtype) for name, dtype in types.items()]


def _other_columns(partition: Partition, first: Partition, mine: Iterable[str], theirs: Iterable[str]) -> Exception:
    missing = sorted(set(mine) - set(theirs))
    extra = sorted(set(theirs) - set(mine))
    said = [f"lacks {some_of([f'`{name}`' for name in missing])}"] if missing else []
    said += [f"has {some_of([f'`{name}`' for name in extra])} besides"] if extra else []
    return refused(
        f"this file {' and '.join(said)}, compared with {first.shown}",
        partition.shown,
        key=(missing or extra)[0],
        step="Write all files of the dataset with one schema, or check them apart.",
    )


def _with_columns(dataset: Dataset) -> Dataset:
    """The dataset with its sources and leaves."""
    if not dataset.stored:
        raise refused("this dataset has no columns", dataset.shown, step="Check the program that writes it.")
    for column in dataset.stored:
        flattening.refuse_deep(column.name, column.dtype, dataset.shown)
    sources = tuple(flattening.sources_of(dataset.stored))
    types = {stored.name: stored.dtype for stored in dataset.stored}
    columns = [leaf for source in sources for leaf in _leaves(source, types[source.path[0]], dataset)]
    _refuse_twins([source.name for source in sources], dataset.shown)
    _refuse_twins([leaf.name for leaf in columns], dataset.shown)
    return msgspec.structs.replace(dataset, sources=sources, columns=tuple(columns))


def _with_vectors(dataset: Dataset) -> Dataset:
    """The dataset with lists that all have one length read as vectors."""
    widths = vectors.vectors_of(dataset)
    if not widths:
        return dataset
    sources = [
        Source(name=source.name, path=source.path, dtype=pl.Array(source.dtype.inner, widths[source.name]))
        if isinstance(source.dtype, pl.List) and source.name in widths
        else source
        for source in dataset.sources
    ]
    columns: list[Column] = []
    for column in dataset.columns:
        width = widths.get(column.source)
        if width is None:
            columns.append(column)
        elif column.part is Part.ELEMENTS:
            dtype = f"List({column.dtype})"
            columns.append(Column(name=column.source, source=column.source, dtype=dtype, kind=Kind.VECTOR, dims=width))
    return msgspec.structs.replace(dataset, sources=tuple(sources), columns=tuple(columns))


def _leaves(source: Source, stored: pl.DataType, dataset: Dataset) -> list[Column]:
    try:
        return list(flattening.leaves_of(source, flattening.stored_dtype(source, stored)))
    except TypeError as error:
        raise refused(
            f"`{source.name}` has the type {error}, which cannot be measured",
            dataset.shown,
            key=source.name,
            step="Leave the column out, or write it in another type.",
        ) from error


def _refuse_twins(names: Sequence[str], file: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise refused(
                f"two columns would be called `{name}`: one of that name, and a part of a nested one",
                file,
                key=name,
                step="Rename one of them.",
            )
        seen.add(name)

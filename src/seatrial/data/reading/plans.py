"""Plans over the files of a dataset: flat columns, of the types that all files share, nothing read yet.

Called by `batches`, whose callers know these names, and by `vectors`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import polars as pl

from seatrial.data.reading import flattening, text_types
from seatrial.data.reading.faults import told
from seatrial.data.reading.listing import NO_VALUE
from seatrial.data.reading.records import Dataset, Partition, Stored
from seatrial.data.reading.scanning import HAS_SOMETHING, count_rows, scan_file, scan_rows

_LEAST_SLICES = 8
_MOST_SLICES = 64


def scan(dataset: Dataset, partition: Partition, *, sources: Collection[str] | None = None) -> pl.LazyFrame:
    """The rows of one partition, flat and lazy."""
    with told(partition):
        return _flat(dataset, partition, scan_file(partition, dataset.stored), sources)


def some_rows(
    dataset: Dataset, partition: Partition, start: int, size: int, sources: Collection[str] | None = None
) -> pl.LazyFrame:
    """Some rows of one partition, flat and lazy, the others not decoded where the format allows it."""
    with told(partition):
        return _flat(dataset, partition, scan_rows(partition, dataset.stored, start, size), sources)


def _flat(
    dataset: Dataset, partition: Partition, rows: pl.LazyFrame, sources: Collection[str] | None = None
) -> pl.LazyFrame:
    schema = rows.collect_schema()
    stored = {column.name: column for column in dataset.stored}
    wanted = [source for source in dataset.sources if sources is None or source.name in sources]
    if partition.blank_lines:
        rows = rows.filter(HAS_SOMETHING)
    keys = {name: value for name, value in partition.keys if value != NO_VALUE}
    as_one = [
        _as_stored(stored[name], schema.get(name), keys.get(name)).alias(name)
        for name in dict.fromkeys(source.path[0] for source in wanted)
        if schema.get(name) != stored[name].dtype
    ]
    flat = [flattening.laid_flat(source, stored[source.path[0]].dtype) for source in wanted]
    return (rows.with_columns(as_one) if as_one else rows).select(flat)


def _as_stored(column: Stored, here: pl.DataType | None, key: str | None) -> pl.Expr:
    """A column of a file in the type that all files share."""
    values = pl.lit(key, dtype=pl.String()) if here is None else pl.col(column.name)
    if column.dtype == pl.Null:
        return pl.lit(None)
    if here is None or here == pl.String:
        return text_types.parsed(values, column.dtype, column.layout)
    return values.cast(column.dtype)


class Spread(NamedTuple):
    """Some rows of a dataset, and how many it has."""

    frame: pl.DataFrame
    rows: int


def spread(dataset: Dataset, rows: int, *, sources: Collection[str] | None = None) -> Spread:
    """About `rows` rows in evenly spaced slices over all partitions, the same whenever it is asked; all if few."""
    counts = [row_count(partition) for partition in dataset.partitions]
    places = slices(counts, rows)
    plans = [some_rows(dataset, dataset.partitions[index], start, size, sources) for index, start, size in places]
    with told(dataset.partitions[0]):
        frames = pl.collect_all(plans, engine="streaming")
    if not frames:
        return Spread(scan(dataset, dataset.partitions[0], sources=sources).head(0).collect(), 0)
    return Spread(pl.concat(frames, rechunk=True), sum(counts))


def slices(counts: Sequence[int], rows: int) -> list[tuple[int, int, int]]:
    """Where to look: (file, first row, number of rows), evenly spaced over all rows of all files in order.

    A slice costs a page of every column, so there are few, and as many as files where there are some dozens.
    """
    total = sum(counts)
    if total <= rows:
        return [(index, 0, count) for index, count in enumerate(counts) if count]
    pieces = min(rows, max(_LEAST_SLICES, min(len(counts), _MOST_SLICES)))
    found: list[tuple[int, int, int]] = []
    index, before = 0, 0
    for piece in range(pieces):
        start, size = piece * total // pieces, (piece + 1) * rows // pieces - piece * rows // pieces
        while start >= before + counts[index]:
            before += counts[index]
            index += 1
        found.append((index, start - before, min(size, counts[index] - (start - before))))
    return found


def row_count(partition: Partition) -> int:
    """How many rows a file has; of Parquet and Arrow only the footer is read."""
    with told(partition):
        return count_rows(partition)

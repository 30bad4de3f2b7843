"""Rows of a dataset, some at a time, nested columns laid flat.

Called by the profile's pass, by rules and by whoever shows rows. One file is decoded once, by polars' streaming
engine, and never lies in memory as a whole: the engine stops decoding while nobody takes the next batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import polars as pl

from seatrial.data.columns import Column, Kind, Part
from seatrial.data.reading import flattening, text_types
from seatrial.data.reading.faults import told
from seatrial.data.reading.records import Dataset, Partition, Stored
from seatrial.data.reading.scanning import scan_file

BATCH_ROWS = 131_072
"""Rows of a batch. Fewer cost time between batches, more cost memory and no longer save time."""
_LEAST_SLICES = 8
_MOST_SLICES = 64


def batches(
    dataset: Dataset, partition: Partition, *, sources: Collection[str] | None = None, rows: int = BATCH_ROWS
) -> Iterator[pl.DataFrame]:
    """The rows of one partition in order, at most `rows` at a time; `sources` names the columns, None all.

    Raises EvidenceError for a file that cannot be read, or that is not what it was when it was opened.
    """
    with told(partition):
        plan = scan(dataset, partition, sources=sources)
        taken = plan.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming")
    while True:
        with told(partition):
            frame = next(taken, None)
        if frame is None:
            return
        for start in range(0, frame.height, rows):
            yield frame.slice(start, rows)


def scan(dataset: Dataset, partition: Partition, *, sources: Collection[str] | None = None) -> pl.LazyFrame:
    """The rows of one partition, flat and lazy."""
    with told(partition):
        return _flat(dataset, partition, scan_file(partition, dataset.stored), sources)


def _flat(
    dataset: Dataset, partition: Partition, rows: pl.LazyFrame, sources: Collection[str] | None = None
) -> pl.LazyFrame:
    schema = rows.collect_schema()
    stored = {column.name: column for column in dataset.stored}
    wanted = [source for source in dataset.sources if sources is None or source.name in sources]
    if dataset.blank_lines:
        rows = rows.filter(~pl.all_horizontal(pl.all().is_null()))
    keys = dict(partition.keys)
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


def spread(dataset: Dataset, rows: int) -> pl.DataFrame:
    """About `rows` rows in evenly spaced slices over all partitions, the same whenever it is asked; all if few."""
    counts = [row_count(partition) for partition in dataset.partitions]
    plans = [
        _flat(
            dataset, dataset.partitions[index], scan_file(dataset.partitions[index], dataset.stored).slice(start, size)
        )
        for index, start, size in slices(counts, rows)
    ]
    with told(dataset.partitions[0]):
        frames = pl.collect_all(plans, engine="streaming")
    return pl.concat(frames, rechunk=True) if frames else scan(dataset, dataset.partitions[0]).head(0).collect()


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
        return int(scan_file(partition).select(pl.len()).collect(engine="streaming").item())


def leaf(frame: pl.DataFrame, column: Column) -> pl.Series:
    """The values of one leaf in a batch: a column, all elements of its lists, or the lengths of them."""
    values = frame[column.source]
    if column.part is Part.VALUES and column.kind is not Kind.NOTHING:
        return values.alias(column.name)
    return flattening.walk(values, column)

"""Rows of a dataset, some at a time, nested columns laid flat.

Called by the profile's pass, by rules and by whoever shows rows. One file is decoded once, by polars' streaming
engine, and never lies in memory as a whole: the engine stops decoding while nobody takes the next batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import polars as pl

from seatrial.data.columns import Column, Kind, Part
from seatrial.data.reading import flattening
from seatrial.data.reading.faults import refused, told, unopened
from seatrial.data.reading.parquet_footer import row_groups
from seatrial.data.reading.plans import row_count, scan, some_rows, spread
from seatrial.data.reading.records import Dataset, Format, Partition
from seatrial.data.reading.vectors import refuse_other_widths
from seatrial.errors import EvidenceError

__all__ = ["BATCH_ROWS", "batches", "leaf", "row_count", "scan", "spread"]

BATCH_ROWS = 65_536
"""Rows of a batch. Fewer cost time between batches, more cost memory and no longer save time."""
PIECE_BYTES = 64 << 20
"""Bytes of a row group of Parquet above which it is decoded in pieces, each of about as many."""


def batches(
    dataset: Dataset, partition: Partition, *, sources: Collection[str] | None = None, rows: int = BATCH_ROWS
) -> Iterator[pl.DataFrame]:
    """The rows of one partition in order, at most `rows` at a time; `sources` names the columns, None all.

    Raises EvidenceError for a file that cannot be read, or that is not what it was when it was opened.
    """
    _check_unchanged(partition)
    try:
        for plan in _pieces(dataset, partition, sources, rows):
            yield from _batches(plan, partition, rows)
    except EvidenceError:
        refuse_other_widths(dataset, partition)
        raise


def _pieces(
    dataset: Dataset, partition: Partition, sources: Collection[str] | None, rows: int
) -> Iterator[pl.LazyFrame]:
    """Plans for a file in order: one, or several for a large Parquet file, because the engine holds whole row
    groups, several of them, and some writers make a single one of a whole file."""
    if partition.format is not Format.PARQUET or partition.size <= PIECE_BYTES:
        yield scan(dataset, partition, sources=sources)
        return
    count = row_count(partition)
    piece = _piece(partition, count, rows)
    for start in range(0, count, piece):
        yield some_rows(dataset, partition, start, min(piece, count - start), sources)


def _piece(partition: Partition, count: int, rows: int) -> int:
    """Rows of a piece: of whole row groups where these are small enough, since one that is cut is decoded twice."""
    with told(partition):
        groups = row_groups(partition.path)
    if groups is not None and groups.first and partition.size <= groups.count * PIECE_BYTES:
        return groups.first * max(1, groups.count * PIECE_BYTES // partition.size)
    return max(1, round(count * PIECE_BYTES / partition.size / rows)) * rows


def _batches(plan: pl.LazyFrame, partition: Partition, rows: int) -> Iterator[pl.DataFrame]:
    with told(partition):
        taken = plan.collect_batches(chunk_size=rows, maintain_order=True, lazy=True, engine="streaming")
    while True:
        with told(partition):
            frame = next(taken, None)
        if frame is None:
            return
        for start in range(0, frame.height, rows):
            yield frame.slice(start, rows)
        del frame  # it keeps what was decoded alive, and the next is about to be decoded


def _check_unchanged(partition: Partition) -> None:
    try:
        size = partition.path.stat().st_size
    except OSError as error:
        raise unopened(error, partition.shown) from error
    if size != partition.size:
        raise refused(
            "this file changed while it was read",
            partition.shown,
            step="Run it again when nothing writes to the file any more.",
        )


def leaf(frame: pl.DataFrame, column: Column) -> pl.Series:
    """The values of one leaf in a batch: a column, all elements of its lists, or the lengths of them."""
    values = frame[column.source]
    if column.part is Part.VALUES and column.kind is not Kind.NOTHING:
        return values.alias(column.name)
    return flattening.walk(values, column)

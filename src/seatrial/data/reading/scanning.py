"""Lazy plans over one file, as polars reads it: no row is touched before somebody collects.

Called by `opening` (schemas) and `batches` (rows). The reader's options are all spelled out here, because what polars
assumes by itself (patterns in paths, keys in folders, guessed types) would change what a dataset is.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from seatrial.data.reading import arrow_stream
from seatrial.data.reading.csv_form import CsvForm, form_of
from seatrial.data.reading.faults import damaged, refused, told
from seatrial.data.reading.records import Format, Partition, Stored

_PARQUET_MAGIC = b"PAR1"
HAS_SOMETHING = ~pl.all_horizontal(pl.all().is_null())
"""Rows of CSV that are no lines with nothing in them; those come from polars as rows of nulls."""
_LEAST_PARQUET = 12  # two magic words and the length of the footer


def schema_of(partition: Partition) -> pl.Schema:
    """The columns of a file that has a schema of its own."""
    with told(partition):
        return scan_file(partition).collect_schema()


def scan_file(partition: Partition, stored: Sequence[Stored] = ()) -> pl.LazyFrame:
    """All rows and columns of a file as they are stored; of JSONL those that `stored` names, all if it is empty."""
    match partition.format:
        case Format.PARQUET:
            _check_parquet(partition)
            return pl.scan_parquet(partition.path, glob=False, hive_partitioning=False)
        case Format.CSV:
            return plain_csv(partition, form_of(partition))
        case Format.JSONL:
            schema = {column.name: pl.String() if column.layout else column.dtype for column in stored}
            return pl.scan_ndjson(partition.path, schema=schema or None, infer_schema_length=None)
        case Format.ARROW:
            if _is_stream(partition):
                return arrow_stream.scan(partition)
            return pl.scan_ipc(partition.path, glob=False, hive_partitioning=False)


def scan_rows(partition: Partition, stored: Sequence[Stored], start: int, size: int) -> pl.LazyFrame:
    """Some rows of a file. Of what lies before and after them as little is decoded as the format allows."""
    if partition.format is Format.ARROW and _is_stream(partition):
        return arrow_stream.scan(partition, start, size)
    return scan_file(partition, stored).slice(start, size)


def count_rows(partition: Partition) -> int:
    """How many rows a file has. Of Parquet and Arrow no row is decoded; lines of text are counted."""
    if partition.format is Format.ARROW and _is_stream(partition):
        return arrow_stream.count(partition)
    if partition.format is Format.JSONL:
        lines = pl.scan_lines(partition.path, glob=False).filter(pl.first().str.strip_chars() != "")
        return int(lines.select(pl.len()).collect(engine="streaming").item())
    rows = scan_file(partition).filter(HAS_SOMETHING) if partition.blank_lines else scan_file(partition)
    return int(rows.select(pl.len()).collect(engine="streaming").item())


def _is_stream(partition: Partition) -> bool:
    """Whether an Arrow file is a stream, which has no magic word. Raises EvidenceError for Feather of version 1."""
    with told(partition), partition.path.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"FEA1"):
        raise refused(
            "this is a Feather file of version 1, which is no longer read",
            partition.shown,
            step="Write it as version 2 (pyarrow.feather.write_feather) or as Parquet.",
        )
    if not head:
        raise damaged(partition, "it is empty")
    return head != b"ARROW1"


def plain_csv(partition: Partition, form: CsvForm) -> pl.LazyFrame:
    """All cells as texts, lines with nothing in them too. A cell with nothing between its separators, not even quotes,
    is null."""
    return pl.scan_csv(
        partition.path,
        separator=form.separator,
        eol_char=form.end_of_line,
        has_header=False,
        skip_lines=form.first_row - 1,
        schema=dict.fromkeys(form.names, pl.String()),
        empty_string_is_null=True,
        glob=False,
    )


def _check_parquet(partition: Partition) -> None:
    with told(partition), partition.path.open("rb") as file:
        head = file.read(4)
        size = file.seek(0, 2)
        file.seek(max(0, size - 4))
        tail = file.read(4)
    if size == 0:
        raise damaged(partition, "it is empty")
    if head != _PARQUET_MAGIC:
        raise damaged(partition, "it does not begin like one")
    if tail != _PARQUET_MAGIC or size < _LEAST_PARQUET:
        raise damaged(partition, "its end is missing, so it was cut off or is still being written")

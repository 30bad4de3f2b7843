"""A dataset on disk, before any of its rows is read.

Made by `opening`, read by `batches`. A dataset is one file, or a folder of partitions that share one schema.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from seatrial.data.columns import Column

if TYPE_CHECKING:
    from polars import DataType  # records are looked at by commands that read no data


class Format(StrEnum):
    """How a file is written."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    ARROW = "arrow"


class Partition(Struct, frozen=True, kw_only=True):
    """One file. `shown` is how people know it; `keys` are values that its path adds to each row
    (`day=2026-01-01`). `blank_lines`: it is CSV with lines that have nothing in them, which are no rows."""

    path: Path
    shown: str
    format: Format
    size: int
    keys: tuple[tuple[str, str], ...] = ()
    blank_lines: bool = False


class Stored(Struct, frozen=True, kw_only=True):
    """A column as it stands in the files, nested or not.

    `dtype` holds the values of all partitions. `layout` is how its texts are written where they are read as times
    (`%F %T%.f`), `key` whether the path gives it instead of the file.
    """

    name: str
    dtype: DataType
    layout: str | None = None
    key: bool = False


class Source(Struct, frozen=True, kw_only=True):
    """A column of a batch: a stored column, or a field of one by its `path`. `dtype` is its type in a batch."""

    name: str
    path: tuple[str, ...]
    dtype: DataType


class Dataset(Struct, frozen=True, kw_only=True):
    """All files, sorted by path, and the leaves of their one schema.

    `notes` tell a person what was decided while reading (another separator was found, a column became text
    because of a line).
    """

    shown: str
    partitions: tuple[Partition, ...]
    columns: tuple[Column, ...]
    separator: str = ","
    """Between cells of CSV."""
    notes: tuple[str, ...] = ()
    stored: tuple[Stored, ...] = ()
    sources: tuple[Source, ...] = ()

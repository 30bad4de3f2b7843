"""A dataset on disk, before any of its rows is read.

Made by `opening`, read by `batches`. A dataset is one file, or a folder of partitions that share one schema.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from seatrial.data.columns import Column


class Format(StrEnum):
    """How a file is written."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    ARROW = "arrow"


class Partition(Struct, frozen=True, kw_only=True):
    """One file. `shown` is how people know it; `keys` are values that its path adds to each row
    (`day=2026-01-01`)."""

    path: Path
    shown: str
    format: Format
    size: int
    keys: tuple[tuple[str, str], ...] = ()


class Dataset(Struct, frozen=True, kw_only=True):
    """All files, sorted by path, and the leaves of their one schema."""

    shown: str
    partitions: tuple[Partition, ...]
    columns: tuple[Column, ...]
    separator: str = ","
    """Between cells of CSV."""

"""Rows divided by a hash of their id, so that equal ids meet in one part however far apart they lie.

Called by `reading` (is any id there twice?) and `joining` (which row of the other file is it?). A part fits in memory;
parts are written to temporary space in one pass over the rows. The other way is a pass over the rows for each part,
which needs no space. At 20,000,000 shuffled rows (5 parts) joining took 10.0 CPU s with parts on disk, 8.7 with passes
over our own copy and 14.4 with filtered scans of the Parquet files, unchecked; but rows times parts grows with the
square of the rows, and at 100,000,000 the passes would take twenty-five times as long.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.errors import Problem
from seatrial.evidence.large.spill import Span
from seatrial.evidence.large.table import LargeTable
from seatrial.evidence.row_checks import repeated_ids
from seatrial.evidence.table_roles import SHOWN, RawTable

PART_ROWS: Final = 1 << 22
"""Rows of a part: two of them and their join lie in memory together."""

_SEED: Final = 20


def count_of(rows: int, part_rows: int | None) -> int:
    """Parts for so many rows."""
    return max(1, math.ceil(rows / (part_rows or PART_ROWS)))


def divided(ids: pl.Series, parts: int) -> Iterator[NDArray[np.int64]]:
    """Positions of these ids by part, in their order within each."""
    part = (ids.hash(_SEED) % parts).to_numpy().astype(np.uint16)
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(np.bincount(part, minlength=parts))
    return iter(np.split(order, ends[:-1]))


def repeated_in(table: LargeTable, column: str, *, part_rows: int | None = None) -> tuple[Problem, ...]:
    """The ids that occur more than once, in the words of `row_checks`; rows are named by their place in the file."""
    parts = count_of(table.rows, part_rows)
    spill = table.spill.beside()
    ids: list[list[Span]] = [[] for _ in range(parts)]
    rows: list[list[Span]] = [[] for _ in range(parts)]
    first = 0
    for piece, size in enumerate(table.sizes):
        keys = table.ids(piece, text=False)
        for part, at in enumerate(divided(keys, parts)):
            ids[part].append(spill.append_series(keys.gather(at)))
            rows[part].append(spill.append_array(at + first))
        first += size
    count, shown = 0, pl.DataFrame(schema={"first": pl.Int64, "id": pl.String, "row": pl.List(pl.Int64)})
    for part in range(parts):
        found = _repeated(
            pl.concat([spill.read_series(span) for span in ids[part]]),
            np.concatenate([np.frombuffer(spill.read(span), dtype=np.int64) for span in rows[part]]),
        )
        count += found.height
        shown = pl.concat([shown, found.sort("first").head(SHOWN)]).sort("first").head(SHOWN)
    spill.close()
    if count == 0:
        return ()
    named = list(shown.select("id", "row").iter_rows())
    return (repeated_ids(count, named, RawTable(frame=pl.DataFrame()), column, table.path),)


def _repeated(ids: pl.Series, rows: NDArray[np.int64]) -> pl.DataFrame:
    """Each repeated id with its first rows; `rows` ascend."""
    there = pl.DataFrame({"id": ids, "row": rows}).filter(pl.col("id").is_duplicated())
    found = there.group_by("id", maintain_order=True).agg(first=pl.col("row").first(), row=pl.col("row").head(SHOWN))
    return found.select("first", pl.col("id").cast(pl.String), "row")

"""Predictions of any number of rows: a table where it fits in memory, else rows that are looked at in pieces.

Called by `gate`, `diff` and the flows, which take either. A Parquet file says in its footer how many rows it has; from
`LARGE_FROM` on it is copied in pieces to temporary space (`large/`), under the checks of `predictions` and in its
words. CSV and JSONL are read as tables whatever they hold, and their cap is on bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec import Struct

from seatrial.evidence import reading
from seatrial.evidence.large.joining import side_by_side
from seatrial.evidence.large.pieces import pieces_of
from seatrial.evidence.large.reading import read_table, rows_of, table_of
from seatrial.evidence.large.table import PIECE_ROWS, LargeTable
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import MAX_PARQUET_BYTES, read_predictions
from seatrial.evidence.records import LargePredictions, Pieces, Predictions, Source
from seatrial.evidence.table_roles import roles_of

LARGE_FROM: Final = 20_000_000
"""Rows from which on a Parquet file is not read as one table: there it takes about 2 GB for two models."""


class Limits(Struct, frozen=True, kw_only=True):
    """How much lies in memory together; tests make it little."""

    large_from: int = LARGE_FROM
    piece_rows: int = PIECE_ROWS
    part_rows: int | None = None


class Held(Struct, frozen=True, kw_only=True):
    """The rows of one file, in temporary space."""

    table: LargeTable
    groups: tuple[str, ...]
    positive: str | None
    limits: Limits

    def pieces(self, other: LargePredictions | Predictions | None, *, first: bool) -> Pieces:
        """See `records.LargeRows`."""
        if other is None:
            return pieces_of([self.table], self.groups, self.positive)
        theirs = self._held(other)
        ours, others = (self, theirs) if first else (theirs, self)
        tables = side_by_side(ours.table, others.table, part_rows=self.limits.part_rows)
        return pieces_of(tables, ours.groups, ours.positive)

    def _held(self, other: LargePredictions | Predictions) -> Held:
        """The other side as this one is held; a table in memory (a CSV file, say) is put beside it."""
        if isinstance(other, Predictions):
            table = table_of(other, self.table.spill.folder, self.limits.piece_rows)
            return Held(table=table, groups=other.groups, positive=other.positive, limits=self.limits)
        assert isinstance(other.held, Held)  # noqa: S101 - there is no other kind
        return other.held


def read_rows(
    path: Path,
    columns: Columns,
    *,
    shown: str | None = None,
    action: str | None = None,
    stage: str | None = None,
    scratch: Path | None = None,
    limits: Limits | None = None,
) -> Predictions | LargePredictions:
    """The rows of a predictions file. Raises as `read_predictions` does, and OutsideError where a large one finds no
    temporary space in `scratch` (without it, where the system keeps temporary files)."""
    limits, file = limits or Limits(), reading.shown_as(path, shown)
    if path.suffix.lower() != ".parquet" or not _is_large(path, limits, file):
        return read_predictions(path, columns, shown=shown, action=action, stage=stage)
    table, content = read_table(
        path,
        roles_of(columns),
        columns,
        file=file,
        scratch=scratch,
        piece_rows=limits.piece_rows,
        part_rows=limits.part_rows,
    )
    groups = tuple(dict.fromkeys(columns.groups))
    return LargePredictions(
        source=Source(path=file, digest=content, action=action, stage=stage),
        rows=table.rows,
        columns=("id", *table.columns, *table.unkept),
        held=Held(table=table, groups=groups, positive=columns.positive, limits=limits),
        groups=groups,
        positive=columns.positive,
    )


def _is_large(path: Path, limits: Limits, file: str) -> bool:
    """Whether the footer names so many rows. What cannot be told is for `read_predictions` to refuse."""
    reading.checked_size(path, file=file, limit=MAX_PARQUET_BYTES)
    rows = rows_of(path)
    return rows is not None and rows >= limits.large_from

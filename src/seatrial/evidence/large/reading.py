"""A Parquet file of any number of rows, read once in pieces and kept on disk in a form that is quick to read again.

Called by `large_rows`. What `predictions` refuses is refused here, in the same words: mistakes of rows are gathered
over the whole file. The file is read between two digests that must agree, so that the digest names what is judged;
from then on only our own copy is looked at.

Subtle: ids that increase from row to row are unique, and nothing more has to be asked. Others are divided into parts by
their hash, and each part is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial import digest
from seatrial.errors import EvidenceError, Problem
from seatrial.evidence import reading
from seatrial.evidence.large.names import Names
from seatrial.evidence.large.parts import repeated_in
from seatrial.evidence.large.spill import Spill
from seatrial.evidence.large.table import PIECE_ROWS, Keys, LargeTable, Stored
from seatrial.evidence.parquet_table import FAILURES, check_ends_of, typed, undecodable
from seatrial.evidence.policy import Columns
from seatrial.evidence.records import Predictions
from seatrial.evidence.row_checks import checked, negative_class
from seatrial.evidence.table_roles import Role, RowFaults, locate, there
from seatrial.replacing import replace

_NOT_KEPT = ("cluster", "query")
"""Columns that only metrics over all rows read; they are checked, and that they are there is remembered."""

_UNUSUAL = (
    r"^$|(?i)^[+-]?(?:nan|inf|infinity)$|^-0$|^(?:true|false)$"
    r"|^-?[0-9]+\.0+$|^-?0\.0000[0-9]+$|^-?[0-9](?:\.[0-9]+)?e-[0-9]+$"
)
"""Ids that are refused or spelled anew. All others, nearly always all, are taken as they are."""


def rows_of(path: Path) -> int | None:
    """The rows that the footer of a Parquet file names; None where it cannot be read."""
    try:
        return int(_scan(path).select(pl.len()).collect().item())
    except (*FAILURES, OSError):
        return None


def read_table(
    path: Path,
    roles: Sequence[Role],
    columns: Columns,
    *,
    file: str,
    scratch: Path | None,
    piece_rows: int = PIECE_ROWS,
    part_rows: int | None = None,
) -> tuple[LargeTable, str]:
    """The table and the digest of the file. Raises EvidenceError as `read_predictions` does, OutsideError where there
    is no temporary space for it."""
    try:
        before = digest.of_file(path)
        check_ends_of(path, file)
        table, problems = _read(path, roles, columns, file, scratch, piece_rows, part_rows)
        after = digest.of_file(path)
    except OSError as error:
        raise reading.unreadable(error, file) from error
    if before != after:
        raise reading.changed(file=file)
    if problems:
        raise EvidenceError(problems[0].message, problems=problems)
    return table, before


def table_of(predictions: Predictions, scratch: Path | None, piece_rows: int = PIECE_ROWS) -> LargeTable:
    """A table that lies in memory, and was checked, kept like those that do not."""
    table, file = predictions.table, predictions.source.path
    roles = [
        Role(target=name, column=name, declared=name, numeric=table[name].dtype.is_float()) for name in table.columns
    ]
    taking = _Taking(roles, file, scratch)
    for first in range(0, table.height, piece_rows):
        taking.take(table.slice(first, piece_rows), first)
    return taking.table(table.height)


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _read(
    path: Path,
    roles: Sequence[Role],
    columns: Columns,
    file: str,
    scratch: Path | None,
    piece_rows: int,
    part_rows: int | None,
) -> tuple[LargeTable, tuple[Problem, ...]]:
    try:
        scan = _scan(path)
        header = scan.collect_schema().names()
        roles = there(header, roles)
        locate(header, roles, file=file, line=None)
        wanted = scan.select(list(dict.fromkeys(role.column for role in roles)))
        rows = int(scan.select(pl.len()).collect().item())
        typed(wanted.head(0).collect(), roles, file, RowFaults(file))  # types of all columns, before any row
        taking = _Taking(roles, file, scratch)
        for first in range(0, rows, piece_rows):
            taking.take(wanted.slice(first, piece_rows).collect(), first)
    except FAILURES as error:
        raise undecodable(file, error) from error
    table = taking.table(rows)
    problems = taking.faults.problems()
    if not problems:
        id_column = next(role.column for role in roles if role.target == "id")
        problems = () if table.increasing else repeated_in(table, id_column, part_rows=part_rows)
        if columns.threshold is not None and "label" in table.columns and "prediction" not in table.columns:
            table = _answered(table, columns, columns.threshold)
    return table, problems


class _Taking:
    """What was taken in so far."""

    def __init__(self, roles: Sequence[Role], file: str, scratch: Path | None) -> None:
        self.faults = RowFaults(file)
        self._roles = roles
        self._file = file
        self._spill = Spill(scratch)
        self._names = {
            role.target: Names(role, file)
            for role in roles
            if not role.numeric and role.target not in ("id", *_NOT_KEPT)
        }
        self._columns: dict[str, list[Stored]] = {
            role.target: [] for role in roles if role.target not in ("id", *_NOT_KEPT)
        }
        self._keys: list[Keys] = []
        self._sizes: list[int] = []
        self._whole = False
        self._increasing = True
        self._last: int | str | None = None

    def take(self, frame: pl.DataFrame, first: int) -> None:
        """The next piece."""
        self._sizes.append(frame.height)
        for role in self._roles:
            values = frame[role.column]
            if role.target == "id":
                self._take_ids(values, role, first)
            elif role.target in self._names:
                codes = self._names[role.target].code(values, first, self.faults)
                if codes is not None:
                    self._keep(role.target, codes, coded=True)
            else:
                made = self._made(values, role, first)
                if role.numeric:
                    self._keep(role.target, made.to_numpy(), coded=False)

    def table(self, rows: int) -> LargeTable:
        """All of it."""
        return LargeTable(
            path=self._file,
            rows=rows,
            sizes=tuple(self._sizes),
            columns={target: tuple(pieces) for target, pieces in self._columns.items()},
            names={target: names.texts for target, names in self._names.items()},
            keys=tuple(self._keys),
            whole=self._whole,
            increasing=self._increasing,
            spill=self._spill,
            unkept=tuple(role.target for role in self._roles if role.target in _NOT_KEPT),
        )

    def _keep(self, target: str, values: NDArray[np.generic], *, coded: bool) -> None:
        self._columns[target].append(Stored(spill=self._spill, spans=(self._spill.append_array(values),), coded=coded))

    def _made(self, values: pl.Series, role: Role, first: int) -> pl.Series:
        raw = typed(values.to_frame(), [role], self._file, self.faults, first=first)
        return checked(raw, [role], self.faults)[role.target]

    def _take_ids(self, values: pl.Series, role: Role, first: int) -> None:
        self._whole = values.dtype.is_integer() and values.dtype not in (pl.UInt64, pl.Int128, pl.UInt128)
        if self._whole and values.null_count() == 0:
            ids = values.cast(pl.Int64)
        elif values.dtype == pl.String and values.null_count() == 0 and not values.str.contains(_UNUSUAL).any():
            ids = values
        else:
            ids = self._made(values, role, first)
        if ids.null_count():
            return  # noted; nothing will be joined
        self._increasing = self._increasing and _increases(ids, self._last)
        self._last = ids[-1]
        self._keys.append(Keys(spill=self._spill, spans=(self._spill.append_series(ids),)))


def _increases(ids: pl.Series, last: int | str | None) -> bool:
    inside = ids.len() < 2 or bool((ids.slice(1) > ids.slice(0, ids.len() - 1)).all())
    return inside and (last is None or bool((ids.head(1) > last)[0]))


def _answered(table: LargeTable, columns: Columns, threshold: float) -> LargeTable:
    """With the answers that a threshold on the score gives."""
    scored = "score" in table.columns
    negative = negative_class(sorted(table.names["label"]), columns, scored=scored, file=table.path)
    made = []
    for piece in range(len(table.sizes)):
        met = np.greater_equal(table.column("score", piece), threshold)
        span = table.spill.append_array(met.astype(np.uint16))
        made.append(Stored(spill=table.spill, spans=(span,), coded=True))
    names = {**table.names, "prediction": (negative, columns.positive or "")}
    return replace(table, columns={**table.columns, "prediction": tuple(made)}, names=names)

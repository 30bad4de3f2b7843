"""Predictions from Parquet: only the needed columns are decoded.

Called by `predictions`. Files up to `IN_MEMORY` are read once and parsed from those bytes; of a larger
one (usually a table with embeddings beside the predictions) only the needed columns are read, between two
digests that must agree, so that here too the digest names what was parsed.

Subtle: Parquet has no checksum that everybody writes, so polars answers a damaged file with an error, a panic
(caught here), or values that make no sense and fail later checks. Damage to the sizes in the
footer can still end the process for lack of memory; that is a crash, never a pass.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from seatrial import digest
from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import canonical_text, reading
from seatrial.evidence.table_roles import RawTable, Role, RowFaults, locate, refuse_too_many, there

IN_MEMORY: Final = 256 * reading.MIB
FAILURES: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError)
"""What polars raises over a damaged file."""
_MAGIC: Final = b"PAR1"
_LEAST: Final = 12  # two magic words and the length of the footer


def read_parquet_table(
    path: Path, roles: Sequence[Role], *, file: str, limit: int, faults: RowFaults, in_memory: int = IN_MEMORY
) -> tuple[RawTable, str]:
    """The needed columns of a Parquet file, and the digest of the file.

    Raises EvidenceError when the file is damaged, changed while it was read, lacks a column or has one of a type
    that is no label (lists, bytes, times); floats too large to be exact go to `faults`.
    """
    if reading.checked_size(path, file=file, limit=limit) <= in_memory:
        data = reading.read_bytes(path, file=file, limit=limit)
        _check_ends(data[:4], data[-4:], len(data), file)
        frame = _decode(io.BytesIO(data), roles, file)
        return typed(frame, roles, file, faults), digest.of_bytes(data)
    return _read_large(path, roles, file=file, faults=faults)


def _read_large(path: Path, roles: Sequence[Role], *, file: str, faults: RowFaults) -> tuple[RawTable, str]:
    try:
        before = digest.of_file(path)
        check_ends_of(path, file)
        frame = _decode(path, roles, file)
        after = digest.of_file(path)
    except OSError as error:
        raise reading.unreadable(error, file) from error
    if before != after:
        raise reading.changed(file=file)
    return typed(frame, roles, file, faults), before


def check_ends_of(path: Path, file: str) -> None:
    """Raise EvidenceError for a file that does not begin and end as Parquet does; OSError where it cannot be read."""
    with path.open("rb") as stream:
        head = stream.read(4)
        size = stream.seek(-4, io.SEEK_END) + 4
        _check_ends(head, stream.read(4), size, file)


def _check_ends(head: bytes, tail: bytes, size: int, file: str) -> None:
    if size == 0:
        raise damaged(file, "it is empty")
    if head != _MAGIC:
        raise damaged(file, "it does not begin like one")
    if tail != _MAGIC or size < _LEAST:
        raise damaged(file, "its end is missing, so it was cut off or is still being written")


def _decode(source: io.BytesIO | Path, roles: Sequence[Role], file: str) -> pl.DataFrame:
    try:
        scan = pl.scan_parquet(source, glob=False, hive_partitioning=False)
        header = scan.collect_schema().names()
        roles = there(header, roles)
        locate(header, roles, file=file, line=None)
        refuse_too_many(int(scan.select(pl.len()).collect().item()), file)
        frame = scan.select(list(dict.fromkeys(role.column for role in roles))).collect()
    except FAILURES as error:
        raise undecodable(file, error) from error
    return frame


def undecodable(file: str, error: BaseException) -> EvidenceError:
    """The error for what polars could not decode."""
    reason = str(error).strip().partition("\n")[0][:200]
    return damaged(file, f"decoding it failed ({reason})")


def damaged(file: str, why: str) -> EvidenceError:
    """The error for a file that is no Parquet, or no longer."""
    return EvidenceError(
        f"this is not a readable Parquet file: {why}",
        place=Place(file=file),
        next_step="Write it again (run the stage that makes it), and write to a new file that is renamed when done.",
    )


def typed(frame: pl.DataFrame, roles: Sequence[Role], file: str, faults: RowFaults, *, first: int = 0) -> RawTable:
    """The columns as text and floats; `frame` begins at row `first`. Raises EvidenceError for other types."""
    problems: list[Problem] = []
    columns: list[pl.Series] = []
    rows = RawTable(frame=frame, first=first)
    for role in there(frame.columns, roles):
        values = frame[role.column]
        made = _number(values) if role.numeric else _text(values, role, rows, faults)
        if made is None:
            problems.append(_wrong_type(values, role, file))
        else:
            columns.append(made.alias(role.target))
    if problems:
        raise EvidenceError(problems[0].message, problems=tuple(problems))
    return RawTable(frame=pl.DataFrame(columns), first=first)


def _number(values: pl.Series) -> pl.Series | None:
    if values.dtype.is_numeric() or values.dtype == pl.Null:
        return values.cast(pl.Float64)
    return None


def _text(values: pl.Series, role: Role, rows: RawTable, faults: RowFaults) -> pl.Series | None:
    dtype = values.dtype
    if dtype.is_float():
        texts, inexact = canonical_text.of_floats(values)
        what = "is a float too large to be exact"
        step = "Write it as an integer or as text, so that no digits are lost."
        faults.note_rows(rows, inexact, role.column, what, step)
        return texts
    if dtype == pl.Boolean:
        return values.replace_strict({True: "true", False: "false"}, default=None, return_dtype=pl.String)
    if dtype.is_numeric() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Null):
        return values.cast(pl.String)
    return None


def _wrong_type(values: pl.Series, role: Role, file: str) -> Problem:
    what = "a number" if role.numeric else "text, a whole number or a truth value"
    return Problem(
        message=f"`{role.column}` has the type {values.dtype}; as `{role.declared}` it must be {what}",
        place=Place(file=file, key=role.column),
        next_step="Cast the column before writing the file.",
    )

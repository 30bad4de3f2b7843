"""Predictions from CSV: every column is read as text, scores and values are parsed afterwards.

Called by `predictions`. Fields become polars strings in blocks, so that Python objects for a whole
column never exist at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final

import polars as pl

from seatrial.evidence.delimited import open_csv
from seatrial.evidence.table_roles import RawTable, Role, RowFaults, locate, refuse_too_many, there

_BLOCK: Final = 65_536


def read_csv_table(data: bytes, roles: Sequence[Role], *, file: str, faults: RowFaults) -> RawTable:
    """The needed columns of CSV text. Raises EvidenceError for missing columns and broken lines; scores that
    are no numbers go to `faults`."""
    table = open_csv(data, file=file)
    roles = there(table.header, roles)
    found = locate(table.header, roles, file=file, line=table.header_line)
    wanted = [(role.target, found[role.target]) for role in roles]
    lines = array("Q")
    block: list[list[str]] = []
    blocks: list[pl.DataFrame] = []
    for line, fields in table.rows:
        lines.append(line)
        block.append(fields)
        if len(block) == _BLOCK:
            blocks.append(_frame(block, wanted))
            block = []
            refuse_too_many(len(lines), file)
    blocks.append(_frame(block, wanted))
    raw = RawTable(frame=pl.concat(blocks, rechunk=True), lines=lines)
    return _with_numbers(raw, roles, faults)


def _frame(block: Sequence[Sequence[str]], wanted: Sequence[tuple[str, int]]) -> pl.DataFrame:
    columns = {target: pl.Series(target, [fields[at] for fields in block], dtype=pl.String) for target, at in wanted}
    return pl.DataFrame(columns).with_columns(pl.all().replace("", None))


def _with_numbers(raw: RawTable, roles: Sequence[Role], faults: RowFaults) -> RawTable:
    frame = raw.frame
    for role in roles:
        if role.numeric:
            text = frame[role.target]
            number = text.str.strip_chars().cast(pl.Float64, strict=False)
            wrong = number.is_null() & text.is_not_null()
            step = f"Write the {role.word} as a number."
            faults.note_rows(raw, wrong, role.column, "is not a number", step)
            frame = frame.with_columns(number.zip_with(~wrong, pl.Series([0.0])).alias(role.target))
    return RawTable(frame=frame, lines=raw.lines)

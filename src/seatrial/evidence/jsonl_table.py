"""Predictions from JSONL: one JSON object on each line, read strictly.

Called by `predictions`. Values keep their JSON type until they become text, so a float that is too
large to be exact is refused here, where it can still be told from an integer. Empty lines are passed
over; columns that nobody asked for are parsed (the line must be valid JSON) and dropped.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place
from seatrial.evidence import canonical_text, strict_json
from seatrial.evidence.json_walk import FiniteStep, KeyPath, left_out
from seatrial.evidence.row_checks import step_for
from seatrial.evidence.table_roles import RawTable, Role, RowFaults, locate, refuse_too_many, there

_BLOCK: Final = 65_536
_INEXACT_STEP = "Write it as an integer or as text, so that no digits are lost."


def read_jsonl_table(data: bytes, roles: Sequence[Role], *, file: str, faults: RowFaults) -> RawTable:
    """The needed columns of JSONL text. Raises EvidenceError for the first broken line and for columns that no
    row has; values of a wrong type go to `faults`."""
    cells: list[list[str | float | None]] = [[] for _ in roles]
    blocks: list[pl.DataFrame] = []
    lines = array("Q")
    seen: dict[str, None] = {}
    unseen = {role.column for role in roles}
    steps = {role.column: step_for(role) for role in roles}

    def finite_step(path: KeyPath) -> str:
        return steps.get(str(path[0]), left_out(path)) if path else left_out(path)

    for line, row in enumerate(io.BytesIO(data), start=1):
        if not row.strip():
            continue
        record = _record(row.rstrip(b"\r\n"), file, line, finite_step)
        if unseen:
            seen.update(dict.fromkeys(record))
            unseen -= record.keys()
        lines.append(line)
        for column, role in zip(cells, roles, strict=True):
            column.append(_cell(record.get(role.column), role, line, faults))
        if len(lines) % _BLOCK == 0:
            blocks.append(_frame(cells, roles))
            cells = [[] for _ in roles]
            refuse_too_many(len(lines), file)
    blocks.append(_frame(cells, roles))
    kept = there(seen, roles) if lines else roles
    if lines:
        locate(tuple(seen), kept, file=file, line=None)
    frame = pl.concat(blocks, rechunk=True).select(role.target for role in kept)
    return RawTable(frame=frame, lines=lines)


def _record(row: bytes, file: str, line: int, finite_step: FiniteStep) -> Mapping[str, Json]:
    value = strict_json.loads(row, file=file, first_line=line, finite_step=finite_step)
    if isinstance(value, Mapping):
        return value
    raise EvidenceError(
        "this line is not a JSON object",
        place=Place(file=file, line=line),
        next_step='Write one object on each line, such as {"id": 1, "y": "cat", "p": "dog"}.',
    )


def _frame(cells: Sequence[Sequence[str | float | None]], roles: Sequence[Role]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            pl.Series(role.target, column, dtype=pl.Float64 if role.numeric else pl.String)
            for role, column in zip(roles, cells, strict=True)
        ]
    )


def _cell(value: Json, role: Role, line: int, faults: RowFaults) -> str | float | None:
    if value is None:
        return None
    if role.numeric:
        return _number(value, role, line, faults)
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            text = canonical_text.of_float(value)
            if text is None:
                what = "is a float too large to be exact"
                faults.add(role.column, what, _INEXACT_STEP, first=[("line", line)])
            return text or "?"
        case _:
            what = "is a list or an object, not one value"
            faults.add(role.column, what, "Write one number or text in each row.", first=[("line", line)])
            return "?"


def _number(value: Json, role: Role, line: int, faults: RowFaults) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            pass
    faults.add(role.column, "is not a number", f"Write the {role.word} as a number.", first=[("line", line)])
    return 0.0

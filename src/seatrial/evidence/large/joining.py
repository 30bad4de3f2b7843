"""Two large tables with the same ids, brought into one order.

Called by `pieces`. Files of one evaluation are nearly always in one order: then pieces lie side by side as they are.
Else both are divided by a hash of the id, and each part is joined by itself; the order of rows is then that of the
parts, which no figure depends on. Ids on one side only, and labels or groups that differ, are found over the whole
file before anything is said.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.errors import Problem
from seatrial.evidence.large.parts import count_of, divided
from seatrial.evidence.large.spill import Span
from seatrial.evidence.large.table import Keys, LargeTable, Stored
from seatrial.evidence.pairing import SHOWN, UnmatchedRows, other_facts, unmatched_ids
from seatrial.replacing import replace


def side_by_side(
    ours: LargeTable, theirs: LargeTable, *, part_rows: int | None = None
) -> tuple[LargeTable, LargeTable]:
    """Both tables in pieces of the same rows in the same order. Raises UnmatchedRows, LabelMismatch, RowsDiffer."""
    if not _same_order(ours, theirs):
        ours, theirs = _joined(ours, theirs, part_rows)
    _refuse_other_facts(ours, theirs)
    return ours, theirs


def _same_order(ours: LargeTable, theirs: LargeTable) -> bool:
    if ours.sizes != theirs.sizes:
        return False
    text = ours.whole != theirs.whole
    return all(ours.ids(piece, text=text).equals(theirs.ids(piece, text=text)) for piece in range(len(ours.sizes)))


def _joined(ours: LargeTable, theirs: LargeTable, part_rows: int | None) -> tuple[LargeTable, LargeTable]:
    """Pieces are parts: ours as they were divided, theirs put into the order of ours."""
    parts = count_of(max(ours.rows, theirs.rows), part_rows)
    text = ours.whole != theirs.whole
    mine, other = _divide(ours, parts, text), _divide(theirs, parts, text)
    spill = theirs.spill.beside()
    columns: dict[str, list[Stored]] = {name: [] for name in other.columns}
    alone = (_Alone(), _Alone())
    for part in range(parts):
        a, b = mine.ids(part, text=False), other.ids(part, text=False)
        at = _places(a, b, alone)
        if any(each.count for each in alone):
            continue  # what is left is to count and name the others
        for name in other.columns:
            span = spill.append_array(other.column(name, part)[at])
            columns[name].append(Stored(spill=spill, spans=(span,), coded=other.columns[name][part].coded))
    other.spill.close()
    _refuse_alone(ours, theirs, alone)
    matched = replace(
        other, columns={name: tuple(pieces) for name, pieces in columns.items()}, keys=mine.keys, spill=spill
    )
    return mine, matched


def _divide(table: LargeTable, parts: int, text: bool) -> LargeTable:
    """The table with a piece for each part."""
    spill = table.spill.beside()
    keys: list[list[Span]] = [[] for _ in range(parts)]
    spans: dict[str, list[list[Span]]] = {name: [[] for _ in range(parts)] for name in table.columns}
    sizes = np.zeros(parts, dtype=np.int64)
    for piece in range(len(table.sizes)):
        ids = table.ids(piece, text=text)
        values = {name: table.column(name, piece) for name in table.columns}
        for part, at in enumerate(divided(ids, parts)):
            sizes[part] += len(at)
            keys[part].append(spill.append_series(ids.gather(at)))
            for name, column in values.items():
                spans[name][part].append(spill.append_array(column[at]))
    columns = {
        name: tuple(Stored(spill=spill, spans=tuple(each), coded=table.columns[name][0].coded) for each in spans[name])
        for name in table.columns
    }
    return replace(
        table,
        sizes=tuple(int(size) for size in sizes),
        columns=columns,
        keys=tuple(Keys(spill=spill, spans=tuple(each)) for each in keys),
        whole=table.whole and not text,
        increasing=False,
        spill=spill,
    )


def _places(ours: pl.Series, theirs: pl.Series, alone: tuple[_Alone, _Alone]) -> NDArray[np.int64]:
    """Where each of our ids is among theirs; ids on one side only are noted in `alone`."""
    left = pl.DataFrame({"id": ours})
    right = pl.DataFrame({"id": theirs}).with_row_index("at")
    found = left.join(right, on="id", how="left", maintain_order="left")
    missing = found["at"].is_null()
    if missing.any() or len(ours) != len(theirs):
        alone[0].note(ours.filter(missing))
        alone[1].note(right.join(left, on="id", how="anti")["id"])
        return np.zeros(0, dtype=np.int64)
    return found["at"].to_numpy().astype(np.int64)


class _Alone:
    """Ids that the other side lacks: how many, and the first in the order of texts."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []

    def note(self, ids: pl.Series) -> None:
        self.count += ids.len()
        texts = ids.cast(pl.String)
        self.first = heapq.nsmallest(SHOWN, [*self.first, *texts.sort().head(SHOWN).to_list()])


def _refuse_alone(ours: LargeTable, theirs: LargeTable, alone: tuple[_Alone, _Alone]) -> None:
    problems: list[Problem] = [
        unmatched_ids(each.count, have.rows, each.first, mine=have.path, other=lack.path)
        for each, have, lack in zip(alone, (ours, theirs), (theirs, ours), strict=True)
        if each.count
    ]
    if problems:
        raise UnmatchedRows(problems[0].message, problems=tuple(problems))


def _refuse_other_facts(ours: LargeTable, theirs: LargeTable) -> None:
    """Labels and groups must be the same on both sides."""
    for name in ours.columns:
        if name in theirs.columns and (name == "label" or name.startswith("group:")):
            _refuse_other(ours, theirs, name)


def _refuse_other(ours: LargeTable, theirs: LargeTable, name: str) -> None:
    here, there = _numbered(ours.names[name], theirs.names[name])
    count, first = 0, list[tuple[str, str, str]]()
    for piece in range(len(ours.sizes)):
        mine, other = ours.column(name, piece), theirs.column(name, piece)
        at = np.flatnonzero(here[mine] != there[other])
        if not len(at):
            continue
        count += len(at)
        rows = pl.DataFrame({"id": ours.ids(piece, text=True).gather(at), "at": at}).sort("id").head(SHOWN)
        named = [
            (row, ours.names[name][mine[position]], theirs.names[name][other[position]])
            for row, position in rows.iter_rows()
        ]
        first = heapq.nsmallest(SHOWN, [*first, *named])
    if count:
        raise other_facts(name, count, ours.rows, first, mine=ours.path, other=theirs.path)


def _numbered(ours: Sequence[str], theirs: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A number for each text, the same on both sides."""
    number = {text: at for at, text in enumerate(dict.fromkeys((*ours, *theirs)))}
    return np.array([number[text] for text in ours]), np.array([number[text] for text in theirs])

"""Preferences: which of two models' answers a judge liked better, row by row, from CSV, JSONL or Parquet.

Called by the flows for outs declared `as: preferences`, and by `gate`. A stage of the user's asks the judge; Seatrial
never does. Rows are `id, order, winner, judge`:

- `order` says whose answer the judge saw first: `candidate_first` or `baseline_first`;
- `winner` is `candidate`, `baseline` or `tie`; or `A` or `B`, where A is the answer that was shown first;
- `judge` names the judge with its version, the same in all rows;
- `human`, where there, is what a person said of the id (the words of `winner`), empty for ids nobody looked at;
- `cluster`, where there, says which ids belong together (one conversation, one user).

Subtle: judges prefer what they see first (Wang et al. 2023, arXiv:2305.17926), so an id asked in one order only tells
of the order as much as of the models. Which orders are needed is the gate's to say; here both are kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from seatrial.errors import EvidenceError, Place, some_of
from seatrial.evidence.canonical_scalar import of_value
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.plain_rows import PlainTable, Row, need_columns, quoted, read_rows, unknown_columns
from seatrial.evidence.preference_records import Order, Preference, Preferences, Winner, is_pinned
from seatrial.nearest import nearest

COLUMNS: Final = ("id", "order", "winner", "judge", "human", "cluster")
_NEEDED: Final = ("id", "order", "winner", "judge")
_POSITIONS: Final = ("A", "B")


class _Read(Struct, frozen=True, kw_only=True):
    id: str
    order: Order
    winner: Winner
    human: Winner | None
    cluster: str | None
    judge: str
    row: Row


def read_preferences(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> Preferences:
    """The preferences of a file. Raises EvidenceError with every mistake in it: no rows, a cell that is empty or no
    word of ours, the same id and order twice, two judges, a cluster or a human's word that differs within an id."""
    table = read_rows(path, what="a preferences file", shown=shown, action=action, stage=stage)
    if not table.rows:
        raise EvidenceError(
            "this file holds no preferences, so there is nothing to judge",
            place=Place(file=table.source.path),
            next_step="Check that the stage that writes it asked the judge anything.",
        )
    need_columns(table, _NEEDED, COLUMNS)
    mistakes = Mistakes()
    unknown_columns(table, COLUMNS, mistakes)
    rows = [read for row in table.rows if (read := _row(table, row, mistakes)) is not None]
    _refuse_repeats(table, rows, mistakes)
    _refuse_several_judges(table, rows, mistakes)
    by_id: dict[str, list[_Read]] = {}
    for read in rows:
        by_id.setdefault(read.id, []).append(read)
    preferences = tuple(_joined(name, reads, table, mistakes) for name, reads in by_id.items())
    mistakes.raise_all()
    clustered = "cluster" in table.columns
    return Preferences(source=table.source, judge=rows[0].judge, by_id=preferences, rows=len(rows), clustered=clustered)


def _row(table: PlainTable, row: Row, mistakes: Mistakes) -> _Read | None:
    name, judge = _text(table, row, "id", mistakes), _text(table, row, "judge", mistakes)
    order = _order(table, row, mistakes)
    winner = _winner(table, row, "winner", order, mistakes)
    human = _winner(table, row, "human", order, mistakes) if "human" in row.values else None
    cluster = _text(table, row, "cluster", mistakes) if "cluster" in table.columns else None
    if name is None or judge is None or order is None or winner is None:
        return None
    return _Read(id=name, order=order, winner=winner, human=human, cluster=cluster, judge=judge, row=row)


def _text(table: PlainTable, row: Row, key: str, mistakes: Mistakes) -> str | None:
    value = row.values.get(key)
    text = of_value(value) if isinstance(value, str | int | float) else None
    if text is None or not text.strip() or not text.isprintable():
        said = "is empty" if value is None or text == "" else f"cannot be {quoted(value)}"
        mistakes.add(f"`{key}` {said}", table.place(row, key), "Write a text that can be printed.")
        return None
    return text


def _order(table: PlainTable, row: Row, mistakes: Mistakes) -> Order | None:
    value = row.values.get("order")
    if isinstance(value, str) and value in tuple(Order):
        return Order(value)
    _unknown(table, row, "order", tuple(Order), mistakes)
    return None


def _winner(table: PlainTable, row: Row, key: str, order: Order | None, mistakes: Mistakes) -> Winner | None:
    value = row.values.get(key)
    if isinstance(value, str) and value in tuple(Winner):
        return Winner(value)
    if value in _POSITIONS:
        if order is None:
            return None  # the order is what is wrong, and was noted
        first = (value == "A") == (order is Order.CANDIDATE_FIRST)
        return Winner.CANDIDATE if first else Winner.BASELINE
    _unknown(table, row, key, (*Winner, *_POSITIONS), mistakes)
    return None


def _unknown(table: PlainTable, row: Row, key: str, words: Iterable[str], mistakes: Mistakes) -> None:
    value = row.values.get(key)
    known = [str(word) for word in words]
    close = nearest(value.lower(), known) if isinstance(value, str) else None
    said = "is empty" if value is None else f"cannot be {quoted(value)}"
    step = f"Did you mean `{close}`?" if close else f"Write one of {', '.join(known)}."
    mistakes.add(f"`{key}` {said}", table.place(row, key), step)


def _refuse_repeats(table: PlainTable, rows: list[_Read], mistakes: Mistakes) -> None:
    firsts: dict[tuple[str, Order], Row] = {}
    for read in rows:
        first = firsts.setdefault((read.id, read.order), read.row)
        if first is not read.row:
            step = "Keep one row for each id and order; a judge that is asked again until it agrees is no judge."
            message = f"{read.id!r} stands twice as {read.order}; first in {table.word} {first.line}"
            mistakes.add(message, table.place(read.row, "id"), step)


def _refuse_several_judges(table: PlainTable, rows: list[_Read], mistakes: Mistakes) -> None:
    judges = dict.fromkeys(read.judge for read in rows)
    if len(judges) > 1:
        other = next(read for read in rows if read.judge != rows[0].judge)
        step = "Ask one judge, in one version, for all rows; two judges are two files and two gates."
        message = f"{len(judges)} judges in one file: {some_of([repr(name) for name in judges])}"
        mistakes.add(message, table.place(other.row, "judge"), step)
    elif rows and not is_pinned(rows[0].judge):
        message = f"the judge {rows[0].judge!r} names no version, or one that changes"
        step = "Write NAME@VERSION, e.g. arbiter@2026-05, and a new version for a new model or a new instruction."
        mistakes.add(message, table.place(rows[0].row, "judge"), step)


def _joined(name: str, reads: list[_Read], table: PlainTable, mistakes: Mistakes) -> Preference:
    humans = {read.human for read in reads if read.human is not None}
    clusters = {read.cluster for read in reads}
    if len(humans) > 1:
        step = "Write what the person said of the id, the same in all its rows."
        mistakes.add(f"{name!r} has two words in `human`", table.place(reads[-1].row, "human"), step)
    if len(clusters) > 1:
        step = "Write one cluster for each id."
        mistakes.add(f"{name!r} stands in two clusters", table.place(reads[-1].row, "cluster"), step)
    winners = {read.order: read.winner for read in reads}
    return Preference(
        id=name,
        candidate_first=winners.get(Order.CANDIDATE_FIRST),
        baseline_first=winners.get(Order.BASELINE_FIRST),
        human=min(humans, default=None),
        cluster=reads[0].cluster,
    )

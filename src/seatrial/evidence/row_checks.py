"""What every row of a predictions table must hold, asked of columns as they were read.

Called by `predictions` for a table that lies in memory and by `large/` for pieces of one that does not, so that both
refuse the same rows in the same words.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import canonical_text
from seatrial.evidence.policy import Columns
from seatrial.evidence.table_roles import SHOWN, RawTable, Role, RowFaults, there


def checked(raw: RawTable, roles: Sequence[Role], faults: RowFaults) -> pl.DataFrame:
    """The table in canonical text, every cell that cannot be used noted in `faults`."""
    made: list[pl.Series] = []
    for role in there(raw.frame.columns, roles, targets=True):
        values = raw.frame[role.target]
        if role.numeric:
            missing, strange = values.is_null(), ~values.is_finite().fill_null(True)
        else:
            values = canonical_text.canonical(values)
            missing = values.is_null() | (values == "").fill_null(False)
            strange = canonical_text.not_finite(values)
        faults.note_rows(raw, missing, role.column, "is empty", step_for(role))
        faults.note_rows(raw, strange, role.column, "is NaN or infinite", step_for(role))
        made.append(values.alias(role.target))
    return pl.DataFrame(made)


def step_for(role: Role) -> str:
    """What helps where a cell of this role is empty, or no finite number."""
    match role.declared:
        case "id":
            return "Give every row an id of its own."
        case "groups":
            return "Write a word for it, such as unknown, so that those rows form a group."
        case "label":
            return "Leave rows without a label out of the test set, for both models alike."
        case _:
            return f"Write a {role.word} for every row; a model that gives none has failed on that row."


def negative_class(labels: Sequence[str], columns: Columns, *, scored: bool, file: str) -> str:
    """What a row is answered with whose score is below the threshold. `labels` are all that occur, sorted."""
    others = [name for name in labels if name != columns.positive]
    if columns.positive is None or not scored or len(others) > 1:
        why = f"labels besides {columns.positive!r} are {', '.join(map(repr, others[:SHOWN]))}" if others else ""
        raise EvidenceError(
            "a threshold on the score needs the score of a positive class, and at most one other class"
            + (f"; {why}" if columns.positive is not None and len(others) > 1 else ""),
            place=Place(file=file, key=columns.score),
            next_step="Declare `score:` and `positive:`, or let the stage write a column of answers.",
        )
    return others[0] if others else f"not {columns.positive}"


def duplicates(raw: RawTable, ids: pl.Series, column: str, file: str) -> tuple[Problem, ...]:
    """The ids that occur more than once, as one problem; none where there are none."""
    if ids.n_unique() == ids.len():
        return ()
    rows = pl.DataFrame({"id": ids}).with_row_index("row").filter(pl.col("id").is_not_null() & (pl.col("id") != ""))
    repeated = (
        rows.filter(pl.col("id").is_duplicated()).group_by("id", maintain_order=True).agg(pl.col("row").head(SHOWN))
    )
    if repeated.height == 0:
        return ()
    return (repeated_ids(repeated.height, list(repeated.head(SHOWN).iter_rows()), raw, column, file),)


def repeated_ids(
    count: int, first: Sequence[tuple[str, Sequence[int]]], raw: RawTable, column: str, file: str
) -> Problem:
    """`count` ids occur more than once, the `first` of them in these rows."""
    named = []
    for name, at in first:
        places = [raw.where(row) for row in at]
        named.append(f"{name!r} in {places[0][0]}s {', '.join(str(number) for _, number in places)}")
    more = "; ..." if count > len(first) else ""
    word, number = raw.where(first[0][1][1])
    said = f"{count} ids appear" if count > 1 else "1 id appears"
    return Problem(
        message=f"{said} more than once in `{column}`: {'; '.join(named)}{more}",
        place=Place(file=file, line=number if word == "line" else None, key=column),
        next_step="Give every row an id of its own; rows of two models are joined by it.",
    )

"""Predictions files: one row for each example, from Parquet, CSV or JSONL, as one kind of table.

Called by the flows for outs declared `as: predictions`, and by `gate` and `diff` on files named on the command
line; callers import it lazily, since it brings polars. Whatever the format, the same data gives the same
table: `canonical_text` holds the rule.

Subtle: nothing is repaired. A row that cannot be judged (no id, no label, no prediction, a NaN) would change
what accuracy means if it were dropped, so the file is refused, with every mistake and its rows named.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from seatrial import digest
from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import canonical_text, reading
from seatrial.evidence.csv_table import read_csv_table
from seatrial.evidence.jsonl_table import read_jsonl_table
from seatrial.evidence.parquet_table import read_parquet_table
from seatrial.evidence.policy import Columns
from seatrial.evidence.records import Predictions, Source
from seatrial.evidence.table_roles import SHOWN, RawTable, Role, RowFaults, roles_of, there

MAX_TEXT_BYTES: Final = 1024 * reading.MIB
MAX_PARQUET_BYTES: Final = 64 * 1024 * reading.MIB


def read_predictions(
    path: Path, columns: Columns, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> Predictions:
    """The rows of a predictions file whose suffix is .parquet, .csv, .jsonl or .ndjson.

    `columns` names the user's columns; others are not kept. `shown` is the path in messages and in the
    source, `action` and `stage` say what made the file. Raises EvidenceError for anything but a table of unique
    ids with a label and a prediction each; UsageError for columns that cannot be meant.
    """
    file = reading.shown_as(path, shown)
    roles = roles_of(columns)
    faults = RowFaults(file)
    raw, content = _read(path, roles, file, faults)
    if raw.frame.height == 0:
        raise EvidenceError(
            "this table has no rows, so there is nothing to judge",
            place=Place(file=file),
            next_step="Check that the stage that writes it saw its test set.",
        )
    table = _checked(raw, roles, faults)
    duplicates = _duplicates(raw, table["id"], columns.id, file)
    problems = (*faults.problems(), *duplicates)
    if problems:
        raise EvidenceError(problems[0].message, problems=problems)
    if columns.threshold is not None and "label" in table.columns and "prediction" not in table.columns:
        table = table.with_columns(prediction=_answers(table, columns, columns.threshold, file))
    return Predictions(
        source=Source(path=file, digest=content, action=action, stage=stage),
        table=table,
        groups=tuple(dict.fromkeys(columns.groups)),
        positive=columns.positive,
    )


def read_unlabelled(path: Path, columns: Columns, *, shown: str | None = None) -> Predictions:
    """Answers to rows that nobody has labelled yet: ids and answers alone. Raises like `read_predictions`."""
    file = reading.shown_as(path, shown)
    roles = tuple(role for role in roles_of(columns) if role.target in ("id", "prediction"))
    faults = RowFaults(file)
    raw, content = _read(path, roles, file, faults)
    table = _checked(raw, roles, faults)
    problems = (*faults.problems(), *_duplicates(raw, table["id"], columns.id, file))
    if problems:
        raise EvidenceError(problems[0].message, problems=problems)
    return Predictions(source=Source(path=file, digest=content), table=table)


def _read(path: Path, roles: tuple[Role, ...], file: str, faults: RowFaults) -> tuple[RawTable, str]:
    match path.suffix.lower():
        case ".parquet":
            return read_parquet_table(path, roles, file=file, limit=MAX_PARQUET_BYTES, faults=faults)
        case ".csv":
            data = reading.read_bytes(path, file=file, limit=MAX_TEXT_BYTES)
            return read_csv_table(data, roles, file=file, faults=faults), digest.of_bytes(data)
        case ".jsonl" | ".ndjson":
            data = reading.read_bytes(path, file=file, limit=MAX_TEXT_BYTES)
            return read_jsonl_table(data, roles, file=file, faults=faults), digest.of_bytes(data)
        case suffix:
            had = f"the suffix `{suffix}`" if suffix else "no suffix"
            raise EvidenceError(
                f"a predictions file is told by its suffix, and this one has {had}",
                place=Place(file=file),
                next_step="Write it as .parquet, .csv or .jsonl (also .ndjson).",
            )


def _checked(raw: RawTable, roles: tuple[Role, ...], faults: RowFaults) -> pl.DataFrame:
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
        faults.note_rows(raw, missing, role.column, "is empty", _step_for(role))
        faults.note_rows(raw, strange, role.column, "is NaN or infinite", _step_for(role))
        made.append(values.alias(role.target))
    return pl.DataFrame(made)


def _answers(table: pl.DataFrame, columns: Columns, threshold: float, file: str) -> pl.Series:
    """The answers that a threshold on the score gives."""
    others = [name for name in table["label"].unique().sort().to_list() if name != columns.positive]
    if columns.positive is None or "score" not in table.columns or len(others) > 1:
        why = f"labels besides {columns.positive!r} are {', '.join(map(repr, others[:SHOWN]))}" if others else ""
        raise EvidenceError(
            "a threshold on the score needs the score of a positive class, and at most one other class"
            + (f"; {why}" if columns.positive is not None and len(others) > 1 else ""),
            place=Place(file=file, key=columns.score),
            next_step="Declare `score:` and `positive:`, or let the stage write a column of answers.",
        )
    negative = others[0] if others else f"not {columns.positive}"
    met = table["score"] >= threshold
    return pl.select(pl.when(met).then(pl.lit(columns.positive)).otherwise(pl.lit(negative))).to_series()


def _step_for(role: Role) -> str:
    match role.declared:
        case "id":
            return "Give every row an id of its own."
        case "groups":
            return "Write a word for it, such as unknown, so that those rows form a group."
        case "label":
            return "Leave rows without a label out of the test set, for both models alike."
        case _:
            return f"Write a {role.word} for every row; a model that gives none has failed on that row."


def _duplicates(raw: RawTable, ids: pl.Series, column: str, file: str) -> tuple[Problem, ...]:
    if ids.n_unique() == ids.len():
        return ()
    rows = pl.DataFrame({"id": ids}).with_row_index("row").filter(pl.col("id").is_not_null() & (pl.col("id") != ""))
    repeated = (
        rows.filter(pl.col("id").is_duplicated()).group_by("id", maintain_order=True).agg(pl.col("row").head(SHOWN))
    )
    if repeated.height == 0:
        return ()
    named = []
    for name, at in repeated.head(SHOWN).iter_rows():
        places = [raw.where(row) for row in at]
        named.append(f"{name!r} in {places[0][0]}s {', '.join(str(number) for _, number in places)}")
    more = "; ..." if repeated.height > SHOWN else ""
    word, number = raw.where(repeated["row"][0][1])
    count = f"{repeated.height} ids appear" if repeated.height > 1 else "1 id appears"
    return (
        Problem(
            message=f"{count} more than once in `{column}`: {'; '.join(named)}{more}",
            place=Place(file=file, line=number if word == "line" else None, key=column),
            next_step="Give every row an id of its own; rows of two models are joined by it.",
        ),
    )

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
from seatrial.errors import EvidenceError, Place
from seatrial.evidence import reading
from seatrial.evidence.csv_table import read_csv_table
from seatrial.evidence.jsonl_table import read_jsonl_table
from seatrial.evidence.parquet_table import read_parquet_table
from seatrial.evidence.policy import Columns
from seatrial.evidence.records import Predictions, Source
from seatrial.evidence.row_checks import checked, duplicates, negative_class
from seatrial.evidence.table_roles import RawTable, Role, RowFaults, roles_of

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
    table = checked(raw, roles, faults)
    repeated = duplicates(raw, table["id"], columns.id, file)
    problems = (*faults.problems(), *repeated)
    if problems:
        raise EvidenceError(problems[0].message, problems=problems)
    if columns.threshold is not None and "prediction" in table.columns:
        raise EvidenceError(
            f"there is a column of answers `{columns.prediction}`, and a threshold would give others",
            place=Place(file=file, key=columns.prediction),
            next_step="Leave the threshold out, or name a column that is not there as the prediction.",
        )
    if columns.threshold is not None and "label" in table.columns:
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
    table = checked(raw, roles, faults)
    problems = (*faults.problems(), *duplicates(raw, table["id"], columns.id, file))
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
            known = ".parquet, .csv or .jsonl (also .ndjson)"
            raise reading.other_suffix(suffix, "a predictions file", file=file, known=known)


def _answers(table: pl.DataFrame, columns: Columns, threshold: float, file: str) -> pl.Series:
    """The answers that a threshold on the score gives."""
    labels = table["label"].unique().sort().to_list()
    negative = negative_class(labels, columns, scored="score" in table.columns, file=file)
    met = table["score"] >= threshold
    return pl.select(pl.when(met).then(pl.lit(columns.positive)).otherwise(pl.lit(negative))).to_series()

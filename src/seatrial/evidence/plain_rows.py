"""Rows of a small table as mappings from column to value, with the place of each: CSV, JSONL and Parquet alike.

Called by the readers of test cases, answers and preferences. Their columns are few and named by us, some may be
left out, and JSON values matter as they are, so `table_roles` (columns that the user names, millions of rows, text
only) does not fit. Reading is as strict: `delimited` and `strict_json` do it.

Subtle: an empty cell of a CSV file is an absent value, since CSV cannot tell it from an empty text. JSON's null and
Parquet's null are absent too; an empty text in those formats is a value. A column that no reader asks for is refused
only where a misspelt one could change a verdict, which the callers decide with `unknown_columns`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place
from seatrial.evidence import reading, strict_json
from seatrial.evidence.delimited import open_csv
from seatrial.evidence.json_walk import KeyPath, left_out
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.records import Source
from seatrial.nearest import nearest

MAX_BYTES: Final = 256 * reading.MIB
MAX_ROWS: Final = 2_000_000
NO_SUCH_NUMBER: Final = (
    "JSON has no such number: write null, or whatever stands for a missing value in what the model is asked."
)
_SUFFIXES: Final = ".csv, .jsonl (also .ndjson) or .parquet"


class Row(Struct, frozen=True, kw_only=True):
    """One row. `line` is its line, or its number from 1 in a Parquet file; absent values are not in `values`."""

    line: int
    values: Mapping[str, Json]


class PlainTable(Struct, frozen=True, kw_only=True):
    """All rows of a file. `word` says what `Row.line` counts; `typed` is false for CSV, where all is text."""

    source: Source
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    word: str = "line"
    typed: bool = True

    def place(self, row: Row, key: str | None = None) -> Place:
        """The place of a row, or of a value in it."""
        file = self.source.path
        if self.word == "line":
            return Place(file=file, line=row.line, key=key)
        return Place(file=file, key=f"row {row.line}" + (f" {key}" if key else ""))


def read_rows(
    path: Path, *, what: str, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> PlainTable:
    """Every row of a CSV, JSONL or Parquet file; `what` names its kind in messages ("an answers file").

    Raises EvidenceError for another suffix, for broken text (each broken line of JSONL) and for too many rows.
    """
    file = reading.shown_as(path, shown)
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".jsonl", ".ndjson", ".parquet"):
        raise reading.other_suffix(path.suffix, what, file=file, known=_SUFFIXES)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    source = Source(path=file, digest=digest.of_bytes(data), action=action, stage=stage)
    match suffix:
        case ".csv":
            table = _from_csv(data, source)
        case ".parquet":
            table = _from_parquet(data, source)
        case _:
            table = _from_jsonl(data, source)
    if len(table.rows) > MAX_ROWS:
        raise EvidenceError(
            f"this table has more than {MAX_ROWS:,} rows, the most that is read here",
            place=Place(file=file),
            next_step="Write fewer rows.",
        )
    return table


def quoted(value: Json) -> str:
    """A value of a file as a message shows it: in ASCII, one line, not too long."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def need_columns(table: PlainTable, needed: Collection[str], known: Collection[str]) -> None:
    """Raise EvidenceError for every needed column that is not there; `known` are all that could be meant."""
    line = 1 if table.word == "line" and not table.typed else None
    others = {name.lower(): name for name in table.columns if name not in known}
    mistakes = Mistakes()
    for name in needed:
        if name not in table.columns:
            near = nearest(name, others, cutoff=0.5)
            listed = ", ".join(f"`{column}`" for column in table.columns[:10]) or "none"
            step = f"Rename `{others[near]}` to `{name}`." if near else f"Write the column; there are: {listed}."
            mistakes.add(f"there is no column `{name}`", Place(file=table.source.path, line=line, key=name), step)
    mistakes.raise_all()


def unknown_columns(table: PlainTable, known: Collection[str], mistakes: Mistakes) -> None:
    """Note every column that is a known one misspelt: what stands in it would be passed over in silence."""
    for name in table.columns:
        if name not in known and (close := nearest(name.lower(), known, cutoff=0.75)) and close not in table.columns:
            place = Place(file=table.source.path, key=name)
            mistakes.add(f"the column `{name}` is not one that is read", place, f"Did you mean `{close}`?")


def _from_csv(data: bytes, source: Source) -> PlainTable:
    table = open_csv(data, file=source.path)
    twice = sorted({name for name in table.header if table.header.count(name) > 1})
    if twice:
        raise EvidenceError(
            f"there are several columns named `{twice[0]}`",
            place=Place(file=source.path, line=table.header_line, key=twice[0]),
            next_step="Give each column a name of its own.",
        )
    rows = tuple(
        Row(line=line, values={name: cell for name, cell in zip(table.header, cells, strict=True) if cell != ""})
        for line, cells in table.rows
    )
    return PlainTable(source=source, columns=table.header, rows=rows, typed=False)


def _from_jsonl(data: bytes, source: Source) -> PlainTable:
    columns: dict[str, None] = {}
    mistakes = Mistakes()
    rows = tuple(_objects(data, source.path, columns, mistakes))
    mistakes.raise_all()
    return PlainTable(source=source, columns=tuple(columns), rows=rows)


_FINITE_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "answer": 'Write what the model answered as text, such as "NaN"; a case without an answer cannot be judged.',
        "expected": 'Write what is expected as text, such as "NaN", or take the case out.',
        "input": NO_SUCH_NUMBER,
    }
)


def _finite_step(path: KeyPath) -> str:
    """Of a field without which there is no row, to leave it out is no help."""
    return _FINITE_STEPS.get(str(path[0]), left_out(path)) if path else left_out(path)


def _objects(data: bytes, file: str, columns: dict[str, None], mistakes: Mistakes) -> Iterator[Row]:
    for line, text in enumerate(io.BytesIO(data), start=1):
        if not text.strip():
            continue
        try:
            value = strict_json.loads(text.rstrip(b"\r\n"), file=file, first_line=line, finite_step=_finite_step)
        except EvidenceError as error:
            mistakes.take(error)
            continue
        if not isinstance(value, Mapping):
            step = 'Write one object on each line, such as {"id": "greeting", "answer": "Hello!"}.'
            mistakes.add("this line is not a JSON object", Place(file=file, line=line), step)
            continue
        columns.update(dict.fromkeys(value))
        yield Row(line=line, values={name: found for name, found in value.items() if found is not None})


def _from_parquet(data: bytes, source: Source) -> PlainTable:
    import polars as pl  # heavy, and only Parquet needs it

    try:
        frame = pl.read_parquet(io.BytesIO(data), glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError) as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise EvidenceError(
            f"this is not a readable Parquet file: {reason}",
            place=Place(file=source.path),
            next_step="Write it again (run the stage that makes it).",
        ) from error
    plain = (pl.String, pl.Boolean, pl.Null)
    odd = [name for name, kind in frame.schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object)]
    texts = [name for name, kind in frame.drop(odd).schema.items() if not (kind.is_numeric() or kind in plain)]
    frame = frame.with_columns(pl.col(*texts).cast(pl.String)) if texts else frame
    if odd:  # as JSON: an answer may well be a list
        as_json = [pl.Series(name, [_json(value) for value in frame[name].to_list()], dtype=pl.String) for name in odd]
        frame = frame.with_columns(as_json)
    rows = tuple(
        Row(line=number, values={name: value for name, value in row.items() if value is not None})
        for number, row in enumerate(frame.iter_rows(named=True), start=1)
    )
    return PlainTable(source=source, columns=tuple(frame.columns), rows=rows, word="row")


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)

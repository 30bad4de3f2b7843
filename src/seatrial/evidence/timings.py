"""Timings files: one row for each request to a served model, from CSV, JSONL or Parquet, told by the suffix.

    order    required: the request's place among all requests of the file, a whole number; no two alike
    ms       required: how long the answer took, in milliseconds, finite, at least 0; of a failed request, how long
             until it failed
    model    `candidate` or `baseline`; without the column all rows are the candidate's
    ok       true or false: whether an answer came that was one; without the column all are true
    kind     `warm` or `cold`; without the column all are warm. A cold row is the first answer after a start, and
             its `ms` counts from starting the process
    request  which request was sent, such as the id of its row; without the column requests are not told apart

Requests sent to warm a model up are not written. To compare two models, send requests to them in turn. What holds
for the whole measurement (machine, callers, memory) has no row and stands in a record beside this file, see
`measurement`: a table of three formats has no place for it, load generators of other makes write tables like this one,
and the memory gate needs no rows.

Written by `serving/` or by a stage; read for gates, and imported lazily. Nothing is repaired, and a column of
another name is refused rather than passed over: an unread `success` would turn failures into fast answers.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import reading, strict_json
from seatrial.evidence.delimited import open_csv
from seatrial.evidence.records import Source
from seatrial.evidence.table_roles import SHOWN, RowFaults
from seatrial.evidence.timing_records import BASELINE, CANDIDATE, Requests, Timings
from seatrial.nearest import nearest

MAX_BYTES: Final = 256 * reading.MIB
MAX_REQUESTS: Final = 1_000_000
REQUIRED: Final = ("order", "ms")
COLUMNS: Final = (*REQUIRED, "model", "ok", "kind", "request")

_WHOLE = re.compile(r"-?[0-9]{1,15}(?:\.0+)?\Z")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")
_TRUTHS: Mapping[str, bool] = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_LARGEST_WHOLE = 10**15
_BEYOND = 10**300  # a whole number of JSON may be too large for a float

_At = tuple[str, int]
_Row = tuple[_At, Mapping[str, Json]]


class _Read(Struct):
    """The rows of one model while they are read."""

    warm: list[tuple[int, float, bool, str]] = field(default_factory=list)
    cold: list[tuple[int, float]] = field(default_factory=list)


def read_timings(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> Timings:
    """The requests of a timings file whose suffix is .csv, .jsonl, .ndjson or .parquet.

    `shown` is the path in messages and in the source, `action` and `stage` say what made the file. Raises
    EvidenceError with every mistake: columns that are missing or unknown, cells that are not what their column says, a
    place taken twice, no request to the candidate.
    """
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    faults = RowFaults(file)
    models = {CANDIDATE: _Read(), BASELINE: _Read()}
    places: dict[int, _At] = {}
    taken: list[tuple[int, _At, _At]] = []
    told_apart = False
    for count, (at, row) in enumerate(_rows(path.suffix.lower(), data, file), start=1):
        _refuse_too_many(count, file)
        told_apart = told_apart or "request" in row
        if (order := _take(row, at, models, faults)) is None:
            continue
        if (before := places.setdefault(order, at)) is not at:
            taken.append((order, before, at))
    problems = (*faults.problems(), *_twice(taken, file))
    if problems:
        raise EvidenceError(problems[0].message, problems=problems)
    source = reading.source_of(data, file=file, action=action, stage=stage)
    return _timings(models, told_apart, source)


def _timings(models: Mapping[str, _Read], told_apart: bool, source: Source) -> Timings:
    candidate, baseline = models[CANDIDATE], models[BASELINE]
    if not (candidate.warm or candidate.cold):
        raise EvidenceError(
            "no request to the candidate is in this file, so there is nothing to judge"
            if baseline.warm or baseline.cold
            else "this table has no rows, so there is nothing to judge",
            place=Place(file=source.path),
            next_step="Check that whatever sends the requests reached the model.",
        )
    return Timings(
        source=source,
        candidate=_requests(candidate, told_apart),
        baseline=_requests(baseline, told_apart) if baseline.warm or baseline.cold else None,
    )


def _requests(read: _Read, told_apart: bool) -> Requests:
    warm = sorted(read.warm)
    return Requests(
        order=tuple(order for order, _, _, _ in warm),
        ms=tuple(ms for _, ms, _, _ in warm),
        ok=tuple(ok for _, _, ok, _ in warm),
        request=tuple(request for _, _, _, request in warm) if told_apart else None,
        cold_ms=tuple(ms for _, ms in sorted(read.cold)),
    )


def _take(row: Mapping[str, Json], at: _At, models: Mapping[str, _Read], faults: RowFaults) -> int | None:
    """Puts one row where it belongs, or notes what is wrong with it. Its place in the order, where it has one."""
    order = _order(row.get("order"), at, faults)
    ms = _milliseconds(row.get("ms"), at, faults)
    ok = _truth(row.get("ok", True), at, faults)
    model = _word(row.get("model", CANDIDATE), "model", (CANDIDATE, BASELINE), at, faults)
    kind = _word(row.get("kind", "warm"), "kind", ("warm", "cold"), at, faults)
    request = _request(row["request"], at, faults) if "request" in row else ""
    if order is not None and ms is not None and ok is not None and request is not None and model and kind:
        if kind == "cold":
            models[model].cold.append((order, ms if ok else math.inf))
        else:
            models[model].warm.append((order, ms, ok, request))
    return order


def _order(value: Json, at: _At, faults: RowFaults) -> int | None:
    match value:
        case bool():
            pass
        case int() if abs(value) < _LARGEST_WHOLE:
            return value
        case float() if value.is_integer() and abs(value) < _LARGEST_WHOLE:
            return int(value)
        case str() if _WHOLE.match(value):
            return int(value.partition(".")[0])
    _note(
        value,
        "order",
        "is not a whole number",
        "Number the requests 1, 2, 3 ... in the order they were sent.",
        at,
        faults,
    )
    return None


def _milliseconds(value: Json, at: _At, faults: RowFaults) -> float | None:
    number: float | None = None
    match value:
        case bool():
            pass
        case int() | float():
            number = float(value) if abs(value) < _BEYOND else math.inf
        case str() if _NUMBER.match(value.strip()):
            number = float(value)
    step = "Write milliseconds as a plain number; of a failed request, how long until it failed."
    if number is None:
        _note(value, "ms", "is not a number", step, at, faults)
    elif not math.isfinite(number):
        _note(value, "ms", "is NaN or infinite", step, at, faults)
    elif number < 0.0:
        _note(value, "ms", "is below 0", "Measure with a clock that never goes back (time.monotonic).", at, faults)
    else:
        return number
    return None


def _truth(value: Json, at: _At, faults: RowFaults) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TRUTHS:
        return _TRUTHS[value]
    _note(value, "ok", "is neither true nor false", "Write true or false in each row.", at, faults)
    return None


def _word(value: Json, column: str, words: tuple[str, str], at: _At, faults: RowFaults) -> str | None:
    if isinstance(value, str) and value in words:
        return value
    _note(
        value,
        column,
        f"is neither {words[0]} nor {words[1]}",
        f"Write {words[0]} or {words[1]} in each row.",
        at,
        faults,
    )
    return None


def _request(value: Json, at: _At, faults: RowFaults) -> str | None:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    _note(
        value, "request", "is neither text nor a whole number", "Write the id of the request in each row.", at, faults
    )
    return None


def _note(value: Json, column: str, what: str, step: str, at: _At, faults: RowFaults) -> None:
    faults.add(column, "is empty" if value is None or value == "" else what, step, first=[at])


def _twice(taken: list[tuple[int, _At, _At]], file: str) -> tuple[Problem, ...]:
    if not taken:
        return ()
    named = "; ".join(f"{order} in {one[0]}s {one[1]} and {two[1]}" for order, one, two in taken[:SHOWN])
    more = "; ..." if len(taken) > SHOWN else ""
    word, number = taken[0][2]
    rows = "1 row repeats" if len(taken) == 1 else f"{len(taken)} rows repeat"
    return (
        Problem(
            message=f"{rows} a place in `order`: {named}{more}",
            place=Place(file=file, line=number if word == "line" else None, key="order"),
            next_step="Number the requests to both models in one sequence: the order tells which were neighbours.",
        ),
    )


def _refuse_too_many(rows: int, file: str) -> None:
    if rows > MAX_REQUESTS:
        raise EvidenceError(
            f"this table has more than {MAX_REQUESTS:,} requests, the most that is read",
            place=Place(file=file),
            next_step="Keep a stretch of neighbouring requests, not every tenth one: neighbours tell how they depend.",
        )


def _rows(suffix: str, data: bytes, file: str) -> Iterator[_Row]:
    """Every row with the word and number by which a person finds it; the columns are checked before."""
    match suffix:
        case ".csv":
            return _csv(data, file)
        case ".jsonl" | ".ndjson":
            return _jsonl(data, file)
        case ".parquet":
            return _parquet(data, file)
        case _:
            raise reading.other_suffix(
                suffix, "a timings file", file=file, known=".csv, .jsonl (also .ndjson) or .parquet"
            )


def _csv(data: bytes, file: str) -> Iterator[_Row]:
    table = open_csv(data, file=file)
    _check_columns(table.header, file, table.header_line)
    for line, fields in table.rows:
        yield ("line", line), {name: value or None for name, value in zip(table.header, fields, strict=True)}


def _jsonl(data: bytes, file: str) -> Iterator[_Row]:
    """The first object names the columns: one that has fewer has empty cells, one that has more is refused."""
    header: tuple[str, ...] = ()
    for line, text in enumerate(io.BytesIO(data), start=1):
        if not text.strip():
            continue
        row = strict_json.loads(text.rstrip(b"\r\n"), file=file, first_line=line)
        if not isinstance(row, Mapping):
            raise EvidenceError(
                "this line is not a JSON object",
                place=Place(file=file, line=line),
                next_step='Write one object on each line, such as {"order": 1, "ms": 12.5}.',
            )
        if not header:
            header = tuple(row)
            _check_columns(header, file, line)
        if more := [name for name in row if name not in header]:
            raise EvidenceError(
                f"this line has `{more[0]}`, which the first line does not have",
                place=Place(file=file, line=line, key=more[0]),
                next_step="Write the same keys on every line.",
            )
        yield ("line", line), {name: row.get(name) for name in header}


def _parquet(data: bytes, file: str) -> Iterator[_Row]:
    import polars as pl  # heavy, and the other formats do without

    try:
        scan = pl.scan_parquet(io.BytesIO(data), glob=False, hive_partitioning=False)
        _check_columns(tuple(scan.collect_schema().names()), file, None)
        _refuse_too_many(int(scan.select(pl.len()).collect().item()), file)
        rows = scan.collect().iter_rows(named=True)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError) as error:
        reason = str(error).strip().partition("\n")[0][:200] or "it is empty"
        raise EvidenceError(
            f"this is not a readable Parquet file: {reason}",
            place=Place(file=file),
            next_step="Write it again, to a new file that is renamed when done.",
        ) from error
    for number, row in enumerate(rows, start=1):
        yield ("row", number), row


def _check_columns(header: tuple[str, ...], file: str, line: int | None) -> None:
    """Raises EvidenceError for columns that are missing, unknown or there twice, all at once."""
    problems: list[Problem] = []
    for name in dict.fromkeys(header):
        place = Place(file=file, line=line, key=name)
        if header.count(name) > 1:
            message, step = (
                f"there are {header.count(name)} columns named `{name}`",
                "Give each column a name of its own.",
            )
        elif name not in COLUMNS:
            close = nearest(name.lower(), COLUMNS)
            message = f"a timings file has no column `{name}`" + (f"; the nearest is `{close}`" if close else "")
            step = f"Rename it to `{close}`, or leave it out." if close else f"The columns are {', '.join(COLUMNS)}."
        else:
            continue
        problems.append(Problem(message=message, place=place, next_step=step))
    for name in REQUIRED:
        if name not in header:
            step = "Number the requests in the order they were sent." if name == "order" else "Write milliseconds."
            problems.append(
                Problem(
                    message=f"there is no column `{name}`", place=Place(file=file, line=line, key=name), next_step=step
                )
            )
    if problems:
        raise EvidenceError(problems[0].message, problems=tuple(problems))

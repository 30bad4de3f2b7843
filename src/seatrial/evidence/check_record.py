"""The record of a data check, as `seatrial check --report FILE.json` writes it and a stage leaves it.

Called where a stage that judges data has ended, and by the flows for a run's report. Strict, as for any other
evidence: what is no such record is an error, never a pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place
from seatrial.evidence import reading, strict_json
from seatrial.evidence.records import Source
from seatrial.verdict import Decision, Finding, Verdict

SCHEMA: Final = 1
KIND: Final = "data"
"""The kind of a finding about data, beside those of gates."""


class Detail(Struct, frozen=True, kw_only=True):
    """What a record says of a finding that findings of other kinds have not."""

    severity: str
    figures: str
    file: str | None
    line: int | None


class Rows(Struct, frozen=True, kw_only=True):
    """Example rows of a finding: each has its number and its cells."""

    check: str
    column: str | None
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


class CheckRecord(Struct, frozen=True, kw_only=True):
    """What one check of a dataset came to. `details` belong to the findings at their places. `distributions` and
    `statistics` are rows of text, a column of the dataset each; `digests` are those of everything that the verdict
    rests on."""

    source: Source
    dataset: str
    identity: str
    rows: int
    verdict: Verdict
    decision: Decision
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]
    details: tuple[Detail, ...]
    examples: tuple[Rows, ...]
    next_step: str | None
    distributions: tuple[tuple[str, ...], ...]
    statistics: tuple[tuple[str, ...], ...]
    digests: Mapping[str, str]


def read_check(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> CheckRecord:
    """The record of a check. Raises EvidenceError for a file that is none, or that another version wrote."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=strict_json.MAX_BYTES)
    document = strict_json.loads(data, file=file)
    if not isinstance(document, Mapping) or document.get("schema_version") != SCHEMA:
        raise _no_check("it has no `schema_version` that this Seatrial knows", file)
    try:
        return CheckRecord(
            source=reading.source_of(data, file=file, action=action, stage=stage),
            dataset=_text(document["dataset"]),
            identity=_text(document["identity"]),
            rows=_whole(document["rows"]),
            verdict=Verdict(_text(document["verdict"])),
            decision=Decision(_text(document["decision"])),
            counts={name: _whole(number) for name, number in _object(document["counts"]).items()},
            findings=tuple(_finding(_object(each)) for each in _list(document["findings"])),
            details=tuple(_detail(_object(each)) for each in _list(document["findings"])),
            examples=tuple(_rows(_object(each)) for each in _list(document["examples"])),
            next_step=_maybe_text(document["next_step"]),
            distributions=_table(document["distributions"], 4),
            statistics=_table(document["statistics"], 8),
            digests={name: _text(found) for name, found in _object(document["digests"]).items()},
        )
    except KeyError as error:
        raise _no_check(f"it has no {error}", file) from error
    except (TypeError, ValueError) as error:
        raise _no_check(str(error), file) from error


def _no_check(why: str, file: str) -> EvidenceError:
    return EvidenceError(
        f"this is not the record of a data check: {why}",
        place=Place(file=file),
        next_step="write it with `seatrial check DATA --report FILE.json`",
    )


def _finding(found: Mapping[str, Json]) -> Finding:
    column, interval = found["column"], found["interval"]
    check = _text(found["check"])
    return Finding(
        name=check if column is None else f"{check} {_text(column)}",
        kind=KIND,
        metric=None if column is None else _text(column),
        verdict=Verdict(_text(found["verdict"])),
        reason=_text(found["reason"]),
        message=_text(found["message"]),
        estimate=_number(found["estimate"]),
        interval=None if interval is None else _bounds(_list(interval)),
        threshold=_number(found["threshold"]),
        n=None if found["n"] is None else _whole(found["n"]),
        n_needed=None if found["n_needed"] is None or found.get("n_reference_needed") else _whole(found["n_needed"]),
        method=None if found["statistic"] is None else _text(found["statistic"]),
    )


def _detail(found: Mapping[str, Json]) -> Detail:
    place = {} if found["place"] is None else _object(found["place"])
    line = place.get("line")
    return Detail(
        severity=_text(found["severity"]),
        figures=_text(found["figures"]),
        file=_maybe_text(place.get("file")),
        line=None if line is None else _whole(line),
    )


def _rows(found: Mapping[str, Json]) -> Rows:
    rows = [_object(row) for row in _list(found["rows"])]
    return Rows(
        check=_text(found["check"]),
        column=_maybe_text(found["column"]),
        columns=tuple(map(_text, _list(found["columns"]))),
        rows=tuple((_whole(row["row"]), tuple(map(_text, _list(row["cells"])))) for row in rows),
    )


def _table(value: Json, width: int) -> tuple[tuple[str, ...], ...]:
    rows = tuple(tuple(map(_text, _list(row))) for row in _list(value))
    if any(len(row) != width for row in rows):
        raise ValueError(f"a row has not {width} cells")
    return rows


def _maybe_text(value: Json) -> str | None:
    return None if value is None else _text(value)


def _bounds(bounds: list[Json]) -> tuple[float, float] | None:
    low, high = (_number(bound) for bound in bounds)
    return None if low is None or high is None else (low, high)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _number(value: Json) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _object(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no object")
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value

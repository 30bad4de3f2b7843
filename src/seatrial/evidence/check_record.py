"""The record of a data check, as `seatrial check --report FILE.json` writes it and a stage leaves it.

Called where a stage that judges data has ended, and by the flows for a run's report. Strict, as for any other
evidence: what is no such record is an error, never a pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from seatrial.evidence import reading, strict_json
from seatrial.evidence.json_value import Keys, Value
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.records import MOST_SHARE, Bars, Source
from seatrial.verdict import Decision, Finding, Verdict

SCHEMA: Final = 1
KIND: Final = "data"
"""The kind of a finding about data, beside those of gates."""
MOST_BARS: Final = 60
"""Bars of one column in a record."""
_SAYING: Final = "this is not the record of a data check"
_STEP: Final = "write it with `seatrial check DATA --report FILE.json`"


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
    `statistics` are rows of text, a column of the dataset each; `shapes` are those that are drawn; `digests` are those
    of everything that the verdict rests on."""

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
    shapes: tuple[Bars, ...] = ()


def read_check(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> CheckRecord:
    """The record of a check. Raises EvidenceError for a file that is none, or that another version wrote."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=strict_json.MAX_BYTES)
    document = strict_json.loads(data, file=file)
    mistakes = Mistakes()
    keys = Value(document, mistakes.of(file, next_step=_STEP, saying=_SAYING)).keys()
    version = keys["schema_version"]
    if not version.equals(SCHEMA):
        version.refuse("this Seatrial does not know this version")
        mistakes.raise_all()
    record = CheckRecord(
        source=reading.source_of(data, file=file, action=action, stage=stage),
        dataset=keys["dataset"].text(),
        identity=keys["identity"].text(),
        rows=keys["rows"].whole(least=0),
        verdict=keys["verdict"].word(Verdict),
        decision=keys["decision"].word(Decision),
        counts=keys["counts"].named(Value.whole),
        findings=keys["findings"].each(lambda each: _finding(each.keys())),
        details=keys["findings"].each(lambda each: _detail(each.keys())),
        examples=keys["examples"].each(lambda each: _rows(each.keys())),
        next_step=keys["next_step"].maybe(Value.text),
        distributions=keys["distributions"].each(lambda row: _cells(row, 4)),
        statistics=keys["statistics"].each(lambda row: _cells(row, 8)),
        digests=keys["digests"].named(Value.text),
        shapes=keys.if_there("shapes", lambda value: value.each(lambda each: _bars(each.keys())), ()),
    )
    mistakes.raise_all()
    return record


def _finding(keys: Keys) -> Finding:
    check, column = keys["check"].text(), keys["column"].maybe(Value.text)
    needs_both = bool(keys.if_there("n_reference_needed", lambda value: value.json, None))
    return Finding(
        name=check if column is None else f"{check} {column}",
        kind=KIND,
        metric=column,
        verdict=keys["verdict"].word(Verdict),
        reason=keys["reason"].text(),
        message=keys["message"].text(),
        estimate=keys["estimate"].maybe(Value.number),
        interval=keys["interval"].maybe(_bounds),
        threshold=keys["threshold"].maybe(Value.number),
        n=keys["n"].maybe(Value.whole),
        n_needed=None if needs_both else keys["n_needed"].maybe(Value.whole),
        method=keys["statistic"].maybe(Value.text),
    )


def _detail(keys: Keys) -> Detail:
    place = keys["place"].maybe(lambda value: value.keys(sparse=True))
    return Detail(
        severity=keys["severity"].text(),
        figures=keys["figures"].text(),
        file=None if place is None else place["file"].maybe(Value.text),
        line=None if place is None else place["line"].maybe(Value.whole),
    )


def _rows(keys: Keys) -> Rows:
    return Rows(
        check=keys["check"].text(),
        column=keys["column"].maybe(Value.text),
        columns=keys["columns"].texts(),
        rows=keys["rows"].each(lambda each: _row(each.keys())),
    )


def _row(keys: Keys) -> tuple[int, tuple[str, ...]]:
    return keys["row"].whole(), keys["cells"].texts()


def _bars(keys: Keys) -> Bars:
    made = Bars(
        column=keys["column"].text(),
        kind=keys["kind"].text(),
        current=_shares(keys["current"]),
        reference=_shares(keys["reference"]),
        labels=keys["labels"].texts(),
        low=keys["low"].number(),
        high=keys["high"].number(),
        below=keys["below"].flag(),
        above=keys["above"].flag(),
    )
    for name, values in (("reference", made.reference), ("labels", made.labels)):
        if values and len(values) != len(made.current):
            keys[name].refuse("this must have as many items as `current`")
    if not 0 < len(made.current) <= MOST_BARS:
        keys["current"].refuse(f"there must be from 1 to {MOST_BARS} bars")
    if not made.labels and not made.low < made.high:
        keys["high"].refuse("`high` must be above `low`")
    return made


def _shares(value: Value) -> tuple[float, ...]:
    shares = value.each(lambda each: each.number(least=0.0))
    if any(share > MOST_SHARE for share in shares):
        value.refuse("a share is at most 1")
    return shares


def _cells(row: Value, width: int) -> tuple[str, ...]:
    return tuple(cell.text() for cell in row.items(of=width))


def _bounds(value: Value) -> tuple[float, float] | None:
    low, high = (bound.maybe(Value.number) for bound in value.items(of=2))
    return None if low is None or high is None else (low, high)

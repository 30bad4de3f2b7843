"""Test cases from CSV, JSONL and YAML files: what a model is asked, and what is expected of its answers.

Called by the flows for `test_cases:` of a behavioral gate, and by `gate`. Every mistake of all files is told at
once, with file and line. Two things are handed in, because they live above this layer: `check`, the gate's table of
matchers, says what is wrong with a matcher and its arguments; `yaml`, the strict reader of configuration, parses YAML.

Subtle: a file of cases decides what passes, so nothing in it is passed over. A key that no matcher and no case
knows is refused, for it may be a misspelt demand; so is a case of which nothing is expected, unless a pair needs it.
`case_fields` reads one case, `case_pairs` holds the pairs against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import ConfigError, EvidenceError, Place
from seatrial.evidence import reading
from seatrial.evidence.case_fields import CSV_KEYS, Check, RawCase, read_case
from seatrial.evidence.case_pairs import check_pairs
from seatrial.evidence.case_records import Case, Cases
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.plain_rows import PlainTable, need_columns, read_rows, unknown_columns
from seatrial.evidence.records import Source

MAX_YAML_BYTES: Final = 1 << 20
_WHAT: Final = "a file of test cases"
_EXAMPLE: Final = "{id: greeting, input: Hello, matcher: contains, any: [hello, hi]}"


class Placed(Protocol):
    """A parsed file that knows where its values stand; `config/source.py` has one."""

    @property
    def value(self) -> object: ...

    def place(self, path: tuple[str | int, ...], *, at_key: bool = False) -> Place: ...


def read_cases(
    paths: Sequence[Path],
    *,
    check: Check,
    yaml: Callable[[bytes, str], Placed] | None = None,
    shown: Sequence[str] | None = None,
) -> Cases:
    """The cases of one or several files (.csv, .jsonl, .ndjson, .yaml, .yml, .parquet), as one list.

    `shown` names the files in messages and sources. Raises EvidenceError with every mistake of all files: for files
    that cannot be read, cases that cannot be meant, ids that stand twice, and files without any case.
    """
    mistakes = Mistakes()
    sources: list[Source] = []
    cases: dict[str, Case] = {}
    for at, path in enumerate(paths):
        file = reading.shown_as(path, shown[at] if shown else None)
        before = len(mistakes.problems)
        try:
            source, found = _rows(path, file, yaml, mistakes)
        except EvidenceError as error:
            mistakes.take(error)
            continue
        sources.append(source)
        if not found and len(mistakes.problems) == before:
            mistakes.add("this file holds no cases", Place(file=file), f"Write at least one, e.g. {_EXAMPLE}.")
        for raw in found:
            case = read_case(raw, check, mistakes)
            if case is None:
                continue
            if first := cases.get(case.id):
                step = "Give every case an id of its own, across all files of a gate."
                mistakes.add(f"the id {case.id!r} stands twice; first at {first.place}", raw.place("id"), step)
            else:
                cases[case.id] = case
    if not paths:
        mistakes.add("no file of test cases is named", Place(), "Name one under `test_cases:`.")
    if not mistakes.problems:  # a broken case would make every pair that refers to it look broken too
        check_pairs(cases, mistakes)
    mistakes.raise_all()
    return Cases(sources=tuple(sources), cases=tuple(cases.values()))


def _rows(
    path: Path, file: str, yaml: Callable[[bytes, str], Placed] | None, mistakes: Mistakes
) -> tuple[Source, tuple[RawCase, ...]]:
    match path.suffix.lower():
        case ".yaml" | ".yml" if yaml is not None:
            return _from_yaml(path, file, yaml, mistakes)
        case ".csv" | ".jsonl" | ".ndjson" | ".parquet":
            table = read_rows(path, what=_WHAT, shown=file)
            if not table.typed:
                need_columns(table, ("id",), CSV_KEYS)
                unknown_columns(table, CSV_KEYS, mistakes)
            return table.source, tuple(_from_table(table))
        case _:
            raise reading.other_suffix(path.suffix, _WHAT, file=file, known=".csv, .jsonl (also .ndjson) or .yaml")


def _from_table(table: PlainTable) -> Iterator[RawCase]:
    for row in table.rows:
        values = row.values
        if not table.typed:  # further columns of a CSV file are notes; a cell cannot be a misspelt key
            values = {key: value for key, value in values.items() if key in CSV_KEYS}
        yield RawCase(values=values, typed=table.typed, place=partial(table.place, row))


def _from_yaml(
    path: Path, file: str, yaml: Callable[[bytes, str], Placed], mistakes: Mistakes
) -> tuple[Source, tuple[RawCase, ...]]:
    data = reading.read_bytes(path, file=file, limit=reading.MIB * 64)
    if len(data) > MAX_YAML_BYTES:
        raise EvidenceError(
            f"this file has {len(data):,} bytes, and a YAML file of test cases ends at {MAX_YAML_BYTES:,}",
            place=Place(file=file),
            next_step="Write many cases as JSONL or CSV.",
        )
    try:
        parsed = yaml(data, file)
    except ConfigError as error:  # the reader is that of configuration, and speaks of it
        raise EvidenceError(str(error), problems=error.problems) from error
    source = Source(path=file, digest=digest.of_bytes(data))
    return source, tuple(_listed(parsed, mistakes))


def _listed(parsed: Placed, mistakes: Mistakes) -> Iterator[RawCase]:
    value = parsed.value
    path: tuple[str | int, ...] = ()
    if isinstance(value, dict) and "cases" in value:
        for key in value.keys() - {"cases"}:
            mistakes.add(f"unknown key {key!r}", parsed.place((key,), at_key=True), "The only key up here is `cases`.")
        value, path = value["cases"], ("cases",)
    if value is None:
        return
    if not isinstance(value, list):
        step = f"Write a list of cases, each like `- {_EXAMPLE}`."
        mistakes.add("a list of cases was expected here", parsed.place(path), step)
        return
    for index, entry in enumerate(value):
        at = (*path, index)
        if not isinstance(entry, dict):
            mistakes.add("a case was expected here, a mapping", parsed.place(at), f"Write it like `- {_EXAMPLE}`.")
            continue
        yield RawCase(values=_plain(entry), typed=True, place=_placer(parsed, at, entry))


def _placer(parsed: Placed, at: tuple[str | int, ...], entry: Mapping[str, object]) -> Callable[[str | None], Place]:
    def place(key: str | None) -> Place:
        return parsed.place((*at, key)) if key is not None and key in entry else parsed.place(at)

    return place


def _plain(entry: Mapping[str, object]) -> Mapping[str, Json]:
    return {key: value for key, value in entry.items() if value is not None}  # type: ignore[misc]  # YAML's are JSON's

"""Results of gates that the user wrote: a JSON file that a stage leaves, read for the gate `custom`.

{ "schema_version": 1, "results": [ {"name": "toxicity", "value": 0.013, "interval": [0.009, 0.018], "n": 4000,
"message": "by the house classifier"}, {"name": "licence", "verdict": "PASS", "message": "all training files carry
one"} ] }

A result has a `value`, which the gate set's limits judge, or a `verdict` of its own; both may stand together, and the
worse counts. An `interval` goes with a value. Everything else about a result is for people. Code of the user is never
run to judge: its stage ran before, in the user's own interpreter, and what it left can be judged again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import reading, strict_json
from seatrial.evidence.own_result_records import OwnResult, OwnResults
from seatrial.nearest import nearest
from seatrial.verdict import Verdict

SCHEMA_VERSION: Final = 1
MAX_BYTES: Final = 4 * reading.MIB
KEYS: Final = ("name", "value", "verdict", "interval", "n", "message")
_EXAMPLE = 'Write e.g. {"name": "toxicity", "value": 0.01} or {"name": "licence", "verdict": "PASS"}.'


class _Problems(Struct):
    """Mistakes with the key they stand at."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, message: str, key: str, step: str = _EXAMPLE) -> None:
        self.found.append(Problem(message=message, place=Place(file=self.file, key=key), next_step=step))


def read_own_results(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> OwnResults:
    """The results in a JSON file. Raises EvidenceError with every mistake of it."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    value = strict_json.loads(data, file=file, max_bytes=MAX_BYTES)
    problems = _Problems(file)
    rows: Json = value.get("results") if isinstance(value, Mapping) else None
    if isinstance(value, Mapping) and value.get("schema_version") != SCHEMA_VERSION:
        problems.add(
            f"schema_version is {value.get('schema_version')!r}, and {SCHEMA_VERSION} is read", "schema_version"
        )
    results: dict[str, OwnResult] = {}
    if not isinstance(rows, list | tuple) or not rows:
        problems.add("there are no results", "results")
    else:
        for at, row in enumerate(rows):
            made = _result(row, f"results[{at}]", problems)
            if made is not None and made.name in results:
                problems.add(
                    f"`{made.name}` stands twice", f"results[{at}].name", "Give every result a name of its own."
                )
            elif made is not None:
                results[made.name] = made
    if problems.found:
        raise EvidenceError(problems.found[0].message, problems=tuple(problems.found[:20]))
    return OwnResults(source=reading.source_of(data, file=file, action=action, stage=stage), results=results)


def _result(row: Json, key: str, problems: _Problems) -> OwnResult | None:
    if not isinstance(row, Mapping):
        problems.add("a result is an object", key)
        return None
    for word in row:
        if word not in KEYS:
            close = nearest(word, KEYS)
            problems.add(f"unknown key `{word}`", f"{key}.{word}", f"Did you mean `{close}`?" if close else _EXAMPLE)
    name, verdict, message = (_text(row, each, key, problems) for each in ("name", "verdict", "message"))
    value, n = _number(row.get("value"), f"{key}.value", problems), row.get("n")
    if name is None or not name.strip():
        problems.add("a result has no name", f"{key}.name")
    if value is None and verdict is None:
        problems.add("a result has a `value` or a `verdict`", key)
    if verdict is not None and verdict not in tuple(Verdict):
        problems.add(f"`{verdict}` is no verdict", f"{key}.verdict", f"Write one of {', '.join(Verdict)}.")
        verdict = None
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        problems.add("n counts what the value was computed from", f"{key}.n", "Write a whole number above 0.")
        n = None
    return OwnResult(
        name=name or "",
        value=value,
        verdict=None if verdict is None else Verdict(verdict),
        interval=_interval(row, value, key, problems),
        n=n if isinstance(n, int) else None,
        message=message,
    )


def _text(row: Mapping[str, Json], name: str, key: str, problems: _Problems) -> str | None:
    value = row.get(name)
    if value is None or isinstance(value, str):
        return value
    problems.add(f"{name} is text", f"{key}.{name}")
    return None


def _number(value: Json, key: str, problems: _Problems) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        problems.add("a value is a finite number", key)
        return None
    return float(value)


def _interval(
    row: Mapping[str, Json], value: float | None, key: str, problems: _Problems
) -> tuple[float, float] | None:
    found = row.get("interval")
    if found is None:
        return None
    ends = (
        [_number(each, f"{key}.interval", problems) for each in found]
        if isinstance(found, list | tuple) and len(found) == 2
        else []
    )
    if value is None or len(ends) != 2 or ends[0] is None or ends[1] is None or not ends[0] <= value <= ends[1]:
        problems.add("an interval is two numbers with the value between them", f"{key}.interval")
        return None
    return ends[0], ends[1]

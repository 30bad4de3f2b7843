"""Results of gates that the user wrote: a JSON file that a stage leaves, read for the gate `custom`.

{ "schema_version": 1, "results": [ {"name": "toxicity", "value": 0.013, "interval": [0.009, 0.018], "n": 4000,
"message": "by the house classifier"}, {"name": "licence", "verdict": "PASS", "message": "all training files carry
one"} ] }

A result has a `value`, which the gate set's limits judge, or a `verdict` of its own; both may stand together, and the
worse counts. An `interval` goes with a value. Everything else about a result is for people. Code of the user is never
run to judge: its stage ran before, in the user's own interpreter, and what it left can be judged again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from seatrial.evidence import reading, strict_json
from seatrial.evidence.json_value import Keys, Value
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.own_result_records import OwnResult, OwnResults
from seatrial.verdict import Verdict

SCHEMA_VERSION: Final = 1
MAX_BYTES: Final = 4 * reading.MIB
_EXAMPLE = 'Write e.g. {"name": "toxicity", "value": 0.01} or {"name": "licence", "verdict": "PASS"}.'


def read_own_results(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> OwnResults:
    """The results in a JSON file. Raises EvidenceError with every mistake of it."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    value = strict_json.loads(data, file=file, max_bytes=MAX_BYTES)
    mistakes = Mistakes()
    top = Value(value, mistakes.of(file, next_step=_EXAMPLE)).keys(sparse=True)
    version = top["schema_version"]
    if not version.equals(SCHEMA_VERSION):
        version.refuse(f"schema_version is {version.json!r}, and {SCHEMA_VERSION} is read")
    rows = top["results"]
    results: dict[str, OwnResult] = {}
    if not rows.json:
        rows.refuse("there are no results")
    for row in rows.items() if rows.json else ():
        made = _result(row, row.keys(sparse=True))
        if made.name in results:
            row.keys()["name"].refuse(f"`{made.name}` stands twice", "Give every result a name of its own.")
        elif made.name:
            results[made.name] = made
    mistakes.raise_all()
    return OwnResults(source=reading.source_of(data, file=file, action=action, stage=stage), results=results)


def _result(row: Value, keys: Keys) -> OwnResult:
    name, message = (keys[each].maybe(Value.text) for each in ("name", "message"))
    verdict = keys["verdict"].maybe(lambda value: value.word(Verdict))
    value = keys["value"].maybe(Value.number)
    made = OwnResult(
        name=name or "",
        value=value,
        verdict=verdict,
        interval=keys["interval"].maybe(lambda interval: _interval(interval, value)),
        n=keys["n"].maybe(lambda n: n.whole(least=1)),
        message=message,
    )
    keys.done()
    if name is None or not name.strip():
        keys["name"].refuse("a result has no name")
    if value is None and verdict is None and isinstance(row.json, Mapping):
        row.refuse("a result has a `value` or a `verdict`")
    return made


def _interval(found: Value, value: float | None) -> tuple[float, float]:
    low, high = found.pair()
    if value is None or low > value or value > high:
        found.refuse("an interval is two numbers with the value between them")
    return low, high

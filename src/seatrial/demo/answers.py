"""Asks the commands what came of a step, and reads their JSON.

Called by `play.py` after each step. These are the documented `--json` answers that any script can
use; a field that is missing is the demo's own failure and is said as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatrial.demo.outcome import Move
from seatrial.demo.prompt import Prompt
from seatrial.demo.story import ALIAS, MODEL
from seatrial.digest import Json
from seatrial.errors import OutsideError
from seatrial.report.facts import RunFacts
from seatrial.report.serial import from_json


def read_run(prompt: Prompt) -> RunFacts:
    """The facts of the newest run."""
    return from_json(prompt.ask(["seatrial", "report"]), file="seatrial report --json")


def read_report(prompt: Prompt) -> Path:
    """Where the newest run's report lies."""
    report = prompt.folder / ".seatrial" / "runs" / read_run(prompt).run / "report.md"
    if not report.is_file():
        raise OutsideError(f"the run left no report at {report}")
    return report


def read_production(prompt: Prompt) -> int | None:
    """The version that holds the alias, None when none does."""
    for model in _rows(_object(prompt.ask(["seatrial", "models", "list"]), "models list"), "models"):
        if model.get("model") == MODEL:
            holder = _object(model.get("aliases"), "aliases").get(ALIAS)
            return holder if isinstance(holder, int) else None
    return None


def read_ledger(prompt: Prompt) -> tuple[Move, ...]:
    """Every move of every alias of the model, oldest first."""
    answer = _object(prompt.ask(["seatrial", "models", "show", MODEL]), "models show")
    return tuple(
        Move(
            at=str(row["at"]),
            alias=str(row["alias"]),
            version=int(str(row["version"])),
            previous=None if row["previous"] is None else int(str(row["previous"])),
            how=str(row["how"]),
            actor=str(_object(row["actor"], "actor")["name"]),
        )
        for row in _rows(_object(answer.get("model"), "model"), "ledger")
    )


def _rows(value: Mapping[str, Json], key: str) -> list[Mapping[str, Json]]:
    rows = value.get(key)
    if not isinstance(rows, list):
        raise OutsideError(f"a command's answer has no list `{key}`")
    return [_object(row, key) for row in rows]


def _object(value: Json, name: str) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise OutsideError(f"`{name}` of a command's answer is not an object")
    return value

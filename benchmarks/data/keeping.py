"""Answers that were given already, so that a long run can be stopped and continued.

One file for each tool, table and size, a line for each answer. A line counts only for what it was made with: the
digest of the recipe of the files and of the tool stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.data.scoring import Answer


class Kept:
    """Answers of one tool about one table at one size. `made_with` names the recipe of the files and the tool."""

    def __init__(self, folder: Path, name: str, made_with: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"{name}.jsonl"
        self._made_with = made_with
        self.answers: dict[str, Answer] = dict(self._read())

    def _read(self) -> Mapping[str, Answer]:
        if not self._file.exists():
            return {}
        found: dict[str, Answer] = {}
        for line in self._file.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:  # the run was killed in the middle of this line
                continue
            if row["made_with"] == self._made_with:
                found[row["key"]] = answer_of(row)
        return found

    def add(self, key: str, answer: Answer) -> None:
        """Remember an answer, on disk at once."""
        self.answers[key] = answer
        row = {
            "key": key,
            "made_with": self._made_with,
            "alarms": answer.alarms,
            "unsure": answer.unsure,
            "error": answer.error,
            "cpu": round(answer.cpu, 4),
        }
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def answer_of(row: Mapping[str, object]) -> Answer:
    """An answer out of what a worker, or a kept line, says."""
    alarms, unsure = (_pairs(row.get(name)) for name in ("alarms", "unsure"))
    error, cpu = row.get("error"), row.get("cpu", 0.0)
    return Answer(
        alarms=alarms,
        unsure=unsure,
        error=None if error is None else str(error),
        cpu=float(cpu) if isinstance(cpu, int | float) else 0.0,
    )


def _pairs(listed: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(listed, list):
        return ()
    return tuple((str(pair[0]), str(pair[1])) for pair in listed)

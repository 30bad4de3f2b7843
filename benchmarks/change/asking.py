"""What Seatrial would have selected: `seatrial plan` over two revisions, as somebody would ask it.

The one place that knows the command line and the form of the answer.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import UnexpectedError
from benchmarks.repositories import environment, seatrial

STRENGTH = ("file", "symbol", "module", "trace", "dynamic", "environment", "unknown")
"""Grades of evidence, the weakest first."""
ACTIONS = ("skip", "reuse", "defer", "run_if_changed", "run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is to be done about one stage. `grade` is empty where nothing was found."""

    action: str
    grade: str
    reason: str

    @property
    def selected(self) -> bool:
        """Whether it runs, or waits for what it reads, or is owed."""
        return self.action in ("run", "run_if_changed", "defer")


def command(repository: Path, configuration: Path, base: str, head: str, tier: str = "") -> tuple[str, ...]:
    """The command line of one plan."""
    options = ("--repo", str(repository), "--config", str(configuration), "--base", base, "--head", head)
    return seatrial("plan", *options, *(("--tier", tier) if tier else ()), "--json")


def surroundings(venv: Path, home: Path) -> dict[str, str]:
    """The variables of one plan: the stages' own environment, and a home where nothing was remembered before."""
    return {**environment(), "VIRTUAL_ENV": str(venv), "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}


def ask(line: Sequence[str], variables: Mapping[str, str]) -> Mapping[str, Choice]:
    """The choice for each stage. Raises UnexpectedError when there is no plan."""
    ended = subprocess.run(line, env=variables, capture_output=True, check=False)
    try:
        document = json.loads(ended.stdout)
    except ValueError as error:
        said = ended.stderr.decode(errors="replace")[-2000:]
        raise UnexpectedError(f"{' '.join(line)}: exit code {ended.returncode}\n{said}") from error
    return read(document)


def read(document: Mapping[str, object]) -> Mapping[str, Choice]:
    """The answer's stages. Of several cells of one stage the one with the most to do counts.

    Raises UnexpectedError for an answer of another form: what cannot be read must not pass for a choice.
    """
    stages = document.get("stages")
    if not isinstance(stages, list) or not stages:
        raise UnexpectedError(f"the plan has no stages: {str(document)[:300]}")
    choices: dict[str, Choice] = {}
    for stage in stages:
        name, action = str(stage["name"]).partition("[")[0], str(stage["action"])
        grade = str(stage.get("grade") or "")
        if action not in ACTIONS or (grade and grade not in STRENGTH):
            raise UnexpectedError(f"{name}: unknown action or grade: {action}, {grade}")
        choice = Choice(action=action, grade=grade, reason=str(stage.get("reason", "")))
        if name not in choices or _rank(choice) > _rank(choices[name]):
            choices[name] = choice
    return choices


def _rank(choice: Choice) -> tuple[int, int]:
    return ACTIONS.index(choice.action), STRENGTH.index(choice.grade) if choice.grade else -1

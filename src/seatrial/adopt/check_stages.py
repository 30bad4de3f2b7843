"""Stages that check code and data: unit tests, lint, types, one batch.

Called by `proposing`. Pure. Each is proposed only where the repository is set up for it; what is configured and not
installed is told, because a stage that cannot start would only teach people to look away.
"""

from __future__ import annotations

import shlex

from seatrial.adopt.found import Found, Tool
from seatrial.adopt.proposal import LeftOut, Note, ProposedDep, ProposedOut, ProposedStage
from seatrial.evidence.policy import OutKind
from seatrial.report.numbers import plural

_COMMANDS = {
    "ruff": "python -m ruff check .",
    "flake8": "python -m flake8",
    "mypy": "python -m mypy .",
    "pyright": "python -m pyright",
}
_STAGES = {"ruff": "lint", "flake8": "lint", "mypy": "types", "pyright": "types"}
_EVERY_DAY = ("pr", "nightly", "release")


def unit_stage(found: Found, tiers: tuple[str, ...]) -> ProposedStage | LeftOut:
    """The tests. Where a job of CI runs them and leaves its results, those are taken instead."""
    tests = found.tests
    if not tests.files:
        return LeftOut(what="a stage for tests", why="no tests were found (test_*.py); `tests/test_model.py` would do")
    more = "more than " if tests.at_least else ""
    count = f"{more}{plural(tests.count, 'test function')} in {plural(tests.files, 'file')}"
    where = tests.paths if tests.paths != (".",) else ()
    notes = [Note(text=count, seen=tests.configured)]
    if not tests.pytest:
        notes.append(Note(text="written for unittest, and no pytest is configured"))
        folder = where[0] if where and not where[0].endswith(".py") else "."
        return ProposedStage(
            name="unit",
            cmd=f"python -m unittest discover -s {shlex.quote(folder)}",
            roots=where,
            tiers=tiers,
            notes=tuple(notes),
        )
    site = found.interpreter.site
    if site is not None and "pytest" not in site and "" not in site:
        notes.append(Note(text="pytest is not installed in the interpreter of the stages: `pip install pytest` there"))
    step = next((step for step in found.ci if step.junit), None)
    if step is not None:
        text = "CI runs these tests already: where it left its results, newer than every input, they are taken instead"
        notes.append(Note(text=text, seen=step.place))
    elif found.ci:
        text = (
            "CI runs these tests too; with `--junitxml junit.xml` there and `taken_from: junit.xml` here they run once"
        )
        notes.append(Note(text=text, seen=found.ci[0].place))
    junit = ProposedOut(
        name="junit", path="reports/unit.xml", kind=OutKind.JUNIT, taken_from=None if step is None else step.junit
    )
    words = " ".join(shlex.quote(path).replace("${", "$${") for path in where)
    return ProposedStage(
        name="unit",
        cmd=" ".join(f"python -m pytest -q {words} --junitxml ${{outs.junit}}".split()),
        roots=where or (".",),
        outs=(junit,),
        tiers=tiers,
        notes=tuple(notes),
    )


def tool_stages(found: Found, tiers: tuple[str, ...]) -> list[ProposedStage | LeftOut]:
    """Lint and types, one of each."""
    made: list[ProposedStage | LeftOut] = []
    taken: set[str] = set()
    for tool in found.tools:
        name = _STAGES[tool.name]
        if name in taken:
            continue
        taken.add(name)
        made.append(_tool_stage(tool, name, tiers))
    return made


def _tool_stage(tool: Tool, name: str, tiers: tuple[str, ...]) -> ProposedStage | LeftOut:
    if tool.installed is False:
        why = f"{tool.name} is not installed in the interpreter of the stages; then `cmd: {_COMMANDS[tool.name]}`"
        return LeftOut(what=f"a stage `{name}`", why=why, seen=tool.seen)
    return ProposedStage(
        name=name,
        cmd=_COMMANDS[tool.name],
        tiers=tiers,
        notes=(Note(text=f"{tool.name} is configured here; any file may matter to it", seen=tool.seen),),
    )


def one_batch_stage(found: Found, tiers: tuple[str, ...], data: str | None) -> ProposedStage | None:
    """Whether the code can learn one batch by heart, where the repository has a function that tries."""
    if found.one_batch is None:
        return None
    target, seen = found.one_batch
    return ProposedStage(
        name="overfit",
        uses="overfit-one-batch",
        arguments={"target": target, "max_loss": 0.05, "steps": 200},
        deps=None if data is None else (ProposedDep(name="data", source=data),),
        timeout="5m",
        tiers=tiers,
        notes=(Note(text="can it learn one batch by heart? max_loss is a guess", seen=seen),),
    )

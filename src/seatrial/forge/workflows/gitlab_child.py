"""The child pipeline of GitLab that does the cells of a run, each in a job of its own: its text. Pure.

Written by `seatrial plan --matrix gitlab` in the job of `.gitlab/seatrial.yml` that plans, and started by the one
behind it (`trigger: include: artifact`). It includes that very file, so a cell's machine is made ready as all others
are, with whatever the user has changed there; none of the jobs of that file runs in a child pipeline, by its rules.

What is subtle: names of cells hold values of a matrix, so they may hold anything. None reaches a shell as text: a job
has its cell in a variable that GitLab does not expand. GitLab takes at most 50 `needs` of a job; a cell with more waits
for all stages before its own instead. Cells whose results lie where the plan was made are in no job: the machine that
plans takes them, by the comments that name them. A pipeline must have a job, so without cells one says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.forge.workflows.yaml_text import Lines, Note, Yaml, document

FILE = ".gitlab/seatrial.yml"
HIDDEN = ".seatrial"
"""What the hidden jobs of that file are called, and begin with."""
STORED = "# stored: "
"""How a line begins that names a cell which the machine that plans has to take."""
NOTHING = "nothing to do"
"""What the only job of a plan without any cell is called; the job that judges then has no run to collect."""
_ALL_STORED = "all is stored"
_MOST_NEEDS = 50
_LONGEST_NAME = 255


class ChildCell(Struct, frozen=True, kw_only=True):
    """A cell that has to be done. `needs` are those of them that must be done before; of one that is `stored` they all
    are stored. `minutes` are the longest that it takes."""

    name: str
    needs: tuple[str, ...] = ()
    gpus: int = 0
    minutes: int
    stored: bool = False


def child_pipeline(cells: Sequence[ChildCell], *, tier: str, base: str | None) -> str:
    """The file. `cells` stand producers first; `base` is the commit that the run is compared with."""
    left = [cell for cell in cells if not cell.stored]
    stages = _stages(left)
    stored = [cell.name for cell in cells if cell.stored]
    head = [f"# Made by `seatrial plan --tier {tier} --matrix gitlab`: {_counted(len(left))}."]
    made: dict[str | Note, Yaml] = {
        "include": [{"local": FILE}],
        "workflow": {"rules": [{"when": "always"}]},
        "stages": ["test", *(_stage(number) for number in range(max(stages.values(), default=0) + 1))],
    }
    if not left:
        made[f"cell:{_ALL_STORED if stored else NOTHING}"] = {
            "stage": _stage(0),
            "inherit": {"default": False},
            "variables": {"GIT_STRATEGY": "none"},
            "script": Lines(("echo 'No machine has to do anything for this run.'",)),
        }
    for cell in left:
        made[_job_name(cell.name)] = _written(cell, stages, tier=tier, base=base)
    return "\n".join([*head, *(f"{STORED}{name}" for name in stored)]) + "\n" + document(made)


def _counted(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _stage(number: int) -> str:
    return f"cells-{number + 1}"


def _stages(cells: Sequence[ChildCell]) -> Mapping[str, int]:
    """How many cells stand before each on its longest way; those that are stored do not count."""
    stages: dict[str, int] = {}
    for cell in cells:
        stages[cell.name] = 1 + max((stages[need] for need in cell.needs if need in stages), default=-1)
    return stages


def _written(cell: ChildCell, stages: Mapping[str, int], *, tier: str, base: str | None) -> Mapping[str | Note, Yaml]:
    made: dict[str | Note, Yaml] = {
        "extends": f"{HIDDEN}-cell{'-gpu' if cell.gpus else ''}",
        "stage": _stage(stages[cell.name]),
        **({} if base else {"interruptible": False}),
    }
    needs = [need for need in cell.needs if need in stages]
    if len(needs) <= _MOST_NEEDS:
        made["needs"] = [{"job": _job_name(need), "artifacts": False} for need in needs]
    made["timeout"] = f"{cell.minutes} minutes"
    given = {"SEATRIAL_TIER": tier, **({"SEATRIAL_BASE": base} if base else {}), "SEATRIAL_CELL": cell.name}
    made["variables"] = {name: {"value": text, "expand": False} for name, text in given.items()}
    return made


def _job_name(cell: str) -> str:
    """A name that no keyword of GitLab has, nor any job of the included file, and that fits."""
    name = f"cell:{cell}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:200]} {hashlib.sha256(cell.encode()).hexdigest()[:16]}"

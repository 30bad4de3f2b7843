"""`seatrial plan --what-if PATH`: which stages would run if these paths changed, and what that costs."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterable
from pathlib import Path

import click

from seatrial.cli.commits import request_of
from seatrial.cli.evidence_text import changed_rows, evidence_rows, hop_row, path_lines, reason_of, said, way_lines
from seatrial.errors import UsageError, some_of
from seatrial.flows.what_if import WhatIf, what_if_at, what_if_in_tree
from seatrial.pipeline.reach import Class
from seatrial.pipeline.select import Action
from seatrial.pipeline.supposing import Cost, Supposed, cost
from seatrial.report.numbers import duration
from seatrial.report.table import table
from seatrial.wiring import open_repository, open_workspace

SCHEMA_VERSION = 1


def show_what_if(
    paths: tuple[str, ...],
    head: str | None,
    repo: str | None,
    config: str | None,
    tier: str | None,
    stages: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Suppose that these paths change, and print what would run."""
    if head is None and repo is None and config is None:
        found = _in_work_tree(paths, tier, stages)
    else:
        request = request_of(head, config, tier, stages)
        with open_repository(Path(repo or ".")) as repository:
            found = what_if_at(repository, request, [_inside(path, path) for path in paths])
    click.echo(json.dumps(document(found, tier, paths), indent=2) if as_json else text(found))


def _in_work_tree(paths: Iterable[str], tier: str | None, stages: tuple[str, ...]) -> WhatIf:
    from seatrial.cli.loading import load_project  # for a work tree alone: it has an engine and a state
    from seatrial.flows.explaining import plan_stages

    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace)
        root = workspace.git.root
        named = [_inside(path, os.path.relpath(Path.cwd() / path, root)) for path in paths]
        prepared = plan_stages(workspace, project.policy, tier, stages)
        return what_if_in_tree(workspace, project.policy, prepared, named)


def _inside(typed: str, path: str) -> str:
    """A path from the root of the tree. Raises UsageError for one outside of it."""
    found = posixpath.normpath(path)
    if found == ".." or found.startswith(("../", "/")) or not typed:
        raise UsageError(
            f"{typed or 'an empty path'} does not lie in the repository", next_step="name a file or folder of it"
        )
    return found


def document(found: WhatIf, tier: str | None, paths: Iterable[str]) -> dict[str, object]:
    """The answer for programs."""
    sure, perhaps = cost(found.cells, Action.RUN), cost(found.cells, Action.RUN_IF_CHANGED)
    return {
        "schema_version": SCHEMA_VERSION,
        "what_if": list(paths),
        "head": found.head,
        "tier": tier,
        "stages": [_row(one) for one in found.cells],
        "changed": [{**row, "in_tree": row["path"] not in found.absent} for row in changed_rows(found.changed)],
        "run": _cost_row(sure),
        "run_if_changed": _cost_row(perhaps),
        "anyway": list(found.anyway),
        "notes": list(found.notes),
    }


def _cost_row(one: Cost) -> dict[str, object]:
    return {"seconds": one.seconds, "gpu_seconds": one.gpu, "without_history": list(one.unknown)}


def _row(one: Supposed) -> dict[str, object]:
    first = one.evidence[0] if one.evidence else None
    return {
        "name": one.cell.name,
        "stage": one.cell.stage,
        "action": one.action.value,
        "reason": one.reason,
        "grade": first.grade.value if first else None,
        "chain": [hop_row(hop) for hop in first.chain] if first else [],
        "evidence": evidence_rows(one.evidence),
        "estimate": one.estimate,
        "gpus": one.cell.spec.resources.gpus,
        "now": one.now.value,
    }


def text(found: WhatIf) -> str:
    """The answer for people: a table, the ways, what it costs, and the paths that reach nothing."""
    lines = []
    if found.cells:
        rows = [
            (
                one.cell.name,
                one.action.value,
                one.evidence[0].grade.value if one.evidence else "",
                "" if one.estimate is None else duration(one.estimate),
                _gpus(one),
                reason_of(one.evidence, one.reason),
            )
            for one in found.cells
        ]
        lines.append(table(rows, ("stage", "action", "grade", "expected", "gpus", "why")))
        lines += [*way_lines((one.cell.name, one.cell.stage, one.evidence) for one in found.cells), ""]
        lines += [said(f"time: {sentence}") for sentence in _costs(found)]
    else:
        lines.append("no stage would run because of that")
    lines += [said(f"{path} is not in the tree: it is taken as a file that is added") for path in found.absent]
    lines += [*path_lines(found.changed, Class.UNKNOWN), *path_lines(found.changed, Class.IRRELEVANT)]
    if found.anyway:
        lines.append(said(f"note: {some_of(found.anyway)} would run in any case; `seatrial plan` says why"))
    lines += [said(f"note: {note}") for note in found.notes]
    return "\n".join(lines)


def _gpus(one: Supposed) -> str:
    gpus = one.cell.spec.resources.gpus
    return str(gpus) if gpus else ""


def _costs(found: WhatIf) -> list[str]:
    sure, perhaps = cost(found.cells, Action.RUN), cost(found.cells, Action.RUN_IF_CHANGED)
    said_of = []
    if sure.seconds:
        said_of.append(f"{_amount(sure)}, one stage after the other")
    if perhaps.seconds:
        said_of.append(f"{_amount(perhaps)} more if what depends on them runs too")
    unknown = (*sure.unknown, *perhaps.unknown)
    if unknown:
        said_of.append(f"no history yet of {some_of(unknown)}, so their time is not known")
    return said_of


def _amount(one: Cost) -> str:
    return duration(one.seconds) + (f", {duration(one.gpu)} of GPUs" if one.gpu else "")

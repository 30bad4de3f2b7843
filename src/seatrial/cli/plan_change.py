"""`seatrial plan --base REV`: what a change reaches, and the way from each stage to what changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatrial.cli.commits import request_of
from seatrial.cli.evidence_text import (
    changed_rows,
    evidence_rows,
    hop_row,
    path_lines,
    reason_of,
    said,
    way_lines,
)
from seatrial.flows.change_plan import ChangedCell, ChangePlan, plan_change
from seatrial.pipeline.reach import Class
from seatrial.report.expectation import budgeted, expected
from seatrial.report.numbers import duration
from seatrial.report.serial import forecast_json
from seatrial.report.table import table
from seatrial.wiring import open_repository, open_workspace

if TYPE_CHECKING:
    from seatrial.flows.forecasting import Outlook  # of a work tree alone

SCHEMA_VERSION = 1


def show_change(
    base: str,
    head: str | None,
    repo: str | None,
    config: str | None,
    tier: str | None,
    stages: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Plan a change between two commits, or from one to the work tree, and print it."""
    outlook = None
    if head is None and repo is None and config is None:
        found, outlook = _of_work_tree(base, tier, stages)
    else:
        request = request_of(head, config, tier, stages, base=base)
        with open_repository(Path(repo or ".")) as repository:
            found = plan_change(repository, request)
    if as_json:
        forecast = None if outlook is None else forecast_json(outlook.fact)
        click.echo(json.dumps({**document(found, tier), "forecast": forecast}, indent=2))
        return
    click.echo(text(found))
    for sentence in () if outlook is None else filter(None, (expected(outlook.fact), budgeted(outlook.fact))):
        click.echo(said(f"time: {sentence}"))


def _of_work_tree(base: str, tier: str | None, stages: tuple[str, ...]) -> tuple[ChangePlan, Outlook]:
    from seatrial.cli.loading import load_project  # for a work tree alone: it has an engine and a state
    from seatrial.flows.changed_run import plan_ahead
    from seatrial.flows.explaining import plan_stages

    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace)
        prepared = plan_stages(workspace, project.policy, tier, stages)
        return plan_ahead(workspace, project.policy, prepared, base, tier, named=bool(stages))


def document(found: ChangePlan, tier: str | None) -> dict[str, object]:
    """The plan for programs."""
    return {
        "schema_version": SCHEMA_VERSION,
        "base": found.base,
        "head": found.head,
        "tier": tier,
        "stages": [_row(cell) for cell in found.cells],
        "changed": changed_rows(found.changed),
        "everything": found.everything,
        "notes": list(found.notes),
    }


def _row(cell: ChangedCell) -> dict[str, object]:
    first = cell.evidence[0] if cell.evidence else None
    return {
        "name": cell.planned.cell.name,
        "stage": cell.planned.cell.stage,
        "action": cell.action.value,
        "reason": cell.reason,
        "grade": cell.grade.value if cell.grade else None,
        "weak": first.weak if first else False,
        "chain": [hop_row(hop) for hop in first.chain] if first else [],
        "evidence": evidence_rows(cell.evidence),
        "input_digest": cell.planned.input_digest or None,
        "estimate": cell.estimate,
        "files": len(cell.planned.inputs.closure.files),
        "unknown_imports": list(cell.planned.inputs.closure.unknown),
    }


def text(found: ChangePlan) -> str:
    """The plan for people: a table, the ways, and the paths nobody reads."""
    lines = [
        table(
            [
                (
                    cell.planned.cell.name,
                    cell.action.value,
                    cell.grade.value if cell.grade else "",
                    "" if cell.estimate is None else duration(cell.estimate),
                    reason_of(cell.evidence, cell.reason),
                )
                for cell in found.cells
            ],
            ("stage", "action", "grade", "expected", "why"),
        ),
        *way_lines((cell.planned.cell.name, cell.planned.cell.stage, cell.evidence) for cell in found.cells),
        "",
        _counted(found),
        *path_lines(found.changed, Class.UNKNOWN),
    ]
    lines += [said(f"note: {note}") for note in found.notes]
    return "\n".join(lines)


def _counted(found: ChangePlan) -> str:
    counts = dict.fromkeys(Class, 0)
    for path in found.changed:
        counts[path.classification] += 1
    shown = ", ".join(f"{count} {one.value}" for one, count in counts.items() if count)
    changed = f"{len(found.changed)} changed {'path' if len(found.changed) == 1 else 'paths'}"
    return said(f"{changed} since {found.base[:12]}{f': {shown}' if shown else ''}")

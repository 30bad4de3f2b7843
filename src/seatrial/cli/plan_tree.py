"""`seatrial plan` of the work tree: what a run would do, and why, without running anything."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import click
from msgspec.structs import asdict

from seatrial.cli.loading import load_project
from seatrial.flows.explaining import DEFER, plan_ahead
from seatrial.flows.forecasting import Outlook
from seatrial.pipeline.plan import PlannedCell
from seatrial.report.escape import log_line
from seatrial.report.expectation import budgeted, expected
from seatrial.report.numbers import duration
from seatrial.report.serial import forecast_json
from seatrial.report.table import table
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1
_WIDTH = 80
_LONGEST = 600


def show_plan(stages: tuple[str, ...], tier: str | None, set_param: tuple[str, ...], *, as_json: bool) -> None:
    """Plan the work tree and print it."""
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace, set_param)
        prepared, outlook = plan_ahead(workspace, project.policy, tier, stages)
    cells = prepared.plan.cells
    if as_json:
        rows = [_row(planned, outlook) for planned in cells]
        document = {
            "schema_version": SCHEMA_VERSION,
            "tier": tier,
            "stages": rows,
            "forecast": forecast_json(outlook.fact),
            "notes": list(prepared.survey.notes),
        }
        click.echo(json.dumps(document, indent=2))
        return
    lines = []
    for planned in cells:
        action, reason = _action(planned, outlook)
        seconds = outlook.seconds.get(planned.cell.name)
        lines.append((planned.cell.name, action, "" if seconds is None else duration(seconds), reason))
    click.echo(table(lines, ("stage", "action", "expected", "why")))
    for place in sorted({place for planned in cells for place in planned.inputs.closure.unknown}):
        _say(f"note: {place} {_unclear(place)}")
    for note in prepared.survey.notes:
        _say(f"note: {note}")
    for sentence in filter(None, (expected(outlook.fact), budgeted(outlook.fact))):
        _say(f"time: {sentence}")


def _unclear(place: str) -> str:
    """What a place is whose import could not be followed, and what counts instead."""
    if place.rpartition(":")[0].endswith((".py", ".ipynb")):
        return "imports a name that is computed or cannot be parsed; its whole package counts"
    return "reads or starts what nobody can tell; every file of the tree counts"


def _say(sentence: str) -> None:
    """A sentence below the table, wrapped as the table is."""
    text = log_line(sentence, bound=_LONGEST).replace(" %", "\N{NO-BREAK SPACE}%")
    lines = textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
    click.echo("\n".join(lines).replace("\N{NO-BREAK SPACE}", " "))


def _action(planned: PlannedCell, outlook: Outlook) -> tuple[str, str]:
    """What is shown of a cell: that it will be put off, where that is known, else what the plan says."""
    why = outlook.deferred.get(planned.cell.name)
    return (DEFER, why) if why is not None else (planned.action.value, planned.reason)


def _row(planned: PlannedCell, outlook: Outlook) -> dict[str, object]:
    action, reason = _action(planned, outlook)
    return {
        "name": planned.cell.name,
        "stage": planned.cell.stage,
        "matrix": dict(planned.cell.values),
        "needs": list(planned.cell.before),
        "resources": asdict(planned.cell.spec.resources),
        "action": action,
        "reason": reason,
        "expected": outlook.seconds.get(planned.cell.name),
        "input_digest": planned.input_digest,
        "changed": [{"part": one.part, "old": one.old, "new": one.new} for one in planned.changed],
        "unknown_imports": list(planned.inputs.closure.unknown),
    }

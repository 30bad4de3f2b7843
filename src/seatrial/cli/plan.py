"""`seatrial plan`: what a run would do, and why, without running anything."""

from __future__ import annotations

import json
from pathlib import Path

import click

from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option, set_param_option, tier_option
from seatrial.flows.explaining import plan_stages
from seatrial.pipeline.plan import PlannedCell
from seatrial.report.table import table
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1


@click.command()
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@tier_option
@set_param_option
@json_option
def plan(stages: tuple[str, ...], tier: str | None, set_param: tuple[str, ...], as_json: bool) -> None:
    """Show what a run would do, and why.

    \b
    run             something the stage depends on differs, or nothing is stored
    run_if_changed  only what other stages make may differ; known once they ran
    reuse           a stored result has the same inputs
    """
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace, set_param)
        prepared = plan_stages(workspace, project.policy, tier, stages)
    cells = prepared.plan.cells
    if as_json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "tier": tier,
            "stages": [_row(planned) for planned in cells],
            "notes": list(prepared.survey.notes),
        }
        click.echo(json.dumps(document, indent=2))
        return
    rows = [(planned.cell.name, planned.action.value, planned.reason) for planned in cells]
    click.echo(table(rows, ("stage", "action", "why")))
    for place in sorted({place for planned in cells for place in planned.inputs.closure.unknown}):
        click.echo(f"note: {place} imports a name that is computed or cannot be parsed; its whole package counts")
    for note in prepared.survey.notes:
        click.echo(f"note: {note}")


def _row(planned: PlannedCell) -> dict[str, object]:
    return {
        "name": planned.cell.name,
        "stage": planned.cell.stage,
        "action": planned.action.value,
        "reason": planned.reason,
        "input_digest": planned.input_digest,
        "changed": [{"part": one.part, "old": one.old, "new": one.new} for one in planned.changed],
        "unknown_imports": list(planned.inputs.closure.unknown),
    }

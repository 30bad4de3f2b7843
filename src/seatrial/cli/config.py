"""`seatrial config --show`: every setting and where it comes from."""

from __future__ import annotations

import json
from pathlib import Path

import click

from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option, set_param_option
from seatrial.config.show import as_json as settings_json
from seatrial.config.show import as_text
from seatrial.report.numbers import plural
from seatrial.wiring import open_workspace


@click.command()
@click.option("--show", is_flag=True, help="Print every value and where it comes from.")
@set_param_option
@json_option
def config(show: bool, set_param: tuple[str, ...], as_json: bool) -> None:
    """Check seatrial.yaml, or show every setting and where it comes from."""
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace, set_param)
    if as_json:
        click.echo(json.dumps(settings_json(project.loaded.origins()), indent=2))
    elif show:
        click.echo(as_text(project.loaded.origins()))
    else:
        policy = project.policy
        click.echo(
            f"seatrial.yaml is well formed: {plural(len(policy.pipeline.stages), 'stage')}, "
            f"{plural(len(policy.tiers), 'tier')}, {plural(len(policy.models), 'model')}"
        )

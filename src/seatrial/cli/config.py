"""`seatrial config`: check seatrial.yaml, show every setting and where it comes from, print a schema for editors.

`--schema` looks at no project, so that an editor can be set up before there is one.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option, set_param_option
from seatrial.config.schema.documents import SCHEMAS, schema_text
from seatrial.config.show import as_json as settings_json
from seatrial.config.show import as_text
from seatrial.errors import UsageError
from seatrial.report.numbers import plural
from seatrial.wiring import open_workspace


@click.command()
@click.option("--show", is_flag=True, help="Print every value and where it comes from.")
@click.option(
    "--schema",
    type=click.Choice(SCHEMAS),
    is_flag=False,
    flag_value=SCHEMAS[0],
    help="Print the JSON Schema of a file, for editors; seatrial.yaml's where none is named.",
)
@set_param_option
@json_option
def config(show: bool, schema: str | None, set_param: tuple[str, ...], as_json: bool) -> None:
    """Check seatrial.yaml, or show every setting and where it comes from."""
    if schema is not None:
        if show or set_param:
            raise UsageError(
                f"--schema looks at no project, so {'--show' if show else '--set-param'} means nothing beside it",
                next_step=f"seatrial config --schema {schema}",
            )
        click.echo(schema_text(schema), nl=False)
        return
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

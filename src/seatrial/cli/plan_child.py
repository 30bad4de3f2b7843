"""`seatrial plan --matrix gitlab`: the child pipeline that does a run's cells, on standard output."""

from __future__ import annotations

from pathlib import Path

import click

from seatrial.cli.loading import load_project
from seatrial.flows.cells_to_do import cells_to_do
from seatrial.forge.workflows.gitlab_child import child_pipeline
from seatrial.wiring import open_workspace


def show_child(tier: str, base: str | None) -> None:
    """Plan a tier, of a change where there is a base, and print the pipeline."""
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace)
        found = cells_to_do(workspace, project.policy, tier, base)
    click.echo(child_pipeline(found.cells, tier=tier, base=found.base), nl=False)

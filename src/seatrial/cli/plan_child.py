"""`seatrial plan --matrix gitlab`: the child pipeline that does the cells of a tier, on standard output.

Called in the job that plans, of the file that `seatrial workflows render` writes.
"""

from __future__ import annotations

from pathlib import Path

import click

from seatrial.cli.loading import load_project
from seatrial.errors import UsageError
from seatrial.flows.cells_to_do import child_of
from seatrial.wiring import open_workspace


def show_child(tier: str | None, base: str | None, *, as_json: bool) -> None:
    """Plan a tier, of a change where there is a base, and print the pipeline. Raises UsageError without a tier."""
    if tier is None:
        raise UsageError("a child pipeline is of a tier", next_step="name it: `--tier TIER`")
    if as_json:
        raise UsageError("a child pipeline is YAML", next_step="leave out --json")
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        project = load_project(workspace)
        text = child_of(workspace, project.policy, tier, base)
    click.echo(text, nl=False)

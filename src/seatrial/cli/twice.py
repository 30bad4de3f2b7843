"""`seatrial run --twice STAGE`: run a stage twice, and print what that has shown. Called by `run`."""

from __future__ import annotations

import json

import click

from seatrial.cli.log_end import show_log
from seatrial.cli.progress import Progress
from seatrial.cli.twice_text import twice_code, twice_json, twice_lines
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.request import Request
from seatrial.flows.twice import run_twice
from seatrial.flows.workspace import Workspace


def compare_twice(
    workspace: Workspace, policy: ProjectPolicy, request: Request, stage: str, progress: Progress, *, as_json: bool
) -> int:
    """Run the stage twice and print the comparison; the exit code."""
    with progress:
        found = run_twice(workspace, policy, request, stage)
    code = twice_code(found)
    if as_json:
        click.echo(json.dumps(twice_json(found, code), indent=2, allow_nan=False))
        return code
    for line in twice_lines(found):
        click.echo(line)
    for outcome in found.failed:
        if outcome.log:
            show_log(outcome.cell, found.folder / outcome.log, found.python)
    return code

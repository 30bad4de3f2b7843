"""`seatrial audit`: what Seatrial decides, checked by doing what it left out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from seatrial.cli.audit_text import audit_code, audit_json, audit_lines
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option, tier_option
from seatrial.cli.progress import Progress
from seatrial.flows.auditing import AuditRequest, audit_selection
from seatrial.wiring import open_workspace


@click.group()
def audit() -> None:
    """Check Seatrial's own decisions by doing what it left out."""


@audit.command()
@click.option(
    "--base", metavar="REV", help="Compare with this revision; default: what the main branch is compared with."
)
@click.option("--head", metavar="REV", help="Audit this revision instead of the work tree.")
@click.option(
    "--share",
    type=click.FloatRange(min=0, max=1),
    default=0.1,
    show_default=True,
    help="How large a share of what was left out is run; at least one cell.",
)
@click.option("--seed", type=click.IntRange(min=0), help="What the share is drawn with; default: the tree itself.")
@tier_option
@json_option
def selection(
    base: str | None, head: str | None, share: float, seed: int | None, tier: str | None, as_json: bool
) -> int:
    """Run a random share of the stages that a change does not reach.

    Each is run at the base and at the head, in a scratch tree. One that fails now, or makes something else, is a miss:
    the selection was wrong, and the path that it missed is looked for.
    """
    progress = Progress(sys.stderr, quiet=as_json)
    with open_workspace(Path.cwd(), listener=progress.event) as workspace:
        project = load_project(workspace)
        request = AuditRequest(base=base, head=head, share=share, seed=seed, tier=tier)
        with progress:
            found = audit_selection(workspace, project.policy, request)
    code = audit_code(found)
    click.echo(json.dumps(audit_json(found, code), indent=2) if as_json else "\n".join(audit_lines(found)))
    return code

"""`seatrial heed`: do what a comment on a pull request asks for."""

from __future__ import annotations

import json
from pathlib import Path

import click

from seatrial.cli import exits
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option
from seatrial.cli.report_post import LOCAL_FOLDER
from seatrial.errors import UsageError
from seatrial.flows.heeding import Heeded, heed
from seatrial.flows.review import where
from seatrial.forge.event_file import VARIABLE, read_event
from seatrial.forge.spoken import spoken
from seatrial.report.escape import plain
from seatrial.wiring import open_forge, open_workspace

SCHEMA_VERSION = 1


@click.command(name="heed")
@json_option
def heed_comment(as_json: bool) -> int:
    """Do what a comment on a pull request asks for.

    \b
    /seatrial run COMMIT                dear stages may run for this commit
    /seatrial approve NAME@17 ALIAS     an approval by the comment's author

    Called in the job that the comment started: it is read from the event of GitHub Actions, and answered below it.
    Who may ask is what the forge says of its author. What was allowed are outputs of the step: `allowed`, `commit`,
    `number`.
    """
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        event = read_event(workspace.environ)
        if event is None:
            raise UsageError(
                f"there is no event to read a comment from: {VARIABLE} is not set",
                next_step="run this in a workflow that starts `on: issue_comment`",
            )
        policy = load_project(workspace).policy
        comment = spoken(event)
        if comment is None:
            heeded = Heeded(said="the event is about no new comment of a person on a pull request", done=True)
        else:
            target = where(workspace, policy, None)
            folder = workspace.cache.root / LOCAL_FOLDER
            heeded = heed(workspace, policy, open_forge(target, policy.forge, workspace.environ, folder), comment)
        outputs = workspace.environ.get("GITHUB_OUTPUT")
        if outputs:
            from seatrial.forge.github.step_files import add_outputs  # in a step of GitHub Actions alone

            add_outputs(Path(outputs), _outputs(heeded))
    if as_json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "done": heeded.done,
            "said": heeded.said,
            "answered": heeded.answered,
            "commit": heeded.commit,
            "number": heeded.number,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(plain(heeded.said))
    return exits.OK


def _outputs(heeded: Heeded) -> dict[str, str]:
    return {
        "allowed": "true" if heeded.commit is not None else "false",
        "commit": heeded.commit or "",
        "number": "" if heeded.number is None else str(heeded.number),
    }

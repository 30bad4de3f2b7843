"""`seatrial models approve`: a person's word that a version may take an alias, and its withdrawal."""

from __future__ import annotations

import click

from seatrial.cli import approval_text, exits
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option
from seatrial.cli.refusals import refusal_code
from seatrial.cli.registry_here import print_document, workspace_here
from seatrial.errors import UsageError
from seatrial.flows.approving import approve, withdraw
from seatrial.flows.for_alias import ForAlias
from seatrial.flows.registering import who
from seatrial.registry.promotion import Refused
from seatrial.registry.registry import Registry
from seatrial.registry.serial import encode


@click.command("approve", short_help="Approve that a version takes an alias, or withdraw that.")
@click.argument("ref")
@click.option("--to", "alias", required=True, metavar="ALIAS", help="The alias that it may take, e.g. production.")
@click.option("--note", metavar="TEXT", help="Your words, for the record.")
@click.option(
    "--from-reviews", "reviewed", is_flag=True, help="What reviewers of this workflow run approved on GitHub."
)
@click.option("--withdraw", "taken_back", is_flag=True, help="Take back what you approved before.")
@json_option
def approve_version(ref: str, alias: str, note: str | None, reviewed: bool, taken_back: bool, as_json: bool) -> int:
    """Judge a version anew, show what that finds, and record that you approve of it.

    An approval lifts holds that are there when it is given; it passes no FAIL and no ERROR. It is bound to
    what was shown: new evidence, another policy or another holder make it void. Who may give one, and how
    many are needed, `approvals:` of the model says.

    With --from-reviews it is not you who approves: reviewers who let this workflow run's environment go on do, by the
    word of GitHub.
    """
    if reviewed and (taken_back or note is not None):
        raise UsageError(
            "--from-reviews records what others said, in their own words", next_step="leave out --note and --withdraw"
        )
    with workspace_here() as workspace:
        project = load_project(workspace)
        version = Registry(workspace.state).resolve(ref)
        if reviewed:
            from seatrial.cli.approve_reviewed import record_reviews  # with a client of forges

            return record_reviews(workspace, project.policy, version, alias, as_json=as_json)
        actor = who(workspace)
        if taken_back:
            revoked = withdraw(workspace, project.policy, version, alias, actor=actor, note=note)
            if as_json:
                print_document(ref=version.ref, alias=alias, withdrawn=[encode(one) for one in revoked])
            else:
                click.echo(approval_text.withdrawn(version, alias, revoked))
            return exits.OK

        def show(ready: ForAlias) -> None:
            if not as_json:
                click.echo(approval_text.shown(ready))

        done = approve(workspace, project.policy, version, alias, actor=actor, note=note, before=show)
    refused = done.permission if isinstance(done.permission, Refused) and done.approval is None else None
    code = exits.OK if refused is None else refusal_code(refused)
    if as_json:
        print_document(**approval_text.approved_json(done), exit_code=code)
    else:
        click.echo(approval_text.approved(done))
    return code

"""`seatrial models`: versions, aliases and the ledger; register, promote, roll back."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatrial.cli import approval_text, exits, model_text, telling
from seatrial.cli.approve import approve_version
from seatrial.cli.loading import load_project
from seatrial.cli.model_card import card
from seatrial.cli.options import json_option
from seatrial.cli.pairs import parse_pairs
from seatrial.cli.refusals import refusal_code
from seatrial.cli.registry_here import print_document, workspace_here
from seatrial.cli.show_model import show
from seatrial.clock import iso
from seatrial.errors import ConfigError, UsageError
from seatrial.flows.approvals_wanted import wanted
from seatrial.flows.debts import read_book
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.promote import Promotion, promote, roll_back
from seatrial.flows.registering import find_draft, register, who
from seatrial.flows.telling import Told
from seatrial.flows.waiting import Approvals, Waiting, histories
from seatrial.flows.workspace import Workspace
from seatrial.registry.history import History
from seatrial.registry.promotion import Refused, unfit
from seatrial.registry.records import Version
from seatrial.registry.registry import Registry
from seatrial.report.escape import plain
from seatrial.verdict import Verdict

PRODUCTION = "production"


@click.group()
def models() -> None:
    """List, register, promote and roll back versions.

    A version is written NAME@17, or NAME@ALIAS for the version that holds an alias.
    """


models.add_command(show)
models.add_command(approve_version)
models.add_command(card)


@models.command("list", short_help="List models, versions and aliases.")
@json_option
def list_models(as_json: bool) -> None:
    """List models, their versions, who holds which alias, what waits for approval, and open debt.

    Debt is a stage that should have run and was deferred; it holds promotions until a run settles it.
    """
    with workspace_here() as workspace:
        found = histories(workspace)
        debts = read_book(workspace.state).open
        waiting, unknown = _waiting(workspace, found)
    if as_json:
        print_document(
            models=[model_text.history_json(history) for history in found],
            debt=[model_text.debt_json(debt) for debt in debts],
            waiting=[approval_text.waiting_json(one) for one in waiting],
            waiting_unknown=unknown,
        )
    else:
        click.echo("\n\n".join(map(model_text.history, found)) or "no model is registered yet")
        said = [
            approval_text.waiting(waiting),
            model_text.debts(debts),
            *([approval_text.unknown(unknown)] if unknown else []),
        ]
        for each in filter(None, said):
            click.echo("\n" + each)


@models.command("register", short_help="Make a version of what a run judged.")
@click.option("--run", "run_id", metavar="RUN", help="The run that judged it; default: the newest that judged a model.")
@click.option("--model", metavar="NAME", help="Which model, when the run judged several.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; may be repeated.")
@click.option("--link", "links", multiple=True, metavar="URL", help="A page of another tracker; may be repeated.")
@json_option
def register_version(
    run_id: str | None, model: str | None, tags: tuple[str, ...], links: tuple[str, ...], as_json: bool
) -> None:
    """Register what a run made and judged as a new version.

    Registering records; it lets nothing into production. Registering the same run again gives the
    same version.
    """
    with workspace_here() as workspace:
        draft = find_draft(workspace, model, run_id)
        known = len(Registry(workspace.state).versions(draft.model))
        version = register(workspace, draft, tags=parse_pairs(tags, "--tag"), links=links)
        holder = Registry(workspace.state).holder(version.model, PRODUCTION)
    if as_json:
        print_document(version=model_text.version_json(version))
        return
    judged = f", judged {version.verdict}" if version.verdict else ""
    done = "registered" if version.number > known else "this is registered already:"
    click.echo(f"{done} {version.ref} from run {version.run}{judged}")
    for reason in unfit(version):
        click.echo(f"note: it cannot be promoted: {reason}")
    failed = [one for one in version.findings if one.verdict is not Verdict.PASS and str(one.reason) != "no_baseline"]
    if unfit(version) or failed:
        click.echo(f"next: seatrial models show {version.ref}")
        return
    if holder is not None and holder.number == version.number:
        click.echo(f"it holds {PRODUCTION} already")
        return
    first = " --first" if holder is None else ""
    click.echo(f"next: seatrial models promote {version.ref} --to {PRODUCTION}{first}")


@models.command("promote", short_help="Judge a version anew and move an alias to it.")
@click.argument("ref")
@click.option("--to", "alias", required=True, metavar="ALIAS", help="The alias to move, e.g. production.")
@click.option("--first", is_flag=True, help="Declare that nobody ever held the alias: nothing is compared with.")
@click.option("--override", is_flag=True, help="Pass a hold or a block in your own name; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why, for the ledger.")
@json_option
def promote_version(ref: str, alias: str, first: bool, override: bool, reason: str | None, as_json: bool) -> int:
    """Judge a version anew from stored evidence and, if it may, move an alias to it."""
    if reason is not None and not override:
        raise UsageError("--reason goes with --override", next_step=f"seatrial models promote {ref} --to {alias}")
    with workspace_here() as workspace:
        project = load_project(workspace)
        version = Registry(workspace.state).resolve(ref)
        done = promote(
            workspace,
            project.policy,
            version,
            alias,
            first=first,
            override_reason=(reason or "") if override else None,
        )
        told = _tell_who_may_approve(workspace, project.policy, done)
    code = _code(done)
    if as_json:
        print_document(**model_text.promotion_json(done), exit_code=code)
    else:
        click.echo(model_text.promotion(done))
    if told:
        telling.show(told)
    return code


def _tell_who_may_approve(workspace: Workspace, policy: ProjectPolicy, done: Promotion) -> tuple[Told, ...]:
    waiting = wanted(done) if policy.notify else None
    return () if waiting is None else telling.after_promotion(workspace, policy, waiting)


@models.command(short_help="Move an alias back to an earlier version.")
@click.argument("model")
@click.option(
    "--to", type=click.IntRange(min=1), metavar="N", help="The version to go back to; default: the one before."
)
@click.option("--alias", default=PRODUCTION, show_default=True, help="The alias to move.")
@click.option("--reason", metavar="TEXT", help="Why, for the ledger.")
@json_option
def rollback(model: str, to: int | None, alias: str, reason: str | None, as_json: bool) -> None:
    """Move an alias back to an earlier holder, at once; nothing is judged."""
    with workspace_here() as workspace:
        move = roll_back(workspace, model, alias, to=to, reason=reason)
    if as_json:
        print_document(move=model_text.move_json(move))
    else:
        who_did = move.actor.name.partition(" <")[0]
        click.echo(plain(f"{alias}: version {move.previous} -> {model}@{move.version} (rollback, by {who_did})"))


@models.command(short_help="Set or remove a tag of a version.")
@click.argument("ref")
@click.argument("tag", metavar="KEY=VALUE|KEY")
@json_option
def tag(ref: str, tag: str, as_json: bool) -> None:
    """Set a tag of a version, or remove it when only the key is given."""
    with workspace_here() as workspace:
        key, equals, text = tag.partition("=")
        version = _labelled(workspace, ref, key=key, value=text if equals else None)
    if as_json:
        print_document(version=model_text.version_json(version))
    else:
        tags = ", ".join(f"{name}={text}" for name, text in version.tags.items())
        click.echo(f"{version.ref}: " + (plain(tags) or "no tags"))


@models.command()
@click.argument("ref")
@click.argument("url")
@json_option
def link(ref: str, url: str, as_json: bool) -> None:
    """Link a version to a page of another tracker."""
    with workspace_here() as workspace:
        registry = Registry(workspace.state)
        version = registry.link(model_text.ref_of(registry.resolve(ref)), url, actor=who(workspace), at=_now(workspace))
    if as_json:
        print_document(version=model_text.version_json(version))
    else:
        click.echo(f"{version.ref}: {plain(', '.join(version.links))}")


def _waiting(workspace: Workspace, found: Sequence[History]) -> tuple[tuple[Waiting, ...], str | None]:
    """What waits for approval; or why that cannot be told, which a listing survives."""
    if not found:
        return (), None
    try:
        approvals = Approvals(workspace, load_project(workspace).policy)
        return tuple(one for history in found for one in approvals.waiting(history)), None
    except ConfigError as error:
        return (), str(error)


def _labelled(workspace: Workspace, ref: str, *, key: str, value: str | None) -> Version:
    registry = Registry(workspace.state)
    target = model_text.ref_of(registry.resolve(ref))
    return registry.tag(target, key, value, actor=who(workspace), at=_now(workspace))


def _now(workspace: Workspace) -> str:
    return iso(workspace.clock.now())


def _code(done: Promotion) -> int:
    if isinstance(done.permission, Refused):
        return refusal_code(done.permission)
    return exits.OK

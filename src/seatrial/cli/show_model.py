"""`seatrial models show`: a version, a model with its ledger, the registry's past, and a version's dossier."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from seatrial.cli import approval_text, model_text
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option
from seatrial.cli.registry_here import print_document, workspace_here
from seatrial.clock import iso
from seatrial.digest import Json
from seatrial.errors import ConfigError, OutsideError, UsageError
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.waiting import Approvals, Waiting
from seatrial.flows.workspace import Workspace
from seatrial.registry.history import History
from seatrial.registry.records import Version
from seatrial.registry.refs import AliasRef, check_model, parse_ref
from seatrial.registry.registry import Registry
from seatrial.registry.reign import Reign, holder_at, instant_of, reigns
from seatrial.registry.serial import encode
from seatrial.store import atomic


@click.command("show", short_help="Show one version, or a model with its ledger.")
@click.argument("ref")
@click.option("--at", "at", metavar="DATE", help="Which version held NAME@ALIAS then: a date (its end), or an instant.")
@click.option("--dossier", metavar="FILE", help="Write all that is known of the version as one HTML page.")
@json_option
def show(ref: str, at: str | None, dossier: str | None, as_json: bool) -> None:
    """Show one version (NAME@17, NAME@ALIAS), or a model (NAME): its versions and its ledger.

    Of a version: what it is, how it was judged, who approved it, where it has been. The ledger is every move of
    every alias, with who made it, how that is known, and why.
    """
    with workspace_here() as workspace:
        if "@" not in ref:
            _refuse_options(at, dossier)
            _show_model(workspace, ref, as_json=as_json)
            return
        registry = Registry(workspace.state)
        if at is not None:
            version, said = _version_at(workspace, registry, ref, at)
        else:
            version, said = registry.resolve(ref), None
        if dossier is not None:
            _write_dossier(workspace, version, Path(dossier), as_json=as_json)
        elif said is not None:
            _print_reign(version, *said, as_json=as_json)
        else:
            _print_version(workspace, registry.history(version.model), version, as_json=as_json)


def _print_version(workspace: Workspace, history: History, version: Version, *, as_json: bool) -> None:
    ledger = tuple(move for move in history.ledger if move.version == version.number)
    found, unknown = _approvals_of(workspace, history, version)
    if as_json:
        print_document(
            version=model_text.version_json(version),
            ledger=[model_text.move_json(move) for move in ledger],
            approvals=[approval_text.waiting_json(one) for one in found],
            approvals_unknown=unknown,
        )
        return
    click.echo(model_text.version(version, ledger))
    said = approval_text.of_version(found) or (approval_text.unknown(unknown) if unknown else "")
    if said:
        click.echo("\n" + said)


def _approvals_of(workspace: Workspace, history: History, version: Version) -> tuple[tuple[Waiting, ...], str | None]:
    """How the approvals of a version stand; or why that cannot be told, which a listing survives."""
    try:
        return Approvals(workspace, load_project(workspace).policy).of_version(history, version), None
    except ConfigError as error:
        return (), str(error)


def _version_at(
    workspace: Workspace, registry: Registry, ref: str, at: str
) -> tuple[Version, tuple[AliasRef, datetime, Reign]]:
    """The version that held an alias at an instant. Raises UsageError before the first, and for what is no alias."""
    meant = parse_ref(ref)
    if not isinstance(meant, AliasRef):
        raise UsageError(
            "--at asks who held an alias then, and a number always means the same version",
            next_step=f"seatrial models show {meant.model}@production --at {at}",
        )
    instant = instant_of(at, workspace.clock.now())
    history = registry.history(meant.model)
    reign = holder_at(history.ledger, meant.alias, instant)
    if reign is not None:
        return history.versions[reign.began.version], (meant, instant, reign)
    registry.resolve(ref)  # says what there is instead, if nobody ever held it
    first = reigns(history.ledger, alias=meant.alias)[0].began
    raise UsageError(
        f"nobody held {meant.alias} of {meant.model} at {iso(instant)}; the first was {meant.model}@{first.version}, "
        f"from {first.at}",
        next_step=f"seatrial models show {meant.model}",
    )


def _print_reign(version: Version, meant: AliasRef, instant: datetime, reign: Reign, *, as_json: bool) -> None:
    if as_json:
        ended = reign.ended
        print_document(
            ref=version.ref,
            alias=meant.alias,
            at=iso(instant),
            since=iso(reign.since),
            until=None if reign.until is None else iso(reign.until),
            move=model_text.move_json(reign.began),
            ended=None if ended is None else model_text.move_json(ended),
            version=model_text.version_json(version),
        )
    else:
        click.echo(model_text.reign(version, meant.alias, instant, reign))


def _write_dossier(workspace: Workspace, version: Version, file: Path, *, as_json: bool) -> None:
    from seatrial.flows.version_dossier import dossier_facts  # reads data's records, and makes a page of it all
    from seatrial.report.dossier_page import render_dossier

    facts = dossier_facts(workspace, _policy(workspace), version)
    try:
        atomic.write_atomic(file, render_dossier(facts).encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise OutsideError(
            f"the dossier cannot be written to {file}: {error.strerror or error}",
            next_step="name a file in a folder that can be written to",
        ) from error
    if as_json:
        document: Json = encode(facts)
        print_document(ref=version.ref, file=str(file), dossier=document)
    else:
        click.echo(f"wrote the dossier of {version.ref} to {model_text.shown(str(file))}")


def _policy(workspace: Workspace) -> ProjectPolicy | None:
    try:
        return load_project(workspace).policy
    except ConfigError:
        return None


def _show_model(workspace: Workspace, model: str, *, as_json: bool) -> None:
    check_model(model)
    registry = Registry(workspace.state)
    if model not in registry.models():
        known = ", ".join(registry.models()) or "none"
        raise UsageError(f"no model {model} is registered; models: {known}", next_step="seatrial models list")
    history = registry.history(model)
    if as_json:
        print_document(model=model_text.history_json(history))
    else:
        click.echo(model_text.history(history) + "\n\n" + (model_text.ledger(history.ledger) or "no alias ever moved"))


def _refuse_options(at: str | None, dossier: str | None) -> None:
    for option, given in (("--at", at), ("--dossier", dossier)):
        if given is not None:
            raise UsageError(
                f"{option} is about a version, and a model alone names none",
                next_step="write NAME@ALIAS" if option == "--at" else "write NAME@NUMBER or NAME@ALIAS",
            )

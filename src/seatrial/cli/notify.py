"""`seatrial notify`: who is told what, and whether messages arrive."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from seatrial.cli import exits
from seatrial.cli.loading import load_project
from seatrial.cli.options import json_option
from seatrial.digest import Json
from seatrial.errors import UsageError
from seatrial.flows.telling import Delivered, Told, try_channel
from seatrial.flows.workspace import Workspace
from seatrial.forge.channels import Channel
from seatrial.nearest import nearest
from seatrial.report.escape import plain
from seatrial.wiring import open_workspace

SCHEMA_VERSION = 1


@click.command()
@click.argument("channel", required=False)
@click.option("--test", is_flag=True, help="Send a message that says that nothing happened.")
@json_option
def notify(channel: str | None, test: bool, as_json: bool) -> int:
    """Show who is told what, or try whether messages arrive.

    CHANNEL is one of those under `notify:` in seatrial.yaml; default: all of them.
    """
    with open_workspace(Path.cwd(), listener=lambda _event: None) as workspace:
        policy = load_project(workspace).policy
        chosen = _chosen(policy.notify.values(), channel)
        told = [try_channel(workspace, policy, each) for each in chosen] if test else []
    code = _code(told)
    if as_json:
        click.echo(json.dumps(_as_json(chosen, told, workspace, code, test=test), indent=2))
    else:
        click.echo("\n".join(map(_tried, told) if test else [_shown(each, workspace) for each in chosen]))
    return code


def _chosen(channels: Iterable[Channel], name: str | None) -> list[Channel]:
    known = {channel.name: channel for channel in channels}
    if not known:
        raise UsageError(
            "seatrial.yaml tells nobody: it has no `notify:`",
            next_step="add e.g. `notify: {team: {kind: slack, url_from: SLACK_WEBHOOK_URL}}`",
        )
    if name is None:
        return list(known.values())
    if name not in known:
        close = nearest(name.lower(), known)
        step = f"did you mean `{close}`?" if close else f"channels: {', '.join(known)}"
        raise UsageError(f"there is no channel {plain(name, bound=80)}", next_step=step)
    return [known[name]]


def _code(told: Sequence[Told]) -> int:
    """What the user must mend weighs less than what another system did: that may pass by itself."""
    failed = [one for one in told if not isinstance(one, Delivered)]
    if not failed:
        return exits.OK
    return exits.USER if all(one.ours for one in failed) else exits.OUTSIDE


def _tried(one: Told) -> str:
    if isinstance(one, Delivered):
        return f"{one.channel}: delivered (status {one.status})"
    step = f"\nnext:  {one.next_step}" if one.next_step else ""
    return f"{one.channel}: NOT delivered: {one.why}{step}"


def _shown(channel: Channel, workspace: Workspace) -> str:
    """A channel in a line; of variables only whether they are set."""
    parts = [f"{channel.kind}", f"on {', '.join(channel.on)}"]
    parts += [f"tiers {', '.join(channel.tiers)}"] if channel.tiers else []
    parts += [f"models {', '.join(channel.models)}"] if channel.models else []
    parts += ["pull requests too"] if channel.pull_requests else []
    parts += [
        f"{name} {'is set' if workspace.environ.get(name, '').strip() else 'is NOT set'}" for name in channel.variables
    ]
    return f"{channel.name}: {'; '.join(parts)}"


def _as_json(
    channels: Sequence[Channel], told: Sequence[Told], workspace: Workspace, code: int, *, test: bool
) -> dict[str, Json]:
    by_name = {one.channel: one for one in told}
    return {
        "schema_version": SCHEMA_VERSION,
        "exit_code": code,
        "tested": test,
        "channels": [_row(each, by_name.get(each.name), workspace) for each in channels],
    }


def _row(channel: Channel, one: Told | None, workspace: Workspace) -> dict[str, Json]:
    row: dict[str, Json] = {
        "name": channel.name,
        "kind": channel.kind.value,
        "on": [event.value for event in channel.on],
        "tiers": list(channel.tiers),
        "models": list(channel.models),
        "pull_requests": channel.pull_requests,
        "variables": {name: bool(workspace.environ.get(name, "").strip()) for name in channel.variables},
    }
    if one is None:
        return row
    if isinstance(one, Delivered):
        return row | {"delivered": True, "status": one.status, "delivery": one.delivery, "why": None, "next_step": None}
    return row | {
        "delivered": False,
        "status": one.status,
        "delivery": None,
        "why": one.why,
        "next_step": one.next_step,
    }

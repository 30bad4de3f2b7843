"""Who was told what, after a run or a promotion: loaded only where `notify:` names somebody."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatrial.digest import Json
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.request import Candidate
from seatrial.flows.telling import Delivered, Told, ground, tell_run, tell_waiting
from seatrial.flows.telling_rule import ApprovalWanted
from seatrial.flows.workspace import Workspace
from seatrial.forge.policy import Kind
from seatrial.forge.target import target_of
from seatrial.report.escape import plain


def after_run(workspace: Workspace, policy: ProjectPolicy, candidate: Candidate, *, whole: bool) -> tuple[Told, ...]:
    """Tell of a run, and of the versions that it made and that wait for somebody. `whole`: it left no stage out."""
    link = _page(workspace, policy)
    where = ground(workspace, policy, whole=whole)
    told = list(tell_run(workspace, policy, candidate.facts, where, link=link))
    for one in candidate.waiting:
        told += tell_waiting(workspace, policy, one, link=link)
    return tuple(told)


def after_promotion(workspace: Workspace, policy: ProjectPolicy, waiting: ApprovalWanted) -> tuple[Told, ...]:
    """Tell those who may approve."""
    return tell_waiting(workspace, policy, waiting, link=_page(workspace, policy))


def show(told: Sequence[Told]) -> None:
    """What was not told, on standard error: it changes nothing else."""
    for one in told:
        if not isinstance(one, Delivered):
            click.echo(plain(f"warning: {one.warning}"), err=True)


def as_json(told: Sequence[Told]) -> list[Json]:
    """Each with its channel, whether it arrived, and why not."""
    return [
        {
            "channel": one.channel,
            "event": None if one.event is None else one.event.value,
            "subject": one.subject,
            "delivered": isinstance(one, Delivered),
            "why": None if isinstance(one, Delivered) else one.why,
        }
        for one in told
    ]


def _page(workspace: Workspace, policy: ProjectPolicy) -> str | None:
    """The page of this CI run, where there is one."""
    environ = workspace.environ
    if "true" not in (environ.get("GITHUB_ACTIONS"), environ.get("GITLAB_CI")):
        return None
    return target_of(Kind.AUTO, environ, None, project=policy.project, head=None).details

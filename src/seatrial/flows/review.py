"""Bringing a run to where people review it: which commit it belongs to, what is said, where it is written.

Called by `seatrial report --post`. A verdict is only ever put on the commit that CI names; a report of another commit,
or none at all, is an ERROR there, because a check that says nothing of its own commit would let it be merged.

Subtle: in a pull request CI checks out a merge of it with its base, so the report's own commit is not the one that the
verdict stands on, but has it for a parent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from seatrial.digest import Json, canonical
from seatrial.errors import UsageError, some_of
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.posting import Letter, Message, Written, begin, letter_for_none, message_of, send
from seatrial.flows.secrets_here import masker
from seatrial.flows.workspace import Workspace
from seatrial.forge import compose
from seatrial.forge.event_file import read_event
from seatrial.forge.marker import MOST_BYTES, Said
from seatrial.forge.policy import Kind
from seatrial.forge.port import Annotation, Forge
from seatrial.forge.target import Target, target_of
from seatrial.replacing import replace
from seatrial.report.comment import Earlier, render_comment
from seatrial.report.escape import prose
from seatrial.report.facts import RunFacts
from seatrial.report.headline import about
from seatrial.report.links import Links
from seatrial.report.mermaid import curves_chart
from seatrial.store import atomic

_HEADLINE = 300  # characters of a headline that the next comment remembers


class Asked(Struct, frozen=True, kw_only=True):
    """What is to be posted. `report_url` leads to the whole report, `details` to this run's log, `note` is a sentence
    about where the figures come from. `known` are the models that get a comment of their own, None for all."""

    report_url: str | None = None
    details: str | None = None
    known: tuple[str, ...] | None = None
    note: str = ""


def where(workspace: Workspace, policy: ProjectPolicy, kind: Kind | None) -> Target:
    """Where runs of this work tree belong. Raises UsageError where nothing says so."""
    environ = workspace.environ
    return target_of(
        kind or policy.forge.kind,
        environ,
        read_event(environ),
        project=policy.project,
        head=workspace.git.commit(),
    )


def post_run(
    workspace: Workspace,
    policy: ProjectPolicy,
    facts: RunFacts,
    target: Target,
    forge: Forge,
    asked: Asked,
    annotations: Sequence[Annotation] = (),
) -> tuple[Written, ...]:
    """Write what a run came to; `stray` has been asked whether it is one of this commit."""
    sha = commit_of(forge, target)
    begun = begun_here(workspace, sha, facts.tier)
    message = message_of(
        facts,
        target,
        policy.forge,
        sha=sha,
        letters=letters_of(facts, forge.comment_limit, sha=sha, asked=asked),
        note=prose(asked.note) if asked.note else "",
        annotations=annotations,
        begun=begun,
    )
    return send(forge, target, message, masker(workspace, policy))


def post_nothing(
    workspace: Workspace, policy: ProjectPolicy, target: Target, forge: Forge, why: str, *, tier: str | None
) -> tuple[Written, ...]:
    """Write that this commit has no report, which is an ERROR and no pass."""
    sha = commit_of(forge, target)
    begun = begun_here(workspace, sha, tier)
    of = compose.Unreported(project=policy.project, tier=tier, run=workspace.new_run(), sha=sha)
    check, status = compose.unreported(of, target, policy.forge, why)
    letter = letter_for_none(check.title, f"# {prose(check.title)}\n\nOf commit `{sha[:12]}`.\n")
    message = Message(
        project=policy.project,
        tier=tier,
        run=of.run,
        check=check if begun is None else replace(check, run=begun),
        status=status,
        letters=(letter,),
        unjudged=True,
    )
    return send(forge, target, message, masker(workspace, policy))


def post_begun(
    workspace: Workspace, policy: ProjectPolicy, target: Target, forge: Forge, *, tier: str | None
) -> tuple[Written, ...]:
    """Write that a run has begun, so that nobody takes an older verdict for this commit's."""
    of = compose.Unreported(project=policy.project, tier=tier, run=workspace.new_run(), sha=commit_of(forge, target))
    remember_begun(workspace, of.sha, tier, of.run)
    check, status = compose.running(of, target, policy.forge)
    message = Message(project=policy.project, tier=tier, run=of.run, check=check, status=status, letters=())
    return begin(forge, target, message, masker(workspace, policy))


def letters_of(facts: RunFacts, limit: int, *, sha: str, asked: Asked) -> tuple[Letter, ...]:
    """The comments about a run: one for each model, or one for a run that judged none."""
    judged = [model.name for model in facts.models if asked.known is None or model.name in asked.known]
    names: Sequence[str | None] = judged or [None]
    return tuple(_letter(facts, name, min(limit, compose.SUMMARY), sha=sha, asked=asked) for name in names)


def _letter(facts: RunFacts, model: str | None, limit: int, *, sha: str, asked: Asked) -> Letter:
    note = f"{prose(asked.note)}\n\n" if asked.note else ""
    room = limit - len(note.encode()) - MOST_BYTES
    links, chart = Links(report=asked.report_url, run=asked.details), curves_chart(facts)

    def body(earlier: Sequence[Said]) -> str:
        past = [Earlier(sha=one.sha, run=one.run, headline=one.headline) for one in earlier]
        text = render_comment(facts, model, limit=room, links=links, earlier=past, chart=chart, commit=sha)
        title, _, rest = text.partition("\n\n")
        return f"{title}\n\n{note}{rest}"

    told = facts if model is None else about(facts, model)
    return Letter(model=model or "", headline=compose.title_of(told, _HEADLINE), body=body)


def commit_of(forge: Forge, target: Target) -> str:
    """The commit that verdicts stand on. Raises UsageError where there is none, ForgeError."""
    if target.sha is not None:
        return target.sha
    if target.number is None:
        raise UsageError("there is no commit to put a verdict on", next_step="commit first, or run this in CI")
    return forge.pull(target.number).head_sha


def stray(
    workspace: Workspace, policy: ProjectPolicy, facts: RunFacts, target: Target, sha: str, tier: str | None
) -> str | None:
    """Why a report says nothing of a commit as it is; None where it does. `tier` is the one that is expected, None for
    whichever ran. The local forge takes uncommitted work too, since nobody merges by it."""
    newest, made_at = "the newest report is of", facts.commit
    if made_at is None:
        return f"{newest} a work tree without a commit"
    if made_at != sha and workspace.git.parents(made_at)[1:] != (sha,):
        return f"{newest} commit {made_at[:12]}, and none is of {sha[:12]}"
    if tier is not None and facts.tier != tier:
        return f"{newest} {f'tier {facts.tier}' if facts.tier else 'no tier'}, and none is of {tier}"
    begun = begun_here(workspace, sha, facts.tier)
    if begun is not None and facts.run < begun:
        return "no run has left a report since one was said to have begun"
    if facts.named and policy.models:
        return f"{newest} a run of single stages ({some_of(facts.named)}), in which no model is judged"
    if target.kind is Kind.LOCAL:
        return None
    if facts.overridden:
        return f"{newest} a run with parameters that were set by hand ({some_of(facts.overridden)})"
    return f"{newest} files that are not committed: see git status" if facts.dirty else None


def remember_begun(workspace: Workspace, sha: str, tier: str | None, run: str) -> None:
    """Keep what a run's check was called when it began, so that it is that one which ends."""
    value: dict[str, Json] = {"sha": sha, "run": run}
    atomic.write_atomic(_begun(workspace, tier), canonical(value), durable=False)


def begun_here(workspace: Workspace, sha: str, tier: str | None) -> str | None:
    """What the check of a commit was called when its run began; None where nobody said so here."""
    try:
        value = json.loads(_begun(workspace, tier).read_bytes())
        return str(value["run"]) if value["sha"] == sha else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _begun(workspace: Workspace, tier: str | None) -> Path:
    return workspace.cache.root / "begun" / f"{tier or '_'}.json"

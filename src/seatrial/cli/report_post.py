"""`seatrial report --post` and `--pack`: a run's report on its way to where people review.

The exit code is that of the run, whatever becomes of the posting: a token without rights does not turn a FAIL into
something else. Only where a good run could not be told of at all does the command end with 5, since then nobody has
seen a verdict.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from msgspec import Struct

from seatrial.cli import exits
from seatrial.cli.loading import load_project
from seatrial.cli.run_code import code_of_run
from seatrial.errors import ConfigError, OutsideError, SeatrialError, UserError
from seatrial.flows.base_policy import forge_of_base, policy_of_base
from seatrial.flows.change_plan import ChangePlan, ChangeRequest, plan_change
from seatrial.flows.handover import pack, receive
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.posting import Written, told
from seatrial.flows.review import Asked, commit_of, post_begun, post_nothing, post_run, stray, where
from seatrial.flows.second_look import look_again
from seatrial.flows.secrets_here import masker
from seatrial.flows.workspace import Workspace
from seatrial.forge.compose import holds_back, title_of
from seatrial.forge.policy import Kind
from seatrial.forge.port import Annotation, Forge, Level
from seatrial.forge.target import Target
from seatrial.replacing import replace
from seatrial.report.annotations import remarks
from seatrial.report.escape import plain, prose
from seatrial.report.facts import RunFacts
from seatrial.report.markdown import render_summary
from seatrial.wiring import open_forge, open_repository

SCHEMA_VERSION = 1
LOCAL_FOLDER = "forge"
"""Where the local forge keeps its files, below the cache."""
NO_REPORT = "no run has left a report"
_FOR_ANOTHER_JOB = (
    "a run of a fork may write nothing to the forge; another job posts what this one packs: "
    "seatrial report --pack FOLDER"
)


class Posting(Struct, frozen=True, kw_only=True):
    """What the options ask for."""

    kind: Kind | None
    begin: bool
    source: str | None
    tier: str | None
    url: str | None


def post_report(workspace: Workspace, asked: Posting, facts: RunFacts | None, *, as_json: bool) -> int:
    """Post, print what was written, and give the exit code."""
    try:
        policy = load_project(workspace).policy
    except ConfigError as error:
        _post_unreadable(workspace, asked, error)
        raise
    target = where(workspace, policy, asked.kind)
    policy = replace(policy, forge=forge_of_base(workspace, policy, target))
    if asked.begin and workspace.stranger:
        click.echo(_FOR_ANOTHER_JOB, err=True)
        return exits.OK
    if workspace.stranger and target.kind is not Kind.LOCAL:
        said = Written(what="forge", done=True, said=_FOR_ANOTHER_JOB)
        return _end(workspace, policy, facts, (said,), as_json=as_json)
    forge = open_forge(target, policy.forge, workspace.environ, workspace.cache.root / LOCAL_FOLDER)
    if asked.begin:
        written = post_begun(workspace, policy, target, forge, tier=asked.tier)
        _print(None, written, exits.OK, as_json=as_json)
        return exits.OK if told(written) else exits.OUTSIDE
    if asked.source is not None:
        return _post_handed(workspace, policy, target, forge, asked, as_json=as_json)
    sha = commit_of(forge, target)
    why = NO_REPORT if facts is None else stray(workspace, policy, facts, target, sha, asked.tier)
    if facts is None or why is not None:
        tier = asked.tier or (None if facts is None else facts.tier)
        written = post_nothing(workspace, policy, target, forge, why or NO_REPORT, tier=tier)
        return _end(workspace, policy, None, written, as_json=as_json, why=why or NO_REPORT)
    written = post_run(
        workspace,
        policy,
        facts,
        target,
        forge,
        Asked(report_url=asked.url, details=target.details),
        annotations_of(facts),
    )
    return _end(workspace, policy, facts, written, as_json=as_json)


def _post_unreadable(workspace: Workspace, asked: Posting, error: ConfigError) -> None:
    """A configuration that cannot be read is an ERROR on its commit: else an older verdict would be the last word.
    Where things are posted, the base's says, or what little can be read."""
    policy = policy_of_base(workspace)
    if policy is None or workspace.stranger:
        return
    try:
        target = where(workspace, policy, asked.kind)
        forge = open_forge(target, policy.forge, workspace.environ, workspace.cache.root / LOCAL_FOLDER)
        why = f"the configuration cannot be read: {error.problems[0]}"
        written = post_nothing(workspace, policy, target, forge, why, tier=asked.tier)
    except SeatrialError as fault:
        click.echo(plain(f"not posted: {fault}"), err=True)
        return
    for one in (*written, *_step_files(workspace, policy, None, exits.USER, why)):
        click.echo(plain(f"{'' if one.done else 'not written: '}{one.what}: {one.said}"), err=True)


def _post_handed(
    workspace: Workspace, policy: ProjectPolicy, target: Target, forge: Forge, asked: Posting, *, as_json: bool
) -> int:
    """What another job has packed: judged here, or, where that cannot be, an ERROR on its commit."""
    sha = commit_of(forge, target)
    own = forge.pull_of(sha, head_repo=target.repo, head_ref=None) if target.from_fork else None
    if own is not None:
        # The repository's own run has its say on this commit, and another's must not stand in its place.
        said = f"{sha[:12]} is the head of #{own} of the repository itself, whose own run speaks there"
        _print(None, [Written(what="check", done=True, said=said)], exits.OK, as_json=as_json)
        return exits.OK
    try:
        received = receive(Path(asked.source or ""))
        second = look_again(
            workspace,
            policy,
            received,
            sha=sha,
            tier=asked.tier,
            plan_of=lambda head: _plan(workspace, forge, target, head, asked.tier),
        )
    except SeatrialError as error:
        written = post_nothing(workspace, policy, target, forge, str(error), tier=asked.tier)
        for one in written:
            click.echo(plain(f"{one.what}: {one.said}"), err=True)
        raise
    written = post_run(
        workspace,
        policy,
        second.facts,
        target,
        forge,
        Asked(report_url=asked.url, details=target.details, note=second.note, known=second.known),
        annotations_of(second.facts),
    )
    return _end(workspace, policy, second.facts, written, as_json=as_json)


def _plan(workspace: Workspace, forge: Forge, target: Target, head: str, tier: str | None) -> ChangePlan | None:
    """What a commit that is not checked out would change, by the objects alone; nothing of it is run. They are fetched
    where they are not here."""
    base = workspace.git.commit()
    if base is None or not _is_here(workspace, forge, target, head):
        return None
    try:
        with open_repository(workspace.git.root) as repository:
            return plan_change(repository, ChangeRequest(base=base, head=head, tier=tier))
    except (UserError, OutsideError):
        return None  # shallow, unrelated, or a configuration that cannot be read


def _is_here(workspace: Workspace, forge: Forge, target: Target, head: str) -> bool:
    """Whether a pull request's head is in the repository, if need be by now."""
    if workspace.git.commit(head) is not None:
        return True
    number = target.number or forge.pull_of(head, head_repo=target.head_repo, head_ref=target.head_ref)
    name = "merge-requests" if target.kind is Kind.GITLAB else "pull"
    return number is not None and workspace.git.fetch(f"refs/{name}/{number}/head") and bool(workspace.git.commit(head))


def annotations_of(facts: RunFacts) -> tuple[Annotation, ...]:
    """The remarks of a run that stand at a line."""
    return tuple(
        Annotation(
            path=remark.path,
            line=remark.line,
            level=Level(remark.grade.value),
            title=remark.title,
            message=remark.message,
        )
        for remark in remarks(facts)
        if remark.path is not None and remark.line is not None
    )


def pack_run(workspace: Workspace, facts: RunFacts, folder: Path, *, as_json: bool) -> int:
    """Write what the job that posts needs. The exit code says whether that was done, not what the run came to."""
    run = workspace.cache.runs / facts.run
    said = pack(run, facts, [workspace.cache.blobs, workspace.state.blobs], folder)
    if as_json:
        click.echo(
            json.dumps({"schema_version": SCHEMA_VERSION, "folder": str(folder), "left_out": list(said)}, indent=2)
        )
        return exits.OK
    for sentence in said:
        click.echo(plain(sentence), err=True)
    click.echo(plain(f"packed run {facts.run} into {folder}"))
    click.echo(plain(f"next, in the job that may post: seatrial report --post --from {folder}"))
    return exits.OK


def _end(
    workspace: Workspace,
    policy: ProjectPolicy,
    facts: RunFacts | None,
    written: Sequence[Written],
    *,
    as_json: bool,
    why: str = NO_REPORT,
) -> int:
    """`why` is what is said where there is no report of this commit."""
    code = exits.USER if facts is None else code_of_run(facts)
    written = [*written, *_step_files(workspace, policy, facts, code, why)]
    if code == exits.OK and not told(written) and not workspace.stranger:
        code = exits.OUTSIDE
    _print(_title(facts, why), written, code, as_json=as_json)
    return code


def _title(facts: RunFacts | None, why: str) -> str:
    return f"ERROR: {plain(why)}" if facts is None else title_of(facts)


def _step_files(
    workspace: Workspace, policy: ProjectPolicy, facts: RunFacts | None, code: int, why: str
) -> list[Written]:
    """The summary and the outputs of a step of GitHub Actions, which need no token."""
    from seatrial.forge.github.step_files import add_outputs, add_summary

    masked = masker(workspace, policy)
    found: list[Written] = []
    summary, outputs = (workspace.environ.get(name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"))
    title = _title(facts, why)
    text = f"# {prose(title)}\n" if facts is None else render_summary(facts)
    passed = facts is not None and not holds_back(facts)
    try:
        if summary:
            whole = add_summary(Path(summary), masked(text))
            found.append(Written(what="summary", done=True, said="written" if whole else "written, as far as it fits"))
        if outputs:
            add_outputs(
                Path(outputs),
                {"passed": str(passed).lower(), "headline": masked(title), "exit_code": str(code)},
            )
            found.append(Written(what="outputs", done=True, said="passed, headline, exit_code"))
    except OutsideError as error:
        found.append(Written(what="summary", done=False, said=str(error)))
    return found


def _print(title: str | None, written: Sequence[Written], code: int, *, as_json: bool) -> None:
    if as_json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "headline": title,
            "posted": [{"what": one.what, "done": one.done, "said": one.said, "url": one.url} for one in written],
            "exit_code": code,
        }
        click.echo(json.dumps(document, indent=2))
        return
    if title is not None:
        click.echo(title)
    for one in written:
        line = f"{one.what}: {one.said}" + (f" ({one.url})" if one.url else "")
        click.echo(plain(line if one.done else f"not written: {line}"), err=not one.done)

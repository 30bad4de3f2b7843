"""Patterns of CI files that hand trust to strangers: who may run what, with whose secrets, and whose actions. Pure.

Called by `patterns.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from seatrial.adopt.doctor.command_words import core
from seatrial.adopt.doctor.facts import CiJob, CiStep, Setting, Workflow
from seatrial.adopt.doctor.outcome import Alarm, Pattern

_SHA = re.compile(r"[0-9a-f]{40}\Z")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\Z")
_TRUSTING = frozenset({"pull_request_target", "workflow_run"})
_HEAD = re.compile(
    r"github\.event\.(?:pull_request|workflow_run)\.head|github\.event\.workflow_run\.head_|github\.head_ref"
    r"|refs/pull/|github\.event\.number|github\.event\.pull_request\.number"
)
_ASKS_WHO = re.compile(r"head\.repo\.(?:full_name|fork|owner)|author_association|github\.actor|head_repository")
_TOKENS = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[opsu]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,}|hf_[A-Za-z0-9]{30,}"
    r"|glpat-[A-Za-z0-9_-]{20}|xox[abp]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{32,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_SECRET_NAME = re.compile(r"(?:\A|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|(?:API|ACCESS|PRIVATE)_?KEY)\Z", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\$|example|dummy|changeme|placeholder|fake", re.IGNORECASE)
_ENTROPY = 12
"""Characters from which on a value beside a telling name is no placeholder."""
_OTHER_EVENTS = ("push", "schedule", "workflow_dispatch", "repository_dispatch", "merge_group", "release")
_ELSEWHERE = (
    "github.ref=='refs/heads/",
    "startsWith(github.ref,'refs/tags",
    "github.event.label",
    "pull_request.labels",
)


def trust_alarms(workflow: Workflow) -> Iterator[Alarm]:
    """What a CI file trusts that it should not."""
    yield from _secrets(workflow)
    for job in workflow.jobs:
        yield from _head_checked_out(workflow, job)
        yield from _strangers(workflow, job)
        if job.uses is not None:
            yield from _unpinned(workflow.file, job.uses)
        for step in job.steps:
            if step.uses is not None:
                yield from _unpinned(workflow.file, step.uses)


def _unpinned(file: str, uses: Setting) -> Iterator[Alarm]:
    name, _, ref = uses.value.partition("@")
    if name.startswith("./") or not name or _SHA.match(ref) or _DIGEST.search(uses.value):
        return
    points = f"what `{ref}` points at" if ref else "its newest version"
    said = f"`{uses.value}` is {points} when the job starts, whoever moved it"
    mend = f"write the commit, and the version behind it: `uses: {name}@<40 digits> # {ref or 'v1'}`"
    if name.startswith("docker://"):
        mend = f"write the digest: `{uses.value.partition('@')[0]}@sha256:<64 digits>`"
    yield Alarm(pattern=Pattern.UNPINNED_ACTION, file=file, line=uses.line, message=said, mend=mend)


def _head_checked_out(workflow: Workflow, job: CiJob) -> Iterator[Alarm]:
    trusting = sorted(job.triggers & _TRUSTING)
    if not trusting:
        return
    for step in job.steps:
        line = _checks_out_head(step, job)
        if line is None:
            continue
        yield Alarm(
            pattern=Pattern.PULL_REQUEST_TARGET,
            file=workflow.file,
            line=line,
            message=f"`on: {trusting[0]}` runs with this repository's secrets, and here checks out the code of "
            "whoever opened a pull request",
            mend="measure under `on: pull_request`, and let a second workflow that checks nothing out post the result",
        )


def _checks_out_head(step: CiStep, job: CiJob) -> int | None:
    if step.uses is not None and step.uses.value.startswith("actions/checkout@"):
        for name in ("ref", "repository"):
            given = step.given.get(name)
            if given is not None and _HEAD.search(given.value):
                return given.line
    named = {name for env in (job.env, step.env) for name, value in env.items() if _HEAD.search(value.value)}
    for command in step.commands:
        rest = core(command.words)
        fetched = rest[:2] in (("git", "fetch"), ("git", "checkout"), ("git", "pull")) and _of_pull(rest, named)
        if fetched or rest[:3] == ("gh", "pr", "checkout"):
            return command.line
    return None


def _of_pull(words: tuple[str, ...], named: set[str]) -> bool:
    return any("pull/" in word or any(f"${name}" in word or f"${{{name}}}" in word for name in named) for word in words)


def _strangers(workflow: Workflow, job: CiJob) -> Iterator[Alarm]:
    """A pull request of anybody runs on a machine that somebody owns."""
    own = [label for label in job.runs_on if label == "self-hosted"]
    if not own or "pull_request" not in job.triggers or job.environment or excludes_pull_requests(job.condition):
        return
    jobs = {other.name: other for other in workflow.jobs}
    asked = [job.condition, *(jobs[name].condition for name in job.needs if name in jobs)]
    if any(_ASKS_WHO.search(condition) for condition in asked):
        return
    yield Alarm(
        pattern=Pattern.STRANGERS_ON_OWN_RUNNER,
        file=workflow.file,
        line=job.line,
        message=f"job `{job.name}` runs the code of any pull request on a machine of your own",
        mend="`if: github.event.pull_request.head.repo.full_name == github.repository`, or an `environment:` with "
        "reviewers",
    )


def excludes_pull_requests(condition: str) -> bool:
    """Whether a job's condition keeps it from running on every pull request, as far as its words tell."""
    plain = condition.replace('"', "'").replace(" ", "")
    if "github.event_name!='pull_request'" in plain:
        return True
    if "github.event_name=='pull_request'" in plain:
        return "labels" in plain
    told = any(f"github.event_name=='{name}'" in plain for name in _OTHER_EVENTS)
    return told or any(word in plain for word in _ELSEWHERE)


def _secrets(workflow: Workflow) -> Iterator[Alarm]:
    for name, setting in _all_settings(workflow):
        if _TOKENS.search(setting.value) or (_SECRET_NAME.search(name) and _is_secret(setting.value)):
            yield _secret(workflow.file, setting.line, f"`{name}`")
    for job in workflow.jobs:
        for command in job.commands:
            if any(_TOKENS.search(word) for word in command.words):
                yield _secret(workflow.file, command.line, "a token")


def _is_secret(value: str) -> bool:
    mixed = any(character.isdigit() for character in value) and any(character.isalpha() for character in value)
    return len(value) >= _ENTROPY and mixed and " " not in value and not _PLACEHOLDER.search(value)


def _secret(file: str, line: int, what: str) -> Alarm:
    return Alarm(
        pattern=Pattern.SECRET_IN_CLEAR,
        file=file,
        line=line,
        message=f"{what} stands here in clear, and in the history of the repository from now on",
        mend="make it void where it was given out, and take the new one from `${{ secrets.NAME }}`",
    )


def _all_settings(workflow: Workflow) -> Iterator[tuple[str, Setting]]:
    yield from workflow.env.items()
    for job in workflow.jobs:
        yield from job.env.items()
        for step in job.steps:
            yield from step.env.items()
            yield from step.given.items()

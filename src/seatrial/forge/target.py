"""Where a run belongs on a forge: repository, commit, pull request, and whether its code is trusted. Pure.

Called with the variables of CI and the event that it was started by. What the event says is the forge's own word;
nothing here is ever read from files that the code of a pull request could have written.

Subtle: in a pull request GitHub checks out a merge commit that nobody sees; verdicts belong on the head of the branch.
An event of `workflow_run` names no pull request where it came from a fork, so there the number is None and the forge
is asked by commit and branch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import UsageError
from seatrial.forge.policy import Kind
from seatrial.replacing import replace

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_FOR_STRANGERS = ("pull_request", "pull_request_review", "pull_request_review_comment")
_COMMENT = "issue_comment"
_DIGITS = 18
_AFTER = "workflow_run"


class Target(Struct, frozen=True, kw_only=True):
    """Where a run belongs.

    `api` is the address that the forge is asked at, `repo` is `owner/name` (GitLab: the path or number of the project).
    `sha` is the commit that verdicts stand on, `number` the pull request, None where there is none or it must be looked
    up by `head_repo` and `head_ref`. `from_fork`: code of another repository. `base_ref` is the branch that a pull
    request would be merged into, `details` a page with this run's log, `workflow_run` its number.
    """

    kind: Kind
    api: str
    repo: str
    sha: str | None = None
    number: int | None = None
    head_repo: str | None = None
    head_ref: str | None = None
    base_ref: str | None = None
    from_fork: bool = False
    event: str = ""
    details: str | None = None
    workflow_run: str | None = None

    @property
    def about_a_pull(self) -> bool:
        """Whether there is a pull request to comment on, known or to be looked up."""
        return self.number is not None or (self.event == _AFTER and self.head_ref is not None)


def target_of(kind: Kind, environ: Mapping[str, str], event: Json, *, project: str, head: str | None) -> Target:
    """Where a run of this process belongs. `head` is the commit that is checked out, for where CI names none.

    Raises UsageError where the forge was named and nothing says which repository it is.
    """
    match kind if kind is not Kind.AUTO else _surroundings(environ):
        case Kind.GITHUB:
            target = github(environ, event)
        case Kind.GITLAB:
            target = gitlab(environ)
        case _:
            target = Target(kind=Kind.LOCAL, api="", repo=project, number=1)
    if not target.repo:
        names = "CI_PROJECT_ID" if target.kind == Kind.GITLAB else "GITHUB_REPOSITORY"
        raise UsageError(
            f"which repository on {target.kind} this is, nothing says", next_step=f"set {names}, or use --forge local"
        )
    if target.sha is None and target.number is None:
        return replace(target, sha=head)
    return replace(target, sha=head) if target.kind == Kind.LOCAL else target


def _surroundings(environ: Mapping[str, str]) -> Kind:
    if environ.get("GITHUB_ACTIONS") == "true":
        return Kind.GITHUB
    return Kind.GITLAB if environ.get("GITLAB_CI") == "true" else Kind.LOCAL


def github(environ: Mapping[str, str], event: Json) -> Target:
    """What GitHub Actions says; `event` is the content of the file that `GITHUB_EVENT_PATH` names."""
    name = environ.get("GITHUB_EVENT_NAME", "")
    repo = environ.get("GITHUB_REPOSITORY", "")
    server = environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    run = environ.get("GITHUB_RUN_ID", "")
    target = Target(
        kind=Kind.GITHUB,
        api=environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/"),
        repo=repo,
        event=name,
        details=f"{server}/{repo}/actions/runs/{run}" if repo and run.isdigit() else None,
        workflow_run=run or None,
    )
    if name == _AFTER:
        return _after(target, member(event, "workflow_run"))
    pull = member(event, "pull_request")
    if pull is not None:
        return _of_pull(target, pull)
    if name == _COMMENT and member(event, "issue", "pull_request") is not None:
        # The commit is not in the event: the pull request is asked for what its head is now.
        return replace(target, number=_number(member(event, "issue", "number")))
    return replace(target, sha=_sha(environ.get("GITHUB_SHA")))


def gitlab(environ: Mapping[str, str]) -> Target:
    """What GitLab CI says."""
    number = environ.get("CI_MERGE_REQUEST_IID", "")
    source = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
    project = environ.get("CI_PROJECT_PATH", "")
    target = environ.get("CI_MERGE_REQUEST_PROJECT_PATH", project)
    return Target(
        kind=Kind.GITLAB,
        api=environ.get("CI_API_V4_URL", "https://gitlab.com/api/v4").rstrip("/"),
        repo=environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID") or project,
        # In a pipeline of merged results CI_COMMIT_SHA is a commit that nobody sees.
        sha=_sha(environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ.get("CI_COMMIT_SHA")),
        number=int(number) if number.isascii() and number.isdigit() and len(number) <= _DIGITS else None,
        head_repo=source,
        head_ref=environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
        base_ref=environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        from_fork=bool(number) and source != target,
        event=environ.get("CI_PIPELINE_SOURCE", ""),
        details=environ.get("CI_JOB_URL"),
        workflow_run=environ.get("CI_PIPELINE_ID"),
    )


def _of_pull(target: Target, pull: Json) -> Target:
    head = _text(member(pull, "head", "repo", "full_name"))
    return replace(
        target,
        sha=_sha(member(pull, "head", "sha")),
        number=_number(member(pull, "number")),
        head_repo=head,
        head_ref=_text(member(pull, "head", "ref")),
        base_ref=_text(member(pull, "base", "ref")),
        from_fork=_is_other(head, target.repo),
    )


def _after(target: Target, run: Json) -> Target:
    """The run that a second workflow follows. It names its pull request only where that is no fork's."""
    head = _text(member(run, "head_repository", "full_name"))
    of_a_pull = _text(member(run, "event")) in _FOR_STRANGERS
    pulls = member(run, "pull_requests")
    only = pulls[0] if isinstance(pulls, list) and len(pulls) == 1 else None
    return replace(
        target,
        sha=_sha(member(run, "head_sha")),
        number=_number(member(only, "number")) if of_a_pull else None,
        head_repo=head,
        head_ref=_text(member(run, "head_branch")) if of_a_pull else None,
        base_ref=_text(member(only, "base", "ref")) if of_a_pull else None,
        from_fork=_is_other(head, target.repo),
    )


def _is_other(head: str | None, repo: str) -> bool:
    """Whether code is another repository's; that of a repository which was deleted is nobody's we trust."""
    return head is None or head.lower() != repo.lower()


def member(value: Json, *keys: str) -> Json:
    """What an event holds under these keys, one in the other; None where it has no such member."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _sha(value: Json) -> str | None:
    return value if isinstance(value, str) and _SHA.match(value) else None

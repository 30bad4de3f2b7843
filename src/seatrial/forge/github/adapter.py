"""GitHub as a `Forge`: comments, checks, statuses, deployments, and who may do what.

Made by `wiring.py` for `--forge github`. What is sent is made in `bodies.py`, what comes back is read in `answers.py`,
and what is refused is put into words in `refusals.py`; here stands only which requests a method takes.

Subtle: which comments are ours is GitHub's to say, and it says it in two ways. A personal token names its user; the
token of a workflow, or of any app, may not ask who it is (403). Such a token is taken for that of GitHub Actions until
an answer to something that it wrote shows its name. So a comment of an app's token that was not known as ours is found
the second time `reconcile.py` looks, and there is one again.

A check and a deployment carry the run and the move that they tell of. So where an answer was lost they are looked up,
and what is missing is added: annotations too, since GitHub adds those of each request to those that are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from seatrial.forge.failures import ForbiddenError, GoneError, RefusedError, UnreachableError
from seatrial.forge.github import bodies
from seatrial.forge.github.answers import (
    SAID,
    AnnotationAnswer,
    CheckAnswer,
    ChecksAnswer,
    CommentAnswer,
    DeploymentAnswer,
    DeploymentStatusAnswer,
    PermissionAnswer,
    PullAnswer,
    ReviewAnswer,
    StatusAnswer,
    User,
    missing,
)
from seatrial.forge.github.asking import Asking, segment
from seatrial.forge.github.refusals import UNPROCESSABLE, Doing
from seatrial.forge.http import Http
from seatrial.forge.port import Annotation, Check, Comment, Deployment, Pull, Review, Role, Status, is_later, overtaken

ACTIONS = "github-actions[bot]"
"""Who the token of a workflow writes as."""
_COMMENT_LIMIT = 60_000  # of 65,536, which GitHub has counted in more than one way
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?\Z")

_WHO = Doing(what="ask who it belongs to", right="metadata: read")
_READ_PULL = Doing(what="read pull requests", right="pull-requests: read")
_READ_COMMENTS = Doing(what="read comments of a pull request", right="pull-requests: read")
_COMMENT = Doing(what="write comments on a pull request", right="pull-requests: write")
_READ_CHECKS = Doing(what="read checks", right="checks: read")
_CHECK = Doing(what="write checks", right="checks: write")
_READ_STATUSES = Doing(what="read statuses of a commit", right="statuses: read")
_STATUS = Doing(what="write the status of a commit", right="statuses: write")
_READ_DEPLOYMENTS = Doing(what="read deployments", right="deployments: read")
_DEPLOY = Doing(what="write deployments", right="deployments: write")
_ROLE = Doing(what="read what somebody may do here", right="metadata: read")
_REVIEWS = Doing(what="read what was said to environments", right="actions: read")


class GitHub:
    """One repository on GitHub, as one token sees it. `api` is what GitHub Actions calls GITHUB_API_URL."""

    kind = "github"
    comment_limit = _COMMENT_LIMIT

    def __init__(self, http: Http, *, api: str, repo: str, token: str) -> None:
        self._asking = Asking(http, api=api, repo=repo, token=token)
        self._me: str | None = None

    def __repr__(self) -> str:
        return f"GitHub({self._asking!r})"

    def pull(self, number: int) -> Pull:
        return self._asking.get(f"pulls/{number:d}", PullAnswer, _READ_PULL).record()

    def pull_of(self, sha: str, *, head_repo: str | None, head_ref: str | None) -> int | None:
        found = {pull.number: pull for pull in self._pulls_of(sha)}
        if head_repo is not None and head_ref is not None:  # GitHub lists a fork's commit under no pull request
            owner = head_repo.partition("/")[0]
            found |= {pull.number: pull for pull in self._pulls(state="open", head=f"{owner}:{head_ref}")}
        fitting = [
            pull.number
            for pull in (answer.record() for answer in found.values())
            if pull.is_open and pull.head_sha == sha and _is_same(head_repo, pull.head_repo)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _pulls_of(self, sha: str) -> list[PullAnswer]:
        try:
            pages = self._asking.pages(f"commits/{segment(sha)}/pulls", list[PullAnswer], _READ_PULL)
            return [pull for page in pages for pull in page if self._is_into_here(pull)]
        except RefusedError as error:
            if error.status in UNPROCESSABLE:  # a commit that only a fork has
                return []
            raise

    def _pulls(self, **query: str) -> list[PullAnswer]:
        return [pull for page in self._asking.pages("pulls", list[PullAnswer], _READ_PULL, **query) for pull in page]

    def _is_into_here(self, pull: PullAnswer) -> bool:
        return pull.base.repo is not None and _is_same(pull.base.repo.full_name, self._asking.repo)

    def comments(self, number: int) -> tuple[Comment, ...]:
        me = self._author()
        pages = self._asking.pages(f"issues/{number:d}/comments", list[CommentAnswer], _READ_COMMENTS)
        return tuple(comment.record(me) for page in pages for comment in page)

    def add_comment(self, number: int, body: str) -> Comment:
        path = f"issues/{number:d}/comments"
        answer = self._asking.write("POST", path, {"body": body}, CommentAnswer, _COMMENT)
        self._wrote_as(None if answer.user is None else answer.user.login)
        return answer.record(self._author())

    def change_comment(self, number: int, comment: str, body: str) -> None:
        path = f"issues/comments/{segment(comment)}"
        self._asking.write("PATCH", path, {"body": body}, CommentAnswer, _COMMENT, repeatable=True)

    def remove_comment(self, number: int, comment: str) -> None:
        try:
            self._asking.remove(f"issues/comments/{segment(comment)}", _COMMENT)
        except GoneError:
            return

    def put_check(self, check: Check) -> None:
        try:
            self._put_check(check)
        except UnreachableError as error:
            if not error.may_be_done:
                raise
            self._put_check(check)  # looks at what is there, and writes what is not

    def _put_check(self, check: Check) -> None:
        annotations = bodies.fitted(check.annotations)
        standing = self._check_of(check)
        body = bodies.check(check)
        if standing is None:
            first = {**body, "head_sha": check.sha, "output": bodies.output(check, annotations[: bodies.BATCH])}
            answer = self._asking.write("POST", "check-runs", first, CheckAnswer, _CHECK)
            path, lacking = f"check-runs/{answer.id}", annotations[bodies.BATCH :]
        else:
            path = f"check-runs/{standing.id}"
            lacking = missing(annotations, self._annotations(path)) if annotations else ()
            answer = self._asking.write("PATCH", path, body, CheckAnswer, _CHECK, repeatable=True)
        self._wrote_as(answer.writer)
        for batch in _batches(lacking):
            more = {"output": bodies.output(check, batch)}
            self._asking.write("PATCH", path, more, CheckAnswer, _CHECK)

    def _check_of(self, check: Check) -> CheckAnswer | None:
        """The newest check of that name that this run wrote on the commit."""
        name = str(bodies.check(check)["name"])
        path = f"commits/{segment(check.sha)}/check-runs"
        pages = self._asking.pages(path, ChecksAnswer, _READ_CHECKS, check_name=name, filter="all")
        found = [one for page in pages for one in page.check_runs if one.name == name]
        ours = [one for one in found if self._me is None or one.writer in (None, self._me)]
        if any(is_later(one.external_id, check.run) for one in ours):
            raise overtaken(check)
        mine = [one for one in ours if one.external_id == check.run]
        return max(mine, key=lambda one: one.id, default=None)

    def _annotations(self, path: str) -> list[AnnotationAnswer]:
        pages = self._asking.pages(f"{path}/annotations", list[AnnotationAnswer], _READ_CHECKS)
        return [annotation for page in pages for annotation in page]

    def put_status(self, status: Status) -> None:
        path = f"statuses/{segment(status.sha)}"
        # Of two that are the same the newer counts, and says the same.
        answer = self._asking.write("POST", path, bodies.status(status), StatusAnswer, _STATUS, repeatable=True)
        self._wrote_as(None if answer.creator is None else answer.creator.login)

    def statuses(self, sha: str) -> tuple[Status, ...]:
        newest: dict[str, Status] = {}
        path = f"commits/{segment(sha)}/statuses"
        for page in self._asking.pages(path, list[StatusAnswer], _READ_STATUSES):  # the newest first
            for status in page:
                newest.setdefault(status.context, status.record(sha))
        return tuple(newest.values())

    def deploy(self, deployment: Deployment) -> None:
        try:
            self._deploy(deployment)
        except UnreachableError as error:
            if not error.may_be_done:
                raise
            self._deploy(deployment)

    def _deploy(self, deployment: Deployment) -> None:
        standing = self._deployment_of(deployment)
        if standing is None:
            body = bodies.deployment(deployment)
            standing = self._asking.write("POST", "deployments", body, DeploymentAnswer, _DEPLOY)
        path = f"deployments/{standing.id}/statuses"
        said = next(self._asking.pages(path, list[DeploymentStatusAnswer], _READ_DEPLOYMENTS))  # the newest first
        body = bodies.deployment_status(deployment)
        if said and (said[0].state, said[0].description) == (body["state"], body["description"]):
            return
        self._asking.write("POST", path, body, DeploymentStatusAnswer, _DEPLOY)

    def _deployment_of(self, deployment: Deployment) -> DeploymentAnswer | None:
        query = {"sha": deployment.sha, "environment": deployment.environment}
        pages = self._asking.pages("deployments", list[DeploymentAnswer], _READ_DEPLOYMENTS, **query)
        ours = [one for page in pages for one in page if one.has(bodies.KEY, deployment.key)]
        return min(ours, key=lambda one: one.id, default=None)

    def role(self, user: str) -> Role:
        if not _LOGIN.match(user):
            return Role.NONE  # nobody on GitHub is called that
        try:
            return self._asking.get(f"collaborators/{segment(user)}/permission", PermissionAnswer, _ROLE).role()
        except GoneError:
            return Role.NONE

    def reviews(self, workflow_run: str) -> tuple[Review, ...]:
        path = f"actions/runs/{segment(workflow_run)}/approvals"
        answers = self._asking.get(path, list[ReviewAnswer], _REVIEWS)
        return tuple(answer.record() for answer in answers if answer.state in SAID)

    def _author(self) -> str:
        """Whom the token writes as, as far as that is known."""
        if self._me is None:
            try:
                self._me = self._asking.get("/user", User, _WHO).login
            except ForbiddenError:
                return ACTIONS
        return self._me

    def _wrote_as(self, login: str | None) -> None:
        """What an answer to something that was written shows."""
        if login is not None:
            self._me = login


def _batches(annotations: Sequence[Annotation]) -> Iterator[Sequence[Annotation]]:
    for start in range(0, len(annotations), bodies.BATCH):
        yield annotations[start : start + bodies.BATCH]


def _is_same(one: str | None, other: str | None) -> bool:
    """Whether two names are of one repository; what nobody named fits all."""
    return one is None or (other is not None and one.lower() == other.lower())

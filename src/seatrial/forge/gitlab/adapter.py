"""GitLab as a forge: notes on merge requests, commit statuses, deployments.

Built where a run posts, from the variables of CI (`target.py`). A project access token with the role Developer and the
scope `api` may do all of this; CI_JOB_TOKEN may read merge requests and write deployments, and nothing else.

What is subtle about GitLab:

- it carries out lines of a note that begin with `/` (`/merge`, `/close`). The report lets none through; here is the
  second wall, for whatever text is given;
- it has no checks, so the status is all that can block a merge, and it refuses to set a status to the state that it
  has: that is looked up, and then done;
- a deployment carries no text of ours. The newest one of our own into an environment is known again by its commit: the
  same commit, deployed again after another, is a deployment of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from seatrial.digest import Json
from seatrial.evidence.json_value import Value
from seatrial.forge.failures import ForbiddenError, GoneError, RefusedError, UnreachableError
from seatrial.forge.gitlab import answers
from seatrial.forge.gitlab.asking import Asking
from seatrial.forge.http import Http
from seatrial.forge.port import Check, Comment, Deployment, Pull, Review, Role, State, Status
from seatrial.report.escape import plain, shorten

COMMENT_LIMIT = 250_000
"""GitLab takes a million characters; a note of so many takes it seconds to show."""
_MOST_DESCRIPTION = 255
_MOST_URL = 255
_DEPLOYMENTS_LOOKED_AT = 500
_STATES = {State.RUNNING: "running", State.SUCCESS: "success", State.FAILURE: "failed"}
_COMMAND = re.compile(r"^(?=/)", re.MULTILINE)


class GitLab:
    """One project. `project` is its path or number, `api` ends with `/api/v4`."""

    kind = "gitlab"
    comment_limit = COMMENT_LIMIT

    def __init__(self, http: Http, *, api: str, project: str, token: str, job_token: bool = False) -> None:
        self._ask = Asking(http, api, token, job_token=job_token)
        self._project = f"/projects/{quote(project, safe='')}"
        self._me: int | None = None
        self._pages: dict[int, str] = {}

    def __repr__(self) -> str:
        return f"GitLab({self._ask!r}, {self._project})"

    def pull(self, number: int) -> Pull:
        answer = self._ask.one("GET", self._merge_request(number))
        found = answers.pull(answer, head_repo=self._source(answer))
        if found is None:
            raise UnreachableError(
                f"GitLab is still preparing merge request {number}", next_step="try again in a few seconds"
            )
        if found.url:
            self._pages[number] = found.url
        return found

    def pull_of(self, sha: str, *, head_repo: str | None, head_ref: str | None) -> int | None:
        found = self._of_branch(head_ref) if head_ref is not None else self._of_commit(sha)
        numbers = [number for answer in found if (number := self._opened_at(answer, sha, head_repo)) is not None]
        return numbers[0] if len(numbers) == 1 else None

    def comments(self, number: int) -> tuple[Comment, ...]:
        me = self._my_id()
        asked = {"sort": "asc", "order_by": "created_at"}
        notes = self._ask.all(f"{self._merge_request(number)}/notes", asked)
        found = (answers.comment(note, me=me, page=self._pages.get(number)) for note in notes)
        return tuple(comment for comment in found if comment is not None)

    def add_comment(self, number: int, body: str) -> Comment:
        sent: Json = {"body": _commanding_nothing(body)}
        answer = self._ask.one("POST", f"{self._merge_request(number)}/notes", body=sent)
        written = answers.comment(answer, me=self._my_id(), page=self._pages.get(number))
        if written is None:
            raise UnreachableError("GitLab calls a note of ours its own", may_be_done=True)
        return written

    def change_comment(self, number: int, comment: str, body: str) -> None:
        self._ask.one("PUT", self._note(number, comment), body={"body": _commanding_nothing(body)})

    def remove_comment(self, number: int, comment: str) -> None:
        try:
            self._ask.one("DELETE", self._note(number, comment))
        except GoneError:
            return

    def put_check(self, check: Check) -> None:
        raise ForbiddenError(
            f"GitLab has no checks, so there is none for {plain(check.name)}",
            next_step="its status says the same, and blocks a merge where pipelines must succeed",
        )

    def put_status(self, status: Status) -> None:
        sent: dict[str, Json] = {
            "state": _STATES[status.state],
            "name": status.context,
            "description": shorten(plain(status.description), _MOST_DESCRIPTION),
        }
        if status.url is not None and len(status.url) <= _MOST_URL:  # a link is not worth the verdict
            sent["target_url"] = status.url
        try:
            # Of two that have ended the newer counts, and says the same.
            path = f"{self._project}/statuses/{quote(status.sha, safe='')}"
            self._ask.one("POST", path, body=sent, repeatable=True)
        except RefusedError:
            if not any(self._says(found, status) for found in self.statuses(status.sha)):
                raise

    def statuses(self, sha: str) -> tuple[Status, ...]:
        return answers.statuses(self._ask.all(f"{self._project}/repository/commits/{quote(sha, safe='')}/statuses"))

    def deploy(self, deployment: Deployment) -> None:
        try:
            self._deploy(deployment)
        except UnreachableError as error:
            if not error.may_be_done or error.lasting:
                raise
            self._deploy(deployment)  # looks at what is there, and writes what is not

    def _deploy(self, deployment: Deployment) -> None:
        there = self._deployed(deployment)
        wanted = answers.DEPLOYED.get(deployment.state)
        if wanted is None:  # inactive: what is replaced becomes that by itself, what has not ended is called off
            if there is not None and there[1] == "running":
                self._change_deployment(there[0], "canceled")
            return
        if there is not None:
            if there[1] != wanted:
                self._change_deployment(there[0], wanted)
            return
        sent: Json = {
            "environment": deployment.environment,
            "sha": deployment.sha,
            "ref": self._default_branch(),
            "tag": False,
            "status": wanted,
        }
        self._ask.one("POST", f"{self._project}/deployments", body=sent)

    def role(self, user: str) -> Role:
        """By the exact name: a list of members is searched by its beginning, and `bob` is not `bobby`."""
        for answer in self._ask.all("/users", {"username": user}):
            keys = answers.keys_of(answer)
            if keys["username"].text().casefold() != user.casefold():
                continue
            try:
                return answers.role(self._ask.one("GET", f"{self._project}/members/all/{keys['id'].whole()}"))
            except GoneError:
                return Role.NONE
        return Role.NONE

    def reviews(self, workflow_run: str) -> tuple[Review, ...]:
        """Approvals of deployments, for which GitLab asks in its paid plans; without them there are none."""
        said: list[Review] = []
        for answer in self._newest_deployments({}):
            if answers.pipeline_of(answer) == workflow_run:
                number = answers.keys_of(answer)["id"].whole()
                said += answers.reviews(self._ask.one("GET", f"{self._project}/deployments/{number}"))
        return tuple(said)

    def _merge_request(self, number: int) -> str:
        return f"{self._project}/merge_requests/{number}"

    def _note(self, number: int, comment: str) -> str:
        return f"{self._merge_request(number)}/notes/{quote(comment, safe='')}"

    def _of_branch(self, branch: str) -> tuple[Json, ...]:
        return tuple(self._ask.all(f"{self._project}/merge_requests", {"state": "opened", "source_branch": branch}))

    def _of_commit(self, sha: str) -> tuple[Json, ...]:
        """The merge requests with a commit; none where the project does not know it."""
        try:
            return tuple(self._ask.all(f"{self._project}/repository/commits/{quote(sha, safe='')}/merge_requests"))
        except GoneError:
            return ()

    def _my_id(self) -> int | None:
        """Who the token belongs to; a CI_JOB_TOKEN is not told."""
        if self._me is None and not self._ask.job_token:
            self._me = answers.keys_of(self._ask.one("GET", "/user"))["id"].whole()
        return self._me

    def _source(self, merge_request: Json) -> str | None:
        """The path of the project that a merge request comes from; None where it is gone, or not to be seen."""
        source = answers.keys_of(merge_request)["source_project_id"].maybe(Value.whole)
        if source is None:
            return None
        try:
            project = self._ask.one("GET", f"/projects/{source}")
        except (GoneError, ForbiddenError):
            return None
        return answers.keys_of(project)["path_with_namespace"].text()

    def _opened_at(self, merge_request: Json, sha: str, head_repo: str | None) -> int | None:
        """The number of a merge request, if it is open, has that head and comes from that project."""
        keys = answers.keys_of(merge_request)
        if keys["state"].text() != "opened" or keys["sha"].json != sha:
            return None
        if head_repo is not None and (self._source(merge_request) or "").lower() != head_repo.lower():
            return None
        return keys["iid"].whole()

    @staticmethod
    def _says(found: Status, wanted: Status) -> bool:
        return found.context == wanted.context and found.state is wanted.state

    def _deployed(self, wanted: Deployment) -> tuple[int, str] | None:
        """Our deployment of that commit, and its state, unless another commit was deployed since."""
        for answer in self._newest_deployments({"environment": wanted.environment}):
            keys = answers.keys_of(answer)
            if keys["sha"].text() != wanted.sha:
                return None
            if not answers.is_by_a_pipeline(answer):
                return keys["id"].whole(), keys["status"].text()
        return None

    def _newest_deployments(self, asked: dict[str, str]) -> Iterator[Json]:
        newest = self._ask.all(f"{self._project}/deployments", {**asked, "order_by": "id", "sort": "desc"})
        for _, answer in zip(range(_DEPLOYMENTS_LOOKED_AT), newest, strict=False):
            yield answer

    def _change_deployment(self, number: int, state: str) -> None:
        self._ask.one("PUT", f"{self._project}/deployments/{number}", body={"status": state})

    def _default_branch(self) -> str:
        """A deployment must name a branch that exists; the one of a fork, or one that was merged, does not."""
        branch = answers.keys_of(self._ask.one("GET", self._project))["default_branch"].maybe(Value.text)
        if branch is None:
            raise RefusedError("this project has no branch yet, so nothing can be deployed from it")
        return branch


def _commanding_nothing(body: str) -> str:
    """A note of which GitLab carries nothing out. It deletes carriage returns before it looks for commands, and renders
    a slash behind a backslash as a slash."""
    return _COMMAND.sub(r"\\", body.replace("\r", ""))

"""What we ask of a forge (GitHub, GitLab, a local folder), and the records that go there and back.

Implemented by one folder or file for each forge, used by the flows that post, that heed comments and that read
reviews. A method does one thing and raises what
`failures.py` draws; deciding what is to be written is `reconcile.py`'s.

Every write is idempotent or can be looked up again: a comment by its marker, a check and a deployment by the run that
they speak of, a status by its context. So what may or may not have arrived is asked for, and not written twice.

Subtle: `State` has three members on purpose. GitHub counts `neutral` and `skipped` as passed, so a verdict that blocks
must never become one of those; there is no word for them here.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from seatrial.forge.failures import OvertakenError

RUN_NAME = re.compile(r"[0-9a-z]{26}\Z")
"""A run's name, which sorts by when it began; what others call their checks is no such name."""


def overtaken(check: Check) -> OvertakenError:
    """The error for a check that a later run has already had its say on."""
    return OvertakenError(f"a later run has had its say on {check.sha[:12]}, under the name of {check.name}")


def is_later(name: str | None, run: str) -> bool:
    """Whether a check is of a run that began after another one."""
    return name is not None and RUN_NAME.match(name) is not None and name > run


class State(StrEnum):
    """What a check or a status says of a commit."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"


class Level(StrEnum):
    """How grave an annotation is."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


class Role(StrEnum):
    """What somebody may do in a repository, in the order of what they may."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"


class Pull(Struct, frozen=True, kw_only=True):
    """A pull or merge request as the forge has it now. `head_repo` is `owner/name`, None where it was deleted."""

    number: int
    head_sha: str
    head_ref: str
    head_repo: str | None
    base_ref: str
    base_sha: str
    author: str
    is_open: bool
    url: str | None = None


class Comment(Struct, frozen=True, kw_only=True):
    """A comment that stands there. `ours`: written by whom the token belongs to, as far as that can be known."""

    id: str
    body: str
    author: str
    ours: bool
    url: str | None = None


class Annotation(Struct, frozen=True, kw_only=True):
    """A remark at a line of a file; lines count from 1. All text is plain and bounded already."""

    path: str
    line: int
    level: Level
    title: str
    message: str


class Check(Struct, frozen=True, kw_only=True):
    """A verdict on a commit, with its reasons. `name` is what branch protection asks for; `run` makes it idempotent.
    `summary` is Markdown, bounded by whoever made it."""

    name: str
    sha: str
    run: str
    state: State
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()
    url: str | None = None


class Status(Struct, frozen=True, kw_only=True):
    """The same in one line, for forges, tokens and readers that know no checks. `creator` is whom the forge names as
    having written one that is there."""

    context: str
    sha: str
    state: State
    description: str
    url: str | None = None
    creator: str | None = None


class Deployed(StrEnum):
    """How far a deployment is."""

    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILURE = "failure"
    INACTIVE = "inactive"


class Deployment(Struct, frozen=True, kw_only=True):
    """A version that took an alias, told as a deployment into an environment. `key` identifies the move: the same one
    is never a second deployment."""

    sha: str
    environment: str
    key: str
    state: Deployed
    description: str
    url: str | None = None


class Review(Struct, frozen=True, kw_only=True):
    """What somebody said to a deployment that waited for them."""

    user: str
    environments: tuple[str, ...]
    approved: bool
    comment: str


class Forge(Protocol):
    """A forge and one repository on it."""

    kind: str
    """`github`, `gitlab` or `local`."""
    comment_limit: int
    """Bytes of UTF-8 that a comment may have."""

    def pull(self, number: int) -> Pull:
        """The pull request as it is now."""

    def pull_of(self, sha: str, *, head_repo: str | None, head_ref: str | None) -> int | None:
        """The open pull request whose head is that commit, None where none or more than one is."""

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Every comment on a pull request, oldest first, over all pages."""

    def add_comment(self, number: int, body: str) -> Comment:
        """Write a comment."""

    def change_comment(self, number: int, comment: str, body: str) -> None:
        """Replace its text. Raises GoneError where somebody has deleted it."""

    def remove_comment(self, number: int, comment: str) -> None:
        """Delete it; that it is gone already is no error."""

    def put_check(self, check: Check) -> None:
        """Write the check of this run, or replace what it said before. Raises OvertakenError where a later run, by its
        name, has one on the commit, ForbiddenError where the token may write no checks, and on forges that have
        none."""

    def put_status(self, status: Status) -> None:
        """Write the status of a commit."""

    def statuses(self, sha: str) -> tuple[Status, ...]:
        """The newest status of each context of a commit, with who wrote it."""

    def deploy(self, deployment: Deployment) -> None:
        """Write a deployment, or its new state."""

    def role(self, user: str) -> Role:
        """What a user may do in the repository; NONE for a stranger."""

    def reviews(self, workflow_run: str) -> tuple[Review, ...]:
        """What was said to the environments of a workflow run."""

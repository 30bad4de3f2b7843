"""What GitHub answers, as far as it is read, and what it means in the words of the port. Pure.

Called by `adapter.py`. Only the fields that are used are declared; an answer that lacks one, or has it with another
type, is no answer of GitHub's and is refused by the decoder.
"""

from __future__ import annotations

import json
from typing import Any

from msgspec import Raw, Struct, field

from seatrial.forge.port import Annotation, Comment, Pull, Review, Role, State, Status


class User(Struct, frozen=True):
    """An account. A comment of a deleted one has none."""

    login: str


class _Repository(Struct, frozen=True):
    full_name: str


class _Head(Struct, frozen=True):
    sha: str
    ref: str
    repo: _Repository | None = None


class PullAnswer(Struct, frozen=True):
    """A pull request."""

    number: int
    state: str
    head: _Head
    base: _Head
    user: User | None = None
    html_url: str | None = None

    def record(self) -> Pull:
        return Pull(
            number=self.number,
            head_sha=self.head.sha,
            head_ref=self.head.ref,
            head_repo=None if self.head.repo is None else self.head.repo.full_name,
            base_ref=self.base.ref,
            base_sha=self.base.sha,
            author="" if self.user is None else self.user.login,
            is_open=self.state == "open",
            url=self.html_url,
        )


class CommentAnswer(Struct, frozen=True):
    """A comment on a pull request."""

    id: int
    body: str | None = None
    user: User | None = None
    html_url: str | None = None

    def record(self, me: str) -> Comment:
        author = "" if self.user is None else self.user.login
        return Comment(
            id=str(self.id),
            body=self.body or "",
            author=author,
            ours=bool(author) and author.lower() == me.lower(),
            url=self.html_url,
        )


class _App(Struct, frozen=True):
    slug: str | None = None


class CheckAnswer(Struct, frozen=True):
    """A check run."""

    id: int
    name: str
    external_id: str | None = None
    app: _App | None = None

    @property
    def writer(self) -> str | None:
        """The account that its app comments as."""
        return f"{self.app.slug}[bot]" if self.app is not None and self.app.slug else None


class ChecksAnswer(Struct, frozen=True):
    """A page of them."""

    check_runs: list[CheckAnswer]


class AnnotationAnswer(Struct, frozen=True):
    """An annotation that a check has."""

    path: str
    start_line: int
    annotation_level: str | None = None
    title: str | None = None
    message: str | None = None

    def is_of(self, annotation: Annotation) -> bool:
        return (self.path, self.start_line, self.annotation_level, self.title or "", self.message) == (
            annotation.path,
            annotation.line,
            str(annotation.level),
            annotation.title,
            annotation.message,
        )


class StatusAnswer(Struct, frozen=True):
    """A status of a commit."""

    context: str
    state: str
    description: str | None = None
    target_url: str | None = None
    creator: User | None = None

    def record(self, sha: str) -> Status:
        return Status(
            context=self.context,
            sha=sha,
            state=_STATES.get(self.state, State.FAILURE),
            description=self.description or "",
            url=self.target_url or None,
            creator=None if self.creator is None else self.creator.login,
        )


class DeploymentAnswer(Struct, frozen=True):
    """A deployment. Its payload is an object, or text that is one."""

    id: int
    payload: Raw = field(default_factory=Raw)
    creator: User | None = None

    def has(self, name: str, key: str) -> bool:
        """Whether the payload says so."""
        value = _loaded(bytes(self.payload))
        value = _loaded(value) if isinstance(value, str) else value
        return isinstance(value, dict) and value.get(name) == key


class DeploymentStatusAnswer(Struct, frozen=True):
    """What was said of a deployment."""

    state: str
    description: str | None = None


class PermissionAnswer(Struct, frozen=True):
    """What a user may do. `permission` is what a role of the owner's own making amounts to."""

    permission: str
    role_name: str | None = None

    def role(self) -> Role:
        return _ROLES.get(self.role_name or "") or _ROLES.get(self.permission, Role.NONE)


class _Environment(Struct, frozen=True):
    name: str


class ReviewAnswer(Struct, frozen=True):
    """What somebody said to a deployment that waited for them."""

    state: str
    user: User | None = None
    comment: str | None = None
    environments: list[_Environment] = []

    def record(self) -> Review:
        return Review(
            user="" if self.user is None else self.user.login,
            environments=tuple(environment.name for environment in self.environments),
            approved=self.state == "approved",
            comment=self.comment or "",
        )


_STATES = {"pending": State.RUNNING, "success": State.SUCCESS}
_ROLES = {
    "none": Role.NONE,
    "read": Role.READ,
    "triage": Role.READ,
    "write": Role.WRITE,
    "maintain": Role.MAINTAIN,
    "admin": Role.ADMIN,
}
SAID = ("approved", "rejected")
"""What an answer to a waiting deployment is; `pending` is none yet."""


def missing(annotations: tuple[Annotation, ...], there: list[AnnotationAnswer]) -> tuple[Annotation, ...]:
    """Those that a check does not have yet. Two that are equal are two."""
    left = list(there)
    lacking: list[Annotation] = []
    for annotation in annotations:
        found = next((one for one in left if one.is_of(annotation)), None)
        if found is None:
            lacking.append(annotation)
        else:
            left.remove(found)
    return tuple(lacking)


def _loaded(text: bytes | str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

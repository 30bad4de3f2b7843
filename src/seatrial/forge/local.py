"""A folder as a forge: what would be posted lies there as files, for a first look and for tests.

`seatrial report --post --forge local` writes here. A comment is `comment-MODEL.md`, with a tier
`comment-TIER-MODEL.md`, which a newcomer opens; checks, statuses and deployments are lists in JSON files of those
names, the newest last. Every file is replaced whole, so a reader never sees a part, and a lock keeps two runs that
write at once from losing each other's entries.

Somebody may answer by hand: `by-NAME.md` is a comment of theirs.

Subtle: there is one pull request, number 1, whose head is whatever commit the run says. `roles.json` (`{"ada":
"maintain"}`) may say who has which role; without it everybody is a stranger. What cannot be read, because somebody
edited it, is refused and not written over.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from seatrial import digest
from seatrial.digest import Json
from seatrial.forge.failures import GoneError, RefusedError, UnreachableError
from seatrial.forge.marker import marker_in
from seatrial.forge.port import Check, Comment, Deployment, Pull, Review, Role, Status, is_later, overtaken
from seatrial.store import atomic

THE_PULL = 1
"""The number of the only pull request that a folder has."""
COMMENT_LIMIT = 65_000
"""What GitHub takes: a first look is to show what others will see."""
CHECKS, STATUSES, DEPLOYMENTS, ROLES = "checks.json", "statuses.json", "deployments.json", "roles.json"
MOST_ENTRIES = 500
"""That a list remembers, the newest."""
_MOST_BYTES = 4 << 20
_LOCK = ".lock"
_AUTHOR = "seatrial"
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_COMMENT = re.compile(r"comment(?:-[A-Za-z0-9._-]+?)??(?:~(\d{1,6}))?\.md\Z")
_BY_HAND = re.compile(r"by-([A-Za-z0-9._-]{1,100})\.md\Z")
_LONGEST_NAME = 60

Record = TypeVar("Record", Check, Status, Deployment)


class Local:
    """One folder, made when the first thing is written. `sha` is the head of its pull request."""

    kind = "local"
    comment_limit = COMMENT_LIMIT

    def __init__(self, folder: Path, *, sha: str = "", branch: str = "HEAD", base: str = "main") -> None:
        self._folder = folder
        self._sha, self._branch, self._base = sha, branch, base

    def pull(self, number: int) -> Pull:
        self._must_be_there(number)
        return Pull(
            number=THE_PULL,
            head_sha=self._sha,
            head_ref=self._branch,
            head_repo="local/local",
            base_ref=self._base,
            base_sha="",
            author=_AUTHOR,
            is_open=True,
            url=None,
        )

    def pull_of(self, sha: str, *, head_repo: str | None, head_ref: str | None) -> int | None:
        return THE_PULL if sha and sha == self._sha else None

    def comments(self, number: int) -> tuple[Comment, ...]:
        """The oldest first, by when their files came to be: what is changed keeps its time."""
        self._must_be_there(number)
        with _told(self._folder):
            return tuple(
                self._comment(name, body)
                for _, _, name in sorted(self._written())
                if (body := self._read(name)) is not None
            )

    def add_comment(self, number: int, body: str) -> Comment:
        self._must_be_there(number)
        marker = marker_in(body)
        about = () if marker is None else (marker.subject.tier, marker.subject.model)
        stem = _stem("-".join(filter(None, about)))
        with self._alone():
            before = max((when for when, _, _ in self._written()), default=0)
            for again in range(1, MOST_ENTRIES):
                name = f"{stem}.md" if again == 1 else f"{stem}~{again}.md"
                file = self._folder / name
                if atomic.put_if_absent(file, body.encode(), durable=False, mode=0o644):
                    # The clock of a file system may stand still for milliseconds.
                    _set_time(file, max(before + 1, file.stat().st_mtime_ns))
                    return self._comment(name, body)
        raise RefusedError(f"there are {MOST_ENTRIES:,} comments like {stem}.md", next_step="delete those files")

    def change_comment(self, number: int, comment: str, body: str) -> None:
        name = self._known(number, comment)
        with self._alone():
            file = self._folder / name
            if self._read(name) is None:
                raise GoneError(f"the comment {name} is not there any more")
            written = file.stat().st_mtime_ns
            atomic.write_atomic(file, body.encode(), durable=False)
            _set_time(file, written)

    def remove_comment(self, number: int, comment: str) -> None:
        name = self._known(number, comment)
        with self._alone():
            (self._folder / name).unlink(missing_ok=True)

    def put_check(self, check: Check) -> None:
        if any(one.name == check.name and is_later(one.run, check.run) for one in self.checks(check.sha)):
            raise overtaken(check)
        self._put(CHECKS, check, Check, lambda one: (one.name, one.sha, one.run))

    def put_status(self, status: Status) -> None:
        self._put(STATUSES, status, Status, lambda one: (one.context, one.sha))

    def statuses(self, sha: str) -> tuple[Status, ...]:
        return tuple(status for status in self._list(STATUSES, Status) if status.sha == sha)

    def checks(self, sha: str) -> tuple[Check, ...]:
        """The checks of a commit, the newest last."""
        return tuple(check for check in self._list(CHECKS, Check) if check.sha == sha)

    def deploy(self, deployment: Deployment) -> None:
        self._put(DEPLOYMENTS, deployment, Deployment, lambda one: (one.environment, one.key))

    def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment, the newest last."""
        return self._list(DEPLOYMENTS, Deployment)

    def role(self, user: str) -> Role:
        with _told(self._folder):
            data = self._read(ROLES)
        if data is None:
            return Role.NONE
        try:
            return msgspec.json.decode(data, type=dict[str, Role]).get(user, Role.NONE)
        except msgspec.MsgspecError as error:
            raise self._damaged(ROLES, str(error)) from None

    def reviews(self, workflow_run: str) -> tuple[Review, ...]:
        return ()

    def _must_be_there(self, number: int) -> None:
        if number != THE_PULL:
            raise GoneError(f"a folder has one pull request, number {THE_PULL}, and not {number}")

    def _known(self, number: int, comment: str) -> str:
        """The name of a comment's file; nothing else in the folder is written over or deleted."""
        self._must_be_there(number)
        if _COMMENT.match(comment) is None:
            raise GoneError("there is no such comment")
        return comment

    def _comment(self, name: str, body: str) -> Comment:
        by_hand = _BY_HAND.match(name)
        author = _AUTHOR if by_hand is None else by_hand[1]
        return Comment(id=name, body=body, author=author, ours=by_hand is None, url=None)

    def _written(self) -> list[tuple[int, bool, str]]:
        """When each comment was written, whether by hand, and its name."""
        names = os.listdir(self._folder) if self._folder.is_dir() else []
        return [
            ((self._folder / name).lstat().st_mtime_ns, _BY_HAND.match(name) is not None, name)
            for name in names
            if _COMMENT.match(name) is not None or _BY_HAND.match(name) is not None
        ]

    def _put(self, name: str, one: Record, kind: type[Record], same: Callable[[Record], object]) -> None:
        """Write an entry in place of the one that it replaces."""
        with self._alone():
            kept: list[Record] = [each for each in self._list(name, kind) if same(each) != same(one)]
            entries: list[Json] = [msgspec.to_builtins(each) for each in (*kept, one)[-MOST_ENTRIES:]]
            atomic.write_atomic(self._folder / name, f"{json.dumps(entries, indent=2)}\n".encode(), durable=False)

    def _list(self, name: str, kind: type[Record]) -> tuple[Record, ...]:
        with _told(self._folder):
            data = self._read(name)
        if data is None:
            return ()
        try:
            return msgspec.json.decode(data, type=tuple[kind, ...])  # type: ignore[valid-type]  # made as it runs
        except msgspec.MsgspecError as error:
            raise self._damaged(name, str(error)) from None

    def _read(self, name: str) -> str | None:
        """A file of ours; None where there is none. A link is none: it may lead anywhere."""
        try:
            descriptor = os.open(self._folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._damaged(name, error.strerror or str(error)) from None
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise self._damaged(name, f"it is larger than {_MOST_BYTES:,} bytes")
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise self._damaged(name, "it is not UTF-8") from None

    def _damaged(self, name: str, why: str) -> RefusedError:
        return RefusedError(f"{self._folder / name} cannot be read: {why}", next_step="delete the file, and post again")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes a file meanwhile."""
        with _told(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)


def _set_time(file: Path, nanoseconds: int) -> None:
    os.utime(file, ns=(nanoseconds, nanoseconds))


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the file system refuses, as an error of a forge."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise UnreachableError(
            f"the folder {folder} cannot be used: {why}", next_step="name a folder that may be written"
        ) from None


def _stem(model: str) -> str:
    """The name of a model's comment without its suffix; names that would come to be one have a digest."""
    if not model:
        return "comment"
    fit = _UNFIT.sub("_", model)[:_LONGEST_NAME]
    if fit == model:
        return f"comment-{fit}"
    return f"comment-{fit}-{digest.short(digest.of_bytes(model.encode('utf-8', 'surrogatepass')))}"

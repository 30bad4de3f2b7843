"""What the fake of GitHub keeps: accounts, tokens, pull requests, and what was written about them.

Tests look at it and change it by hand, as people do on the real one. The laws that the fake holds stand in
`answering.py`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REPO = "octo/models"
ALL_RIGHTS = {
    "metadata": "read",
    "actions": "read",
    "checks": "write",
    "deployments": "write",
    "pull-requests": "write",
    "statuses": "write",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody. `role` is what they may do here; `base` what a role of the owner's own making amounts to."""

    login: str
    id: int
    kind: str = "User"
    role: str = "none"
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token. `app` is the app that it belongs to, None for a person's own."""

    login: str
    app: str | None = None
    rights: Mapping[str, str] = field(default_factory=lambda: dict(ALL_RIGHTS))


@dataclass(slots=True, kw_only=True)
class PullState:
    """A pull request."""

    number: int
    head_sha: str
    head_ref: str
    head_repo: str | None
    author: str
    base_ref: str = "main"
    base_sha: str = "b" * 40
    state: str = "open"
    locked: bool = False


class World:
    """One repository and all around it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.pulls: dict[int, PullState] = {}
        self.shas: set[str] = set()
        """Commits that the repository itself has; a fork's it has only under `refs/pull`."""
        self.comments: dict[int, dict[str, Any]] = {}
        self.checks: dict[int, dict[str, Any]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.deployments: dict[int, dict[str, Any]] = {}
        self.deployment_statuses: list[dict[str, Any]] = []
        self.reviews: dict[int, list[dict[str, Any]]] = {}
        self._ids = itertools.count(1_000)
        self._seconds = itertools.count()

    def account(self, login: str, *, role: str = "none", kind: str = "User", base: str | None = None) -> Account:
        """Let somebody be there, in a role."""
        self.accounts[login] = Account(login=login, id=self.number(), kind=kind, role=role, base=base)
        return self.accounts[login]

    def token(self, text: str, login: str, *, app: str | None = None, **rights: str) -> str:
        """A token of somebody's, with all rights but for those that are given here (`none` takes one away)."""
        if login not in self.accounts:
            self.account(login, kind="User" if app is None else "Bot")
        named = {name.replace("_", "-"): level for name, level in rights.items()}
        self.tokens[text] = Token(login=login, app=app, rights={**ALL_RIGHTS, **named})
        return text

    def pull(self, number: int, sha: str, *, ref: str = "topic", repo: str | None = REPO, **more: Any) -> PullState:
        """Open a pull request. Of one from a fork the repository does not list the commit."""
        author = more.pop("author", "contributor")
        if author not in self.accounts:
            self.account(author)
        opened = PullState(number=number, head_sha=sha, head_ref=ref, head_repo=repo, author=author, **more)
        self.pulls[number] = opened
        if repo == REPO:
            self.shas.add(sha)
        return opened

    def comment(self, number: int, login: str, body: str) -> int:
        """Somebody writes a comment by hand."""
        if login not in self.accounts:
            self.account(login)
        key = self.number()
        self.comments[key] = {"id": key, "number": number, "login": login, "body": body, "at": self.instant()}
        return key

    def bodies(self, number: int) -> list[str]:
        """The comments on a pull request, oldest first."""
        with self.lock:
            return [one["body"] for one in self.comments.values() if one["number"] == number]

    def number(self) -> int:
        """A number that nothing has yet."""
        return next(self._ids)

    def instant(self) -> str:
        """A later one each time."""
        passed = next(self._seconds)
        return f"2026-11-{1 + passed // 86_400:02}T{passed // 3_600 % 24:02}:{passed // 60 % 60:02}:{passed % 60:02}Z"

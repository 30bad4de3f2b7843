"""A forge in memory: what the flow that posts writes, and what goes wrong with it.

`fail` makes a method raise, as often as it is told to; `meanwhile` runs something before a method, as another run or a
person would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from seatrial.forge.failures import ForgeError, GoneError
from seatrial.forge.port import Check, Comment, Deployment, Pull, Review, Role, Status
from seatrial.replacing import replace

HEAD = "a" * 40
US = "seatrial[bot]"


class MemoryForge:
    """One repository with one pull request, number 7."""

    kind = "memory"
    comment_limit = 65_536

    def __init__(self, head: str = HEAD) -> None:
        self.head = head
        self.written: dict[str, Comment] = {}
        self.checks: dict[tuple[str, str, str], Check] = {}
        self.all_statuses: list[Status] = []
        self.deployments: dict[str, Deployment] = {}
        self.roles: dict[str, Role] = {}
        self.calls: list[str] = []
        self._failures: dict[str, list[ForgeError]] = defaultdict(list)
        self._meanwhile: dict[str, list[Callable[[], object]]] = defaultdict(list)
        self._number = 0

    def fail(self, method: str, error: ForgeError, times: int = 1) -> None:
        """Have a method raise."""
        self._failures[method] += [error] * times

    def meanwhile(self, method: str, do: Callable[[], object]) -> None:
        """Do something just before a method is carried out."""
        self._meanwhile[method].append(do)

    def say(self, body: str, author: str = US) -> str:
        """A comment as somebody writes it by hand."""
        self._number += 1
        name = str(self._number)
        self.written[name] = Comment(id=name, body=body, author=author, ours=author == US, url=f"https://forge/{name}")
        return name

    def _called(self, method: str) -> None:
        self.calls.append(method)
        if self._meanwhile[method]:
            self._meanwhile[method].pop(0)()
        if self._failures[method]:
            raise self._failures[method].pop(0)

    def pull(self, number: int) -> Pull:
        self._called("pull")
        if number != 7:
            raise GoneError(f"there is no pull request {number}")
        return Pull(
            number=7,
            head_sha=self.head,
            head_ref="better",
            head_repo="acme/digits",
            base_ref="main",
            base_sha="b" * 40,
            author="ann",
            is_open=True,
        )

    def pull_of(self, sha: str, *, head_repo: str | None, head_ref: str | None) -> int | None:
        self._called("pull_of")
        return 7 if sha == self.head else None

    def comments(self, number: int) -> tuple[Comment, ...]:
        self._called("comments")
        return tuple(self.written.values())

    def add_comment(self, number: int, body: str) -> Comment:
        self._called("add_comment")
        return self.written[self.say(body)]

    def change_comment(self, number: int, comment: str, body: str) -> None:
        self._called("change_comment")
        if comment not in self.written:
            raise GoneError("somebody deleted it")
        self.written[comment] = replace(self.written[comment], body=body)

    def remove_comment(self, number: int, comment: str) -> None:
        self._called("remove_comment")
        self.written.pop(comment, None)

    def put_check(self, check: Check) -> None:
        self._called("put_check")
        self.checks[check.name, check.sha, check.run] = check

    def put_status(self, status: Status) -> None:
        self._called("put_status")
        self.all_statuses.append(status)

    def statuses(self, sha: str) -> tuple[Status, ...]:
        self._called("statuses")
        newest = {status.context: status for status in self.all_statuses if status.sha == sha}
        return tuple(newest.values())

    def deploy(self, deployment: Deployment) -> None:
        self._called("deploy")
        self.deployments[deployment.key] = deployment

    def role(self, user: str) -> Role:
        self._called("role")
        return self.roles.get(user, Role.NONE)

    def reviews(self, workflow_run: str) -> tuple[Review, ...]:
        self._called("reviews")
        return ()

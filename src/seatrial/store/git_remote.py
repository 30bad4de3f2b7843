"""The other side of a state on a git ref: what lies there, how it comes here, how something gets there.

Called by `git_objects.py`. Each method is one question to the remote, asked again a few times while it does not
answer.

Subtle: "there is no such ref" must never be what a broken answer looks like. A server that answers with an empty
page names no refs at all, and so does an empty repository: as long as nothing is there, that is an error and no
state. And a push whose end is unknown is neither a success nor a refusal; the caller looks at what is there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from seatrial.store.git_command import GitCommand, Said, SlowError, printable
from seatrial.store.git_sides import sides_of
from seatrial.store.objects import DeniedError, ObjectError, UnreachableError

_T = TypeVar("_T")
STATE = "refs/seatrial/state"
"""The ref whose commits are the state's history."""
BLOBS = "refs/seatrial/blobs/"
"""Where each artifact, or part of one, has a ref of its own."""
SEEN = "refs/seatrial-seen/"
"""Where a clone keeps the tip it last saw of each remote, so that a fetch brings only what is new."""

_DENIED = (
    "Authentication failed", "could not read Username", "could not read Password", "terminal prompts disabled",
    "error: 401", "error: 403", "error: 404", "Permission denied", "Host key verification failed", "not found",
    "does not appear to be a git repository", "access denied", "Access denied", "does not exist", "No such remote",
    "not allowed to", "Permission to", "dubious ownership", "Repository not found",
)  # fmt: skip


class Patience(Struct, frozen=True, kw_only=True):
    """How long one call may take, in seconds, and how often it is made; `bulk` is for artifacts."""

    request: float = 30.0
    bulk: float = 600.0
    attempts: int = 3
    delay: float = 0.2


class Refs(Struct, frozen=True, kw_only=True):
    """What a remote shows: the commit of the state, None before the first, and the commits of blobs by ref."""

    tip: str | None
    blobs: Mapping[str, str]


class Outcome(StrEnum):
    """What became of one ref of a push."""

    DONE = "done"
    MOVED = "moved"
    """Refused, since the ref is no longer what it was."""
    SAME = "same"
    """Nothing was to be done: the ref is there and what it should be."""
    REFUSED = "refused"


class Update(Struct, frozen=True, kw_only=True):
    """A ref that is to be moved: to `new`, None to remove it, if it is still `old`, None for "not there".

    `forced`: whatever it is.
    """

    ref: str
    new: str | None
    old: str | None = None
    forced: bool = False


class Pushed(Struct, frozen=True, kw_only=True):
    """What became of one update, and what the other side said."""

    outcome: Outcome
    said: str = ""


class GitRemote:
    """The remote called `name` of the repository that `git` runs in."""

    def __init__(self, git: GitCommand, name: str, patience: Patience) -> None:
        self._git = git
        self._patience = patience
        self.name = name
        self.address = f"git:{name}"
        self.seen = f"{SEEN}{name}/state"
        self._proven = False

    def look(self) -> Refs:
        """The refs that are there now. Raises ObjectError."""
        found = self._refs("HEAD", "refs/seatrial/*")
        if not found:
            found = self._refs()  # a HEAD that leads nowhere is not shown
        if not found:
            raise UnreachableError(
                f"{self.address} shows no branch at all: it is empty, or not the repository that it should be",
                next_step=f"push the main branch there first: git push {self.name} HEAD",
            )
        blobs = {ref: commit for ref, commit in found.items() if ref.startswith(BLOBS)}
        return Refs(tip=found.get(STATE), blobs=blobs)

    def fetch_state(self) -> None:
        """Bring the state's commits here. Raises ObjectError."""
        self._ask([*_FETCH, self.name, f"+{STATE}:{self.seen}"], self._patience.bulk)

    def fetch_blob(self, ref: str, scratch: Mapping[str, str]) -> None:
        """Bring one blob's commit into the object folder that `scratch` names. Raises ObjectError."""
        self._ask(["-c", "fetch.negotiationAlgorithm=noop", *_FETCH, self.name, ref], self._patience.bulk, scratch)

    def push(
        self, updates: Sequence[Update], *, large: bool = False, scratch: Mapping[str, str] | None = None
    ) -> list[Pushed]:
        """Move some refs, each by itself; what became of them, in their order.

        Raises DeniedError, and UnreachableError when it is not known what became of them.
        """
        apart = not self._proven and self._is_written_elsewhere()
        arguments = ["-c", f"remote.{self.name}.mirror=false"]
        arguments += ["-c", f"remote.{self.name}.fetch=+{STATE}:{self.seen}"]  # what was pushed has been seen
        arguments += ["push", "--porcelain", "--no-verify"]
        for one in updates:
            if not one.forced:
                arguments.append(f"--force-with-lease={one.ref}:{one.old or ''}")
        arguments += ["--", self.name]
        arguments += [f"{'+' if one.forced else ''}{one.new or ''}:{one.ref}" for one in updates]
        seconds = self._patience.bulk if large else self._patience.request
        try:
            said = self._git.run(*arguments, seconds=seconds, extra=scratch)
        except SlowError:
            raise self._slow(seconds) from None
        rows = _rows(said.out)
        if any(one.ref not in rows for one in updates):
            raise self._failed(said)
        if apart and any(rows[one.ref].outcome is Outcome.DONE and one.new for one in updates):
            there = self._refs(*(one.ref for one in updates))
            if not any(one.ref in there for one in updates if one.new and rows[one.ref].outcome is Outcome.DONE):
                raise self._apart()
            self._proven = True
        return [rows[one.ref] for one in updates]

    def pause(self, attempt: int) -> None:
        """Wait before the next attempt, longer each time, and not as long as whoever else waits."""
        time.sleep(self._patience.delay * 2 ** min(attempt, 5) * random.uniform(0.2, 1.0))  # noqa: S311 - no secret

    @property
    def attempts(self) -> int:
        """How often a call is made."""
        return self._patience.attempts

    def refused(self, said: str) -> ObjectError:
        """The error for a ref that the other side will not have moved."""
        return DeniedError(
            f"{self.address} refuses the push: {said}",
            next_step="who registers or promotes may push to refs/seatrial/*: see what the remote says, its rules for "
            "refs, and which rights the token has (GitHub: `contents: write`)",
        )

    def _is_written_elsewhere(self) -> bool:
        """Whether the address that is written to is another one, which shows the same refs of ours all the same.

        Raises DeniedError where it does not, or where there are several.
        """
        sides = sides_of(self._ask(["remote", "-v"], self._patience.request).out.decode(errors="replace"), self.name)
        if sides.one or not sides.written:
            self._proven = True
            return False
        if len(sides.written) > 1:
            raise DeniedError(
                f"{self.address} is written to {len(sides.written)} repositories at once, and a state lies in one",
                next_step="name a remote with one address: git remote add state ADDRESS, and `state: git:state`",
            )
        for attempt in range(1, self._patience.attempts + 1):  # somebody may write in between
            if self._refs("refs/seatrial/*") == self._refs("refs/seatrial/*", at=sides.written[0]):
                return True
            self.pause(attempt)
        raise self._apart()

    def _apart(self) -> ObjectError:
        return DeniedError(
            f"{self.address} is read from one repository and written to another: its `pushurl` leads elsewhere",
            next_step=f"see `git remote -v`, and name the remote with the team's records: `state: git:NAME`; "
            f"`git config --unset remote.{self.name}.pushurl` makes it one",
        )

    # -- asking -----------------------------------------------------------------------

    def _refs(self, *patterns: str, at: str | None = None) -> dict[str, str]:
        said = self._ask(["ls-remote", "--", at or self.name, *patterns], self._patience.request)
        found: dict[str, str] = {}
        for line in said.out.decode(errors="replace").splitlines():
            commit, tab, ref = line.partition("\t")
            if tab:
                found[ref] = commit
        return found

    def _ask(self, arguments: Sequence[str], seconds: float, extra: Mapping[str, str] | None = None) -> Said:
        """Ask until there is an answer or patience ends."""

        def once() -> Said:
            try:
                said = self._git.run(*arguments, seconds=seconds, extra=extra)
            except SlowError:
                raise self._slow(seconds) from None
            if said.code:
                raise self._failed(said)
            return said

        return again(once, self)

    def _failed(self, said: Said) -> ObjectError:
        if any(word in said.err for word in _DENIED):
            return DeniedError(
                f"{self.address} refuses: {said.reason}",
                next_step=f"try it by hand: git ls-remote {self.name}; in CI give the step a token "
                "(docs/reference/shared-state-and-cache.md, 'On a git ref')",
            )
        if ".lock': File exists" in said.err:
            return UnreachableError(
                f"{self.address} cannot be looked at: {said.reason}",
                next_step="another git may be at work in this clone: type the command again; if none is, one was "
                "killed, so delete the .lock file that is named",
            )
        return UnreachableError(
            f"{self.address} does not answer: {said.reason}",
            next_step=f"check the network, try `git ls-remote {self.name}`, then type the command again",
        )

    def _slow(self, seconds: float) -> ObjectError:
        return UnreachableError(
            f"{self.address} did not answer within {seconds:g} s",
            next_step=f"check the network, try `git ls-remote {self.name}`, then type the command again; "
            "SEATRIAL_REMOTE_TIMEOUT sets the seconds",
        )


_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-filter")


def again(ask: Callable[[], _T], remote: GitRemote) -> _T:
    """Ask until there is an answer; a refusal is one, and silence is not."""
    attempt = 1
    while True:
        try:
            return ask()
        except UnreachableError:
            if attempt >= remote.attempts:
                raise
        remote.pause(attempt)
        attempt += 1


def _rows(out: bytes) -> dict[str, Pushed]:
    """What `push --porcelain` says of each ref: a flag, `from:to`, and a summary."""
    found: dict[str, Pushed] = {}
    for line in printable(out).splitlines():
        parts = line.split("\t", 2)
        if len(parts) != 3 or len(parts[0]) != 1:
            continue
        flag, names, summary = parts
        ref = names.rpartition(":")[2]
        if summary.startswith("[remote failure]"):
            continue  # it broke off before it said
        if flag == "=":
            found[ref] = Pushed(outcome=Outcome.SAME)
        elif flag != "!":
            found[ref] = Pushed(outcome=Outcome.DONE)
        elif summary.startswith("[rejected]"):
            found[ref] = Pushed(outcome=Outcome.MOVED, said=summary)
        else:
            found[ref] = Pushed(outcome=Outcome.REFUSED, said=summary.removeprefix("[remote rejected] ").strip("()"))
    return found

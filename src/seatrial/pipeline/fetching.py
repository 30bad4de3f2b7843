"""Data that Git LFS or DVC keeps elsewhere, fetched when a command is about to read it.

Called by the executor before it starts a command: a reused stage fetches nothing. The user's own
tool does the work, in the user's own environment, because it knows remotes and credentials; what it
brings must be what the pointer said. Nothing of it goes into our store.

A fetch can take an hour and the scheduler has one thread, so the tool runs beside it and the cell
waits as it would for somebody else's lock. One fetch at a time in a work tree: a lock, which the tool
inherits, keeps two runs from fetching the same, and lets the next run end what a killed one left.
"""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from seatrial.change.git_process import OF_A_HOOK
from seatrial.errors import StageError, some_of
from seatrial.pipeline.holders import OWNER, Waiting, owner_mark, owner_note, waiting_for
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.session import Session
from seatrial.process import group
from seatrial.store.locks import Busy, Held

LONGEST = 3600.0
"""Seconds that one fetch may take."""

_MOST_FILES = 500  # in one command line
_TAIL = 4096
_NOT_PLAIN = re.compile(r"[^\w./-]|\\", re.ASCII)
# Outside of the work tree itself `git lfs pull` cannot be used; keeping the file keeps its permissions.
_SMUDGE = (
    'for path do git lfs smudge <"$path" >"$path.fetched" && cat "$path.fetched" >"$path" '
    '&& rm "$path.fetched" || exit 1; done'
)


class Wanted(Struct, frozen=True, kw_only=True):
    """Something to fetch: the command, where it runs, and what it brings. `typed` is for people."""

    argv: tuple[str, ...]
    folder: Path
    paths: tuple[str, ...]
    typed: str


class _Fetch(Struct, frozen=True, kw_only=True):
    wanted: Wanted
    child: group.Child
    held: Held
    cell: str
    deadline: float


class Fetching:
    """The fetches of one run, one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._log = session.folder / "fetching.log"
        self._current: _Fetch | None = None
        self._tried: dict[Wanted, str] = {}
        """What was tried, and why it failed; empty text where it did not."""

    def ready(self, planned: PlannedCell) -> Waiting | None:
        """None when all that a cell reads is there, else who it waits for.

        Raises StageError when something cannot be fetched, or is not what its pointer said.
        """
        kept = self._kept(planned)
        if not kept:
            return None
        if self._current is not None and not self._has_ended(self._current):
            return _waiting(self._current.wanted)
        wanted = self._next(kept)
        if wanted is None:
            if self._tried:
                self._check(planned, kept)
            return None
        if wanted in self._tried:
            why = self._tried[wanted] or "it ended well and brought nothing"
            raise StageError(
                f"{some_of(wanted.paths, most=1)} cannot be fetched: {why}. Type `{wanted.typed}` to see more"
            )
        return self._start(wanted, planned.cell.name)

    def close(self) -> None:
        """End what still runs."""
        if self._current is not None:
            group.end_now(self._current.child)
            self._current.held.release()
            self._current = None

    def _kept(self, planned: PlannedCell) -> tuple[str, ...]:
        elsewhere = {dep.path for dep in planned.cell.deps or () if dep.name in self._session.bound}
        return tuple(path for path in planned.inputs.kept if path not in elsewhere)

    def _next(self, kept: Sequence[str]) -> Wanted | None:
        """The first thing that is not there."""
        root = self._session.host.root
        files: list[str] = []
        for path in kept:
            absent = self._session.survey.absent(path)
            if absent.dvc:
                return from_dvc(root, path)
            files += absent.lfs
        return from_lfs(root, tuple(sorted(set(files))[:_MOST_FILES])) if files else None

    def _start(self, wanted: Wanted, cell: str) -> Waiting:
        session = self._session
        held = session.cache.locks.try_acquire(exclusive=[str(session.cache.root / "fetching")])
        if isinstance(held, Busy):
            return Waiting(path=wanted.paths[0], holder=waiting_for(held).holder)
        path = os.pathsep.join((str(session.host.python.parent), session.host.environ.get("PATH", os.defpath)))
        inherited = {name: value for name, value in session.host.environ.items() if name not in OF_A_HOOK}
        try:
            child = group.start(
                wanted.argv,
                folder=wanted.folder,
                environment={**inherited, "PATH": path, "GIT_TERMINAL_PROMPT": "0", OWNER: owner_mark()},
                log=self._log,
                keep=held.descriptors,
                carrier=session.carrier,
            )
        except OSError as error:
            held.release()
            raise StageError(
                f"{some_of(wanted.paths, most=1)} cannot be fetched: {wanted.argv[0]} cannot be started "
                f"({error.strerror}). Install it, and type `{wanted.typed}`"
            ) from error
        held.note(owner_note(child, session.run))
        session.events.add("data_fetching", cell=cell, path=wanted.paths[0], command=wanted.typed)
        self._current = _Fetch(wanted=wanted, child=child, held=held, cell=cell, deadline=time.monotonic() + LONGEST)
        return _waiting(wanted)

    def _has_ended(self, fetch: _Fetch) -> bool:
        """Whether a fetch is over; how it ended is then noted."""
        ended = fetch.child.poll()
        if ended is None:
            if time.monotonic() < fetch.deadline:
                return False
            group.end_now(fetch.child)
            why = f"it took longer than {LONGEST / 60:g} minutes"
        elif ended.code == 0:
            why = ""
        else:
            why = _last_line(self._log) or (f"exit code {ended.code}" if ended.signal is None else "it was killed")
        fetch.held.release()
        self._current = None
        self._tried[fetch.wanted] = why
        self._session.events.add(
            "data_fetched",
            cell=fetch.cell,
            path=fetch.wanted.paths[0],
            wall=round(ended.wall, 4) if ended else LONGEST,
            failed=why or None,
        )
        return True

    def _check(self, planned: PlannedCell, kept: Sequence[str]) -> None:
        for path in kept:
            if self._session.survey.look(path).digest != planned.inputs.watched[path]:
                raise StageError(
                    f"{path} was fetched, and is not what its pointer said when the run was planned; run it again"
                )


def from_dvc(root: Path, path: str) -> Wanted:
    """How to fetch a path that DVC keeps.

    DVC finds its repository from the folder it runs in, which may lie below the tree's root.
    """
    target = root / path
    return Wanted(
        argv=("dvc", "pull", "--quiet", f"{target.name}.dvc"),
        folder=target.parent,
        paths=(path,),
        typed=f"dvc pull {shlex.quote(path)}",
    )


def from_lfs(root: Path, files: tuple[str, ...]) -> Wanted:
    """How to fetch files that Git LFS keeps, in a work tree or in another commit's scratch tree."""
    typed = f"git lfs pull --include {shlex.quote(','.join(map(lfs_pattern, files[:2])))}"
    if (root / ".git").exists():
        include = ",".join(map(lfs_pattern, files))
        argv: tuple[str, ...] = ("git", "lfs", "pull", f"--include={include}", "--exclude=")
    else:
        argv = ("sh", "-c", _SMUDGE, "sh", *(f"./{path}" for path in files))
    return Wanted(argv=argv, folder=root, paths=files, typed=typed)


def lfs_pattern(path: str) -> str:
    """A pattern of Git LFS that matches a path: what would mean something in a list of patterns is any character."""
    return "/" + "".join(
        "?" if character.isascii() and _NOT_PLAIN.match(character) else character for character in path
    )


def _waiting(wanted: Wanted) -> Waiting:
    return Waiting(path=some_of(wanted.paths, most=1), holder=f"`{' '.join(wanted.argv[:2])}`")


def _last_line(log: Path) -> str:
    """The last line a tool printed, as its reason."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")

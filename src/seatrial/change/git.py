"""Git, asked through its own command (`git_process.py` starts it).

Called by the planner for the list of files, by the flows for commits and scratch trees, and by
`wiring` to find the repository. Answers are parsed from NUL-separated plumbing output, so that
no file name can confuse them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from seatrial.change.git_process import LISTING, SECONDS, STATUS, Said, ask, committed, differences
from seatrial.errors import OutsideError, UserError
from seatrial.store.atomic import is_temporary

_COMPILED = "__pycache__"


class Listed(Struct, frozen=True, kw_only=True):
    """The files of a work tree that count, and all names that git tracks (there or not)."""

    files: tuple[str, ...]
    tracked: frozenset[str]


class Standing(Struct, frozen=True, kw_only=True):
    """Where a work tree stands: its commit, None before the first, and the paths that differ from it."""

    commit: str | None
    dirty: tuple[str, ...]


class Git:
    """One work tree."""

    def __init__(self, root: Path, common: Path) -> None:
        self.root = root
        self.common = common
        """The git folder that all work trees of the repository share."""

    @classmethod
    def find(cls, folder: Path) -> Git:
        """The work tree that holds `folder`.

        Raises UserError when there is none, OutsideError when git is not installed.
        """
        arguments = ["rev-parse", "--show-toplevel", "--git-common-dir"]
        done = _start(arguments, folder)
        if done.code:
            if not folder.is_dir():
                raise UserError(f"{folder} is not a folder")
            reason = done.err.decode(errors="replace").strip().removeprefix("fatal: ")
            raise UserError(
                f"{folder} is not inside a git work tree ({reason})",
                next_step="git init && git add -A && git commit -m 'first commit'",
            )
        top, common = os.fsdecode(done.out).removesuffix("\n").split("\n")
        return cls(Path(top), (folder / common).resolve())

    @property
    def main_root(self) -> Path:
        """The main work tree (the one that is not made by `git worktree add`)."""
        return self.common.parent if self.common.name == ".git" else self.root

    def files(self) -> tuple[str, ...]:
        """Tracked and untracked-not-ignored files that exist, relative to the root, sorted.

        A submodule or another repository inside counts as one entry. Compiled Python, and what a killed
        run left half written beside an out, are no files of the tree, whether or not git ignores them.
        """
        return self.listed().files

    def listed(self) -> Listed:
        """The same, with the names that git tracks."""
        entries = [(entry[:1], entry[2:].removesuffix("/")) for entry in self._names(LISTING)]
        names = sorted({name for _, name in entries if not _left_behind(name)})
        exists, root = os.path.exists, f"{self.root}/"
        return Listed(
            files=tuple([name for name in names if exists(root + name)]),
            tracked=frozenset(name for tag, name in entries if tag != "?"),
        )

    def files_at(self, revision: str) -> tuple[str, ...]:
        """The files of a commit."""
        return self._names(["ls-tree", "-r", "-z", "--name-only", "--full-tree", revision])

    def read_at(self, revision: str, path: str) -> bytes | None:
        """A file of a commit, None when that commit has no such file."""
        done = _start(["cat-file", "blob", f"{revision}:{path}"], self.root)
        return done.out if done.code == 0 else None

    def differing_from(self, commit: str, listed: Listed) -> tuple[tuple[str, bool, bool], ...]:
        """The paths in which the work tree differs from a commit: each with whether it is there then, and now.

        A rename is one path gone and one new; files that git does not know and does not ignore are new.
        """
        arguments = ["diff", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none", commit, "--"]
        fields = os.fsdecode(self._run(arguments)).split("\0")
        here = frozenset(listed.files)
        found = {}
        for row, path in zip(fields[0::2], fields[1::2], strict=False):
            if not _left_behind(path):
                found[path] = (path, not row.startswith(":000000"), path in here)
        for path in listed.files:
            if path not in listed.tracked and path not in found:
                found[path] = (path, False, True)
        return tuple(found[path] for path in sorted(found))

    def commit(self, revision: str = "HEAD") -> str | None:
        """The commit a revision names, None when it names none (an empty repository, a typo)."""
        done = _start(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"], self.root)
        return done.out.decode().strip() or None if done.code == 0 else None

    def is_shallow(self) -> bool:
        """Whether history ends here before it begins: a clone with `--depth`, as CI jobs get."""
        return self._run(["rev-parse", "--is-shallow-repository"]).strip() == b"true"

    def tree(self, revision: str = "HEAD") -> str | None:
        """The tree object of a commit."""
        done = _start(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}"], self.root)
        return done.out.decode().strip() or None if done.code == 0 else None

    def dirty(self, outs: Sequence[str]) -> tuple[str, ...]:
        """Paths that differ from HEAD or are untracked, declared outs left out."""
        return self.standing(outs).dirty

    def standing(self, outs: Sequence[str]) -> Standing:
        """The commit that is checked out, and what differs from it as `dirty` says."""
        return standing_in(self._run(STATUS), outs)

    def with_filter(self, name: str, paths: Sequence[str], folder: Path | None = None) -> frozenset[str]:
        """Those of some paths (below the root, or below another folder) whose attributes name a filter."""
        given = b"".join(os.fsencode(path) + b"\0" for path in paths)
        done = _start(["check-attr", "-z", "--stdin", "filter"], folder or self.root, given=given)
        if done.code:
            raise _failed("check-attr", done)
        fields = os.fsdecode(done.out).split("\0")
        return frozenset(path for path, value in zip(fields[0::3], fields[2::3], strict=False) if value == name)

    def default_branch(self) -> str | None:
        """The branch that `origin/HEAD` points at, None when there is no such reference."""
        done = _start(["rev-parse", "--abbrev-ref", "--verify", "--quiet", "origin/HEAD"], self.root)
        return done.out.decode().strip() or None if done.code == 0 else None

    def branch(self) -> str | None:
        """The branch that is checked out, None for a commit that is checked out by itself."""
        done = _start(["symbolic-ref", "--short", "--quiet", "HEAD"], self.root)
        return done.out.decode(errors="replace").strip() or None if done.code == 0 else None

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, None for unrelated histories."""
        done = _start(["merge-base", one, other], self.root)
        return done.out.decode().strip() or None if done.code == 0 else None

    def parents(self, revision: str) -> tuple[str, ...]:
        """The parents of a commit that is there, the first one first; none of one that is not."""
        # Asked of the object itself, since a shallow clone hides the parents that it has not fetched.
        done = _start(["cat-file", "commit", revision], self.root)
        head = done.out.partition(b"\n\n")[0].decode("ascii", "replace") if done.code == 0 else ""
        return tuple(line.removeprefix("parent ") for line in head.split("\n") if line.startswith("parent "))

    def holds(self, commit: str) -> bool:
        """Whether what is checked out is that commit, or comes after it; a merge of it too, also in a shallow clone."""
        head = self.commit()
        if head is None or head == commit or commit in self.parents(head):
            return head is not None
        return _start(["merge-base", "--is-ancestor", commit, head], self.root).code == 0

    def fetch(self, reference: str) -> bool:
        """Fetch a reference of `origin`, as objects alone: nothing is checked out, no branch, no tag is made. Whether
        that worked: a shallow clone stays one, and a remote may ask for a password, which nobody gives."""
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        done = _start(["fetch", *quiet, "origin", "--", reference], self.root)
        return done.code == 0

    def config(self, key: str) -> str | None:
        """A configuration value, None when it is not set."""
        done = _start(["config", "--get", key], self.root)
        return done.out.decode(errors="replace").strip() or None if done.code == 0 else None

    def check_out(self, revision: str, folder: Path) -> None:
        """Write the files of a commit into a fresh folder, without touching index or work tree."""
        folder.mkdir(parents=True)
        index = folder.parent / f"{folder.name}.index"
        extra = {"GIT_INDEX_FILE": str(index)}
        try:
            self._run(["read-tree", revision], extra)
            self._run(["checkout-index", "--all", f"--prefix={folder}/"], extra)
        finally:
            index.unlink(missing_ok=True)

    def put_paths(self, revision: str, paths: Sequence[str], folder: Path) -> None:
        """Make some paths of a folder what they are in a commit: files with their content, or nothing."""
        known = frozenset(self.files_at(revision))
        for path in paths:
            (folder / path).unlink(missing_ok=True)
        there = [path for path in paths if path in known]
        if not there:
            return
        extra = {"GIT_INDEX_FILE": str(folder.parent / f"{folder.name}.index")}
        try:
            self._run(["read-tree", revision], extra)
            given = b"".join(os.fsencode(path) + b"\0" for path in there)
            self._run(["checkout-index", "--force", f"--prefix={folder}/", "-z", "--stdin"], extra, given)
        finally:
            Path(extra["GIT_INDEX_FILE"]).unlink(missing_ok=True)

    def snapshot(self, paths: Sequence[str], scratch: Path) -> str:
        """A commit of HEAD's tree with some paths as they lie in the work tree now (or do not any more), which no
        branch has. Neither index nor work tree are touched; `scratch` is a folder for a moment's work."""
        extra = {"GIT_INDEX_FILE": str(scratch / "snapshot.index")}
        for who in ("AUTHOR", "COMMITTER"):
            extra |= {f"GIT_{who}_NAME": "seatrial", f"GIT_{who}_EMAIL": "seatrial@localhost"}
        self._run(["read-tree", "HEAD"], extra)
        given = b"".join(os.fsencode(path) + b"\0" for path in paths)
        self._run(["update-index", "--add", "--remove", "-z", "--stdin"], extra, given)
        tree = self._run(["write-tree"], extra).decode().strip()
        message = "the work tree as it was audited"
        return self._run(["commit-tree", "-p", "HEAD", "-m", message, tree], extra).decode().strip()

    def _names(self, arguments: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in os.fsdecode(self._run(arguments)).split("\0") if name)

    def _run(self, arguments: Sequence[str], extra: dict[str, str] | None = None, given: bytes = b"") -> bytes:
        done = _start(arguments, self.root, extra, given)
        if done.code:
            raise _failed(" ".join(arguments[:2]), done)
        return done.out


def standing_in(status: bytes, outs: Sequence[str]) -> Standing:
    """What an answer to `STATUS` says, declared outs left out."""
    paths = map(os.fsdecode, map(_path_of, differences(status)))
    left_out, named = tuple(f"{out}/" for out in outs), frozenset(outs)
    return Standing(
        commit=committed(status),
        dirty=tuple(
            path for path in paths if not _left_behind(path) and path not in named and not path.startswith(left_out)
        ),
    )


def _failed(command: str, done: Said) -> OutsideError:
    return OutsideError(
        f"git {command} failed: {done.err.decode(errors='replace').strip()}",
        next_step="run the same git command by hand to see what it needs",
    )


def _left_behind(path: str) -> bool:
    """Whether a file is nobody's source: compiled Python, which any run of a stage writes, and what a killed
    run of ours left."""
    return any(part == _COMPILED or is_temporary(part) for part in path.split("/"))


def _path_of(difference: bytes) -> bytes:
    """The path of an entry of `git status --porcelain=v2`, whose kinds have different numbers of fields."""
    fields = {b"1": 8, b"u": 10}.get(difference[:1], 1)
    return difference.split(b" ", fields)[fields]


def _start(arguments: Sequence[str], folder: Path, extra: dict[str, str] | None = None, given: bytes = b"") -> Said:
    try:
        return ask(arguments, str(folder), extra, given)
    except FileNotFoundError as error:
        raise OutsideError(
            "git is not installed or not in PATH", next_step="install git, version 2.25 or newer"
        ) from error
    except TimeoutError:
        raise OutsideError(f"git {arguments[0]} did not answer within {SECONDS} s") from None

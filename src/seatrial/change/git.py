"""Git, asked through its own command: the one module that starts it.

Called by the planner for the list of files, by the flows for commits and scratch trees, and by
`wiring` to find the repository. Answers are parsed from NUL-separated plumbing output, so that
no file name can confuse them. The user's configuration is respected, but nothing here waits for
a password, opens an editor or takes optional locks.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from seatrial.errors import OutsideError, UserError
from seatrial.store.atomic import is_temporary

_SECONDS = 120
_COMPILED = "__pycache__"
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


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
        if done.returncode:
            reason = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
            raise UserError(
                f"{folder} is not inside a git work tree ({reason})",
                next_step="git init && git add -A && git commit -m 'first commit'",
            )
        top, common = os.fsdecode(done.stdout).removesuffix("\n").split("\n")
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
        listed = self._names(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        names = {name.removesuffix("/") for name in listed if not _left_behind(name)}
        return tuple(sorted(name for name in names if (self.root / name).exists()))

    def tracked(self, paths: Sequence[str]) -> tuple[str, ...]:
        """The tracked files at or below the given paths."""
        return self._names(["ls-files", "-z", "--", *(f":(literal){path}" for path in paths)]) if paths else ()

    def files_at(self, revision: str) -> tuple[str, ...]:
        """The files of a commit."""
        return self._names(["ls-tree", "-r", "-z", "--name-only", "--full-tree", revision])

    def read_at(self, revision: str, path: str) -> bytes | None:
        """A file of a commit, None when that commit has no such file."""
        done = _start(["cat-file", "blob", f"{revision}:{path}"], self.root)
        return done.stdout if done.returncode == 0 else None

    def commit(self, revision: str = "HEAD") -> str | None:
        """The commit a revision names, None when it names none (an empty repository, a typo)."""
        done = _start(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"], self.root)
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    def tree(self, revision: str = "HEAD") -> str | None:
        """The tree object of a commit."""
        done = _start(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}"], self.root)
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    def dirty(self, outs: Sequence[str]) -> tuple[str, ...]:
        """Paths that differ from HEAD or are untracked, declared outs left out."""
        listed = self._names(["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all"])
        paths = (entry[3:] for entry in listed)
        return tuple(
            path
            for path in paths
            if not _left_behind(path) and not any(path == out or path.startswith(out + "/") for out in outs)
        )

    def with_filter(self, name: str, paths: Sequence[str], folder: Path | None = None) -> frozenset[str]:
        """Those of some paths (below the root, or below another folder) whose attributes name a filter."""
        given = b"".join(os.fsencode(path) + b"\0" for path in paths)
        done = _start(["check-attr", "-z", "--stdin", "filter"], folder or self.root, given=given)
        if done.returncode:
            raise _failed("check-attr", done)
        fields = os.fsdecode(done.stdout).split("\0")
        return frozenset(path for path, value in zip(fields[0::3], fields[2::3], strict=False) if value == name)

    def default_branch(self) -> str | None:
        """The branch that `origin/HEAD` points at, None when there is no such reference."""
        done = _start(["rev-parse", "--abbrev-ref", "--verify", "--quiet", "origin/HEAD"], self.root)
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, None for unrelated histories."""
        done = _start(["merge-base", one, other], self.root)
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    def config(self, key: str) -> str | None:
        """A configuration value, None when it is not set."""
        done = _start(["config", "--get", key], self.root)
        return done.stdout.decode(errors="replace").strip() or None if done.returncode == 0 else None

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

    def _names(self, arguments: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in os.fsdecode(self._run(arguments)).split("\0") if name)

    def _run(self, arguments: Sequence[str], extra: dict[str, str] | None = None) -> bytes:
        done = _start(arguments, self.root, extra)
        if done.returncode:
            raise _failed(" ".join(arguments[:2]), done)
        return done.stdout


def _failed(command: str, done: subprocess.CompletedProcess[bytes]) -> OutsideError:
    return OutsideError(
        f"git {command} failed: {done.stderr.decode(errors='replace').strip()}",
        next_step="run the same git command by hand to see what it needs",
    )


def _left_behind(path: str) -> bool:
    """Whether a file is nobody's source: compiled Python, which any run of a stage writes, and what a killed
    run of ours left."""
    return any(part == _COMPILED or is_temporary(part) for part in path.split("/"))


def _start(
    arguments: Sequence[str], folder: Path, extra: dict[str, str] | None = None, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    # A git hook that calls us sets GIT_DIR and GIT_INDEX_FILE for its own command, not for ours.
    inherited = {
        key: value for key, value in os.environ.items() if key not in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")
    }
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=inherited | _QUIET | (extra or {}),
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise UserError(f"{folder} is not a folder") from error
        raise OutsideError(
            "git is not installed or not in PATH", next_step="install git, version 2.25 or newer"
        ) from error
    except subprocess.TimeoutExpired:
        raise OutsideError(f"git {arguments[0]} did not answer within {_SECONDS} s") from None

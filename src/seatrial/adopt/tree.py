"""Walks a repository: paths and sizes, what git tracks, and short looks into text files. The adapter of this folder.

Called by `finding`. What is subtle: no link is followed, so no loop of links can hold it up and nothing outside the
folder is read; a folder that may not be listed is told, not skipped in silence; and no file is ever read beyond
`MOST_TEXT`, whatever its size (rows of a table are counted in pieces, up to `MOST_COUNTED` bytes).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from seatrial.adopt.found import Git as Known
from seatrial.adopt.found import Tree
from seatrial.change.git import Git
from seatrial.change.git_process import ask
from seatrial.errors import UserError

MOST_TEXT = 1 << 20
MOST_COUNTED = 64 << 20
MOST_FILES = 200_000
_PIECE = 1 << 20
_NEVER = frozenset({
    ".git", ".seatrial", ".dvc", ".venv", "venv", "env", ".tox", ".nox", "node_modules", "__pycache__", ".mypy_cache",
    ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints", "site-packages", "mlruns", "wandb", ".eggs", "build", "dist",
})  # fmt: skip
_MAIN = ("main", "master", "trunk", "develop")


def repository_root(folder: Path) -> tuple[Path, Git | None]:
    """The top of the work tree that holds `folder`, or the folder itself where git knows none."""
    try:
        git = Git.find(folder)
    except UserError:
        return folder, None
    return git.root, git


def read_tree(root: Path, git: Git | None) -> Tree:
    """Every file below the root that might matter."""
    skipped: list[str] = []
    files: dict[str, int] = {}
    for path, size in _walk(str(root), skipped):
        files[path] = size
        if len(files) > MOST_FILES:
            break
    too_many = len(files) > MOST_FILES
    found = Tree(files=dict(sorted(files.items())), skipped=tuple(skipped), too_many=too_many)
    if git is None:
        return found
    commit = git.commit()
    return Tree(
        files=found.files,
        tracked=git.listed().tracked,
        git=Known.NO_COMMIT if commit is None else Known.COMMITTED,
        branch=git.branch(),
        main=_main(git),
        skipped=found.skipped,
        too_many=too_many,
    )


def _main(git: Git) -> str | None:
    """What origin calls its main branch, else a branch with a usual name, else the one that is checked out."""
    if (default := git.default_branch()) is not None:
        return default.removeprefix("origin/")
    return next((name for name in _MAIN if git.commit(f"refs/heads/{name}") is not None), git.branch())


def _walk(root: str, skipped: list[str]) -> Iterator[tuple[str, int]]:
    pending = [""]
    while pending:
        below = pending.pop()
        try:
            with os.scandir(f"{root}/{below}") as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            skipped.append(f"{below or '.'}: {error.strerror}")
            continue
        for entry in listed:
            path = f"{below}/{entry.name}" if below else entry.name
            if not path.isprintable():
                continue  # no path of a configuration could name it
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _NEVER and not Path(root, path, "pyvenv.cfg").exists():
                    pending.append(path)
            elif entry.is_file(follow_symlinks=False):
                yield path, entry.stat(follow_symlinks=False).st_size


def read_text(root: Path, path: str, *, most: int = MOST_TEXT) -> str | None:
    """The text of a file, with plain line ends; None where it is larger, not UTF-8, or may not be read."""
    try:
        with (root / path).open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return None
    if len(data) > most:
        return None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None


def first_line(root: Path, path: str) -> str:
    """The first line of a text file; empty where there is none to read."""
    try:
        with (root / path).open("rb") as file:
            return file.readline(1 << 16).decode("utf-8-sig", "replace").rstrip("\r\n")
    except OSError:
        return ""


def lines_in(root: Path, path: str, size: int) -> int | None:
    """How many lines a text file has; None where it is too large to be counted, or may not be read."""
    if size > MOST_COUNTED:
        return None
    count, last = 0, b"\n"
    try:
        with (root / path).open("rb") as file:
            while piece := file.read(_PIECE):
                count += piece.count(b"\n")
                last = piece[-1:]
    except OSError:
        return None
    return count + (last != b"\n")


def ignored(root: Path, paths: tuple[str, ...]) -> frozenset[str]:
    """Those of the paths that git ignores, as files or as folders."""
    both = [form for path in paths for form in (path, f"{path}/")]
    if not both:
        return frozenset()
    said = ask(["check-ignore", "-z", "--stdin"], str(root), given="\0".join(both).encode())
    return frozenset(name.rstrip("/") for name in os.fsdecode(said.out).split("\0") if name)

"""Reads files of a repository that may be hostile: no link is followed, nothing is waited for, and sizes end.

Called by `tree_look.py`, `record_look.py` and `examine.py`. A file that is no file, too large or not readable is None,
and the reader remembers how many there were, so that it can be told.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_SKIPPED = frozenset({
    ".cache", ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".seatrial", ".tox", ".venv",
    "__pycache__", "node_modules", "site-packages", "venv",
})  # fmt: skip
MOST_FILES = 20_000
_DEEPEST = 24


class Reader:
    """The files below one folder. `missed` are those that could not be read, by why."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.missed: dict[str, str] = {}

    def read(self, path: str, most: int) -> bytes | None:
        """A file's bytes; None where it is no file, or larger, or cannot be read, which is then noted."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(self.root / path, flags)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.missed[path] = "it is a link" if error.errno == errno.ELOOP else str(error.strerror)
            return None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                self.missed[path] = "it is no file"
                return None
            if status.st_size > most:
                self.missed[path] = f"it has {status.st_size:,} bytes"
                return None
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(most + 1)[:most]
        except OSError as error:
            self.missed[path] = str(error.strerror)
            return None
        finally:
            os.close(descriptor)

    def size(self, path: str) -> int | None:
        """A file's size, None for what is no file."""
        with contextlib.suppress(OSError):
            status = os.lstat(self.root / path)
            if stat.S_ISREG(status.st_mode):
                return status.st_size
        return None


def walk(root: Path) -> Iterator[str]:
    """The files below a folder that is in no repository: no links, no environments, and not without end."""
    pending: list[tuple[str, int]] = [("", 0)]
    count = 0
    while pending:
        folder, depth = pending.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            path = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _SKIPPED and depth < _DEEPEST:
                    pending.append((f"{path}/", depth + 1))
            elif entry.is_file(follow_symlinks=False):
                count += 1
                if count > MOST_FILES:
                    return
                yield path

"""The files of one tree, and what changes when one of them is written.

Called by whoever looks inputs up, and by `watch`, which stamps them when a command starts and
looks again when it has ended.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Tree:
    """The files of one tree: its folder, and which of them count (tracked, or untracked and not ignored)."""

    root: Path
    files: tuple[str, ...]
    relist: Callable[[], tuple[str, ...]] | None = None
    """Lists the files again, as they are by then; None for a tree that only Seatrial writes in."""
    kept_by_lfs: Callable[[Sequence[str]], frozenset[str]] | None = None
    """Which of some files Git LFS keeps, by their attributes; None where nobody can say, so none are."""

    tracked: frozenset[str] = frozenset()
    """The names that git tracks."""

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(self.files)

    def stamp(self, path: str) -> tuple[int, ...]:
        """What changes when a file, or anything in a folder, is written, even if its bytes are then put back.

        Change times cannot be set by programs, unlike modification times. Raises OSError when it is gone.
        """
        target = self.root / path
        status = target.stat()
        if not stat.S_ISDIR(status.st_mode):
            return (status.st_ctime_ns, status.st_ino)
        newest, entries = status.st_ctime_ns, 0
        for folder, folders, files in os.walk(target, followlinks=False):
            for name in (*folders, *files):
                newest = max(newest, os.lstat(f"{folder}/{name}").st_ctime_ns)
                entries += 1
        return (newest, entries)


def within(path: str, folders: frozenset[str]) -> bool:
    """Whether a path is one of some folders, or lies in one."""
    while path:
        if path in folders:
            return True
        path = posixpath.dirname(path)
    return False

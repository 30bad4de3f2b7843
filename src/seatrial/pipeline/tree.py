"""The files of one tree, and how they are listed again.

Called by whoever looks inputs up, and by `Survey` when a command has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct


class Tree(Struct, frozen=True, dict=True):
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

    def at(self, path: str) -> str:
        """Where a path of the tree lies, as a text: this is asked several times for every cell."""
        return f"{self.root}/{path}"


def folders_of(paths: Iterable[str]) -> frozenset[str]:
    """All folders that some paths lie in, at any depth."""
    found: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return frozenset(found)


def within(path: str, folders: frozenset[str]) -> bool:
    """Whether a path is one of some folders, or lies in one."""
    while path:
        if path in folders:
            return True
        path = path.rpartition("/")[0]
    return False

"""What a command was seen to read outside of the tree: pinned, or not.

Called by `tracing.py`. `outside.py` decides from a path alone; here it is looked at where that is not enough.
"""

# ruff: noqa: PTH112, PTH116  (a Path for each of thousands of files costs more than looking at them)
from __future__ import annotations

import functools
import os
from collections.abc import Iterable

from seatrial.pipeline.outside import HubPath, Places, below, hub_path, is_environment, is_temporary
from seatrial.process.trace.seen import Inputs
from seatrial.replacing import replace


class Outside:
    """Where one command ran. `own` are folders of the repository, `declared` are paths that its key has, wherever
    they lead, and `since` is when it started."""

    def __init__(self, *, own: tuple[str, ...], declared: Iterable[str], where: Places, since: int) -> None:
        self._own = tuple(dict.fromkeys(name for path in own for name in (path, os.path.realpath(path))))
        real = (os.path.realpath(path) for path in where.environment)
        self._where = replace(where, environment=tuple(dict.fromkeys((*where.environment, *real))))
        self._since = since
        self._given = declared

    @functools.cached_property
    def _declared(self) -> tuple[str, ...]:
        """Where the paths of the key really lie, for those that lie outside. Few commands read anything there."""
        real = (os.path.realpath(path) for path in self._given)
        return tuple(path for path in real if not any(below(path, folder) for folder in self._own))

    def sort(self, found: Inputs) -> tuple[set[str], set[str]]:
        """What was read, as what is pinned and what is not."""
        pinned: set[str] = set()
        unpinned: set[str] = set()
        blobs: list[HubPath] = []
        for path in found.reads:
            if self._is_known(path):
                continue
            hub = hub_path(path)
            if hub is None:
                if self._is_foreign(path):
                    unpinned.add(path)
            elif hub.commit is not None:
                pinned.add(hub.pinned(hub.commit))
            elif hub.blob is not None:
                blobs.append(hub)
        unpinned.update(f"{path}/" for path in found.listings if self._is_foreign_folder(path))
        for hub in blobs:
            commit = _commit_of(hub, pinned)
            if commit is None:
                unpinned.add(str(hub.blob))
            else:
                pinned.add(hub.pinned(commit))
        return pinned, unpinned

    def _is_known(self, path: str) -> bool:
        return any(below(path, folder) for folder in self._own) or is_environment(path, self._where)

    def _is_foreign_folder(self, path: str) -> bool:
        passing = path in self._where.temp or path == self._where.home or any(below(own, path) for own in self._own)
        if passing or self._is_known(path) or hub_path(path) or not os.path.isdir(path):
            return False
        return not any(below(os.path.realpath(path), folder) for folder in self._declared)

    def _is_foreign(self, path: str) -> bool:
        """Whether a file was there before the command, and still is."""
        real = os.path.realpath(path)
        if is_environment(real, self._where) or any(below(real, folder) for folder in self._declared):
            return False
        try:
            changed = os.stat(path).st_ctime_ns
        except OSError:
            return False
        return not (changed >= self._since and is_temporary(path, self._where))


def _commit_of(hub: HubPath, pinned: Iterable[str]) -> str | None:
    """A commit whose snapshot leads to some content, one that was read anyway if there is one."""
    snapshots = f"{hub.store}/snapshots"
    try:
        commits = sorted(os.listdir(snapshots), key=lambda commit: (hub.pinned(commit) not in pinned, commit))
    except OSError:
        return None
    for commit in commits:
        for folder, _, names in os.walk(f"{snapshots}/{commit}"):
            if any(os.path.realpath(f"{folder}/{name}") == os.path.realpath(str(hub.blob)) for name in names):
                return commit
    return None

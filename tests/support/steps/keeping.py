"""What GitHub keeps for workflows: artifacts of runs, and caches with their scopes.

Used by the stand-ins of actions (`uses.py`). An artifact is packed as by `actions/upload-artifact` since its version 4:
hidden files are left out unless they are asked for, permissions and empty folders are lost, a name is taken once in a
run. A cache can be read by runs of its own ref, by pull requests into it, and by all when it is the default branch's;
what a run saves belongs to its ref.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.steps.events import Event

_DEFAULT = "refs/heads/main"


class KeepingError(Exception):
    """What the action itself would end with."""


@dataclass(kw_only=True)
class Artifacts:
    """All artifacts. `folder` holds a folder for each run."""

    folder: Path

    def names(self, run: int) -> list[str]:
        """What one run has left."""
        return sorted(each.name for each in (self.folder / str(run)).glob("*"))

    def place(self, run: int, name: str) -> Path:
        """Where the files of one lie."""
        return self.folder / str(run) / name

    def store(
        self, run: int, name: str, paths: Sequence[Path], *, hidden: bool = False, overwrite: bool = False
    ) -> int:
        """Pack what lies at some paths; how many files."""
        files = [file for path in paths for file in _walk(path, hidden=hidden)]
        target = self.place(run, name)
        if target.exists() and not overwrite:
            raise KeepingError(f"an artifact with the name {name} already exists in this run")
        if not files:
            return 0
        shutil.rmtree(target, ignore_errors=True)
        root = _root(paths)
        for file in files:
            place = target / file.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
        return len(files)


def _walk(path: Path, *, hidden: bool) -> list[Path]:
    """As the action's search: a path that was named is looked at by its own last part, and then all below it."""
    if not path.exists() or (path.name.startswith(".") and not hidden):
        return []
    if not path.is_dir():
        return [path]
    return [file for each in sorted(path.iterdir()) for file in _walk(each, hidden=hidden)]


def _root(paths: Sequence[Path]) -> Path:
    """The folder that names in an artifact begin from."""
    if len(paths) == 1:
        return paths[0] if paths[0].is_dir() else paths[0].parent
    shared = paths[0] if paths[0].is_dir() else paths[0].parent
    while not all(path.is_relative_to(shared) for path in paths):
        shared = shared.parent
    return shared


@dataclass(frozen=True, kw_only=True)
class _Kept:
    scope: str
    key: str
    paths: tuple[str, ...]
    folder: Path


@dataclass(kw_only=True)
class Caches:
    """All caches of the repository, the newest last."""

    folder: Path
    kept: list[_Kept] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Keys of which nothing was saved, since there is such a one already."""

    def find(self, event: Event, key: str, prefixes: Sequence[str], paths: Sequence[str]) -> _Kept | None:
        """The cache that a run may read: its own ref's first, of each the exact key first, then the newest."""
        for scope in _scopes(event):
            seen = [each for each in reversed(self.kept) if each.scope == scope and each.paths == tuple(paths)]
            exact = [each for each in seen if each.key == key]
            loose = [each for prefix in (key, *prefixes) for each in seen if each.key.startswith(prefix)]
            if exact or loose:
                return (exact or loose)[0]
        return None

    def save(self, event: Event, key: str, paths: Sequence[str], places: Sequence[Path]) -> None:
        """Keep what lies at some places, unless this ref has such a key."""
        if any((each.scope, each.key, each.paths) == (event.ref, key, tuple(paths)) for each in self.kept):
            self.refused.append(key)
            return
        folder = self.folder / str(len(self.kept))
        for number, place in enumerate(places):
            copy_any(place, folder / str(number))
        if any(folder.glob("*")):
            self.kept.append(_Kept(scope=event.ref, key=key, paths=tuple(paths), folder=folder))

    def keys(self, scope: str = _DEFAULT) -> list[str]:
        """What one ref has."""
        return [each.key for each in self.kept if each.scope == scope]


def _scopes(event: Event) -> list[str]:
    base = event.base_ref and (event.base_ref if event.base_ref.startswith("refs/") else f"refs/heads/{event.base_ref}")
    return list(dict.fromkeys(each for each in (event.ref, base, _DEFAULT) if each))


def copy_any(source: Path, target: Path) -> None:
    """Copy a file or a folder, if it is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    elif source.exists():
        shutil.copy2(source, target)

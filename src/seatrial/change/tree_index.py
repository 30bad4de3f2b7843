"""The paths of one tree, arranged for looking names up.

Called by `graph.py`. Pure. Made once a tree; what only few questions need is made when they are asked.
"""

from __future__ import annotations

import bisect
import fnmatch
import functools
import posixpath
from collections.abc import Mapping

_LEAST_PARTS_ANYWHERE = 2
_PATTERN = frozenset("*?[")


class TreeIndex:
    """All folders, the importable names inside each, and for each name the folders that have a module or package
    of that name."""

    def __init__(self, paths: frozenset[str]) -> None:
        self._paths = paths
        inside: dict[str, set[str]] = {}
        folders: set[str] = set()
        self.modules: dict[str, str] = {}
        """Files by where a module is looked for: `a/b` gives `a/b/__init__.py`, else `a/b.py`."""
        for path in paths:
            if not path.endswith(".py"):
                continue
            stem = path[:-3]
            if stem.endswith("/__init__"):
                self.modules[stem[:-9]] = path
            else:
                self.modules.setdefault(stem, path)
            folder, _, name = stem.rpartition("/")
            inside.setdefault(folder, set()).add(name)
            while folder and folder not in folders:
                folders.add(folder)
                above, _, name = folder.rpartition("/")
                inside.setdefault(above, set()).add(name)
                folder = above
        homes: dict[str, list[str]] = {}
        for folder in sorted(inside):
            for name in inside[folder]:
                homes.setdefault(name, []).append(folder)
        self.folders = frozenset(folders)
        self.inside: Mapping[str, tuple[str, ...]] = {folder: tuple(sorted(names)) for folder, names in inside.items()}
        self.homes: Mapping[str, tuple[str, ...]] = {name: tuple(where) for name, where in homes.items()}
        self._below: dict[str, tuple[str, ...]] = {}
        self._python: dict[str, tuple[str, ...]] = {}

    @functools.cached_property
    def everything(self) -> tuple[str, ...]:
        """All paths, sorted."""
        return tuple(sorted(self._paths))

    def below(self, folder: str) -> tuple[str, ...]:
        """The files in a folder and below it; all for the root, none for what is no folder."""
        if folder in ("", "."):
            return self.everything
        if folder not in self._below:
            paths, prefix = self.everything, f"{folder}/"
            start = bisect.bisect_left(paths, prefix)
            end = bisect.bisect_left(paths, f"{folder}0")  # "0" follows "/"
            self._below[folder] = paths[start:end]
        return self._below[folder]

    def python_below(self, folder: str) -> tuple[str, ...]:
        """The Python files among them; always the same tuple, so that it can be known again."""
        if folder not in self._python:
            self._python[folder] = tuple(path for path in self.below(folder) if path.endswith(".py"))
        return self._python[folder]

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The files in a folder, or those a pattern such as `configs/*.yaml` may match (`*` crosses folders)."""
        parts = pattern.split("/")
        fixed = next((place for place, part in enumerate(parts) if _PATTERN & set(part)), len(parts))
        below = self.below("/".join(parts[:fixed]))
        if fixed == len(parts):
            return below
        if fixed == 0:
            below = tuple(path for path in below if "/" in path or "/" not in pattern)
        wanted = pattern.replace("**/", "*")
        return tuple(path for path in below if fnmatch.fnmatchcase(path, wanted))

    def ending_in(self, text: str) -> tuple[str, ...]:
        """The files that a text may mean which is a path from some other folder: all code whose path ends in it, where
        the text has several parts (a name alone is no way to load code), or the one other file, none where several do:
        what reads such a file is asked for again when it changes, code is not."""
        name = posixpath.basename(text)
        if "." not in name or text.startswith(("../", "/")):
            return ()
        if name.endswith(".py") and text.count("/") + 1 < _LEAST_PARTS_ANYWHERE:
            return ()
        found = [path for path in self._by_name.get(name, ()) if path == text or path.endswith(f"/{text}")]
        return tuple(sorted(found)) if len(found) == 1 or name.endswith((".py", ".ipynb")) else ()

    @functools.cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        names: dict[str, list[str]] = {}
        for path in self._paths:
            names.setdefault(path.rpartition("/")[2], []).append(path)
        return names


@functools.lru_cache(maxsize=4)
def index_of(paths: frozenset[str]) -> TreeIndex:
    """The index of a set of paths; a plan asks about the same few sets again and again."""
    return TreeIndex(paths)

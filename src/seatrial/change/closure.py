"""From root files to every file of the repository they can load, with the evidence for each.

Pure: answers "these roots, this tree: closure and evidence" and knows nothing of stages. The
tree is a set of paths and a function that reads a file's import facts. Names are searched the
way Python would: the script's folder (or the root, for `python -m`), then `sources`, in order.
Importing `a.b.c` loads `a/__init__.py` and `a/b/__init__.py` first, so they are dependencies.

Where a name is computed or a file cannot be parsed, the whole package the file belongs to
counts (every Python file of the tree for a script outside any package): unknown is taken,
never dropped.
"""

from __future__ import annotations

import functools
import posixpath
import sys
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field

from seatrial.change.imports import FileFacts, Import


class Link(Struct, frozen=True, kw_only=True):
    """Why a file is in a closure: `path` needs it, at `line` (None for a root or a package's parts)."""

    path: str | None
    line: int | None
    kind: str


class Closure(Struct, frozen=True, kw_only=True):
    """Every file that the roots can load, each with one link that leads to it.

    `outside` are top-level modules imported from elsewhere (installed packages, the standard
    library); `unknown` lists `path:line` places whose import could not be followed.
    """

    files: dict[str, Link] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()


def module_file(module: str, paths: frozenset[str], search: Iterable[str]) -> str | None:
    """The file that `python -m MODULE` runs, None when the tree has none."""
    stem = module.replace(".", "/")
    for folder in search:
        for candidate in (f"{stem}/__main__.py", f"{stem}.py"):
            path = posixpath.normpath(posixpath.join(folder, candidate))
            if path in paths:
                return path
    return None


def closure(
    roots: Iterable[str],
    paths: frozenset[str],
    sources: tuple[str, ...],
    facts: Callable[[str], FileFacts],
    also: Callable[[str], bool] = lambda _path: False,
) -> Closure:
    """The import closure of `roots`. `also` says of a path outside of `paths` whether it is there all the same:
    a module that git ignores is imported like any other."""
    starts = tuple(dict.fromkeys(roots))
    # A script's own folder comes first in its search path; with several roots each folder may.
    search = tuple(dict.fromkeys((*(posixpath.dirname(root) for root in starts), *map(_plain, sources), "")))
    walk = _Walk(paths, search, facts, also)
    for root in starts:
        walk.add(root, Link(path=None, line=None, kind="root"))
        walk.add_parents(root)
    walk.run()
    return Closure(files=walk.files, outside=frozenset(walk.outside), unknown=tuple(walk.unknown))


def _plain(folder: str) -> str:
    path = posixpath.normpath(folder)
    return "" if path == "." else path


class _Walk:
    """The walk's state: what was found, and what is still to be read."""

    def __init__(
        self,
        paths: frozenset[str],
        search: tuple[str, ...],
        facts: Callable[[str], FileFacts],
        also: Callable[[str], bool],
    ) -> None:
        self._also = also
        self._paths = paths
        self._index = _index(paths)
        self._folders = self._index.folders
        self._search = search
        self._facts = facts
        self._pending: list[str] = []
        self._whole: set[str] = set()
        self.files: dict[str, Link] = {}
        self.outside: set[str] = set()
        self.unknown: list[str] = []

    def add(self, path: str, link: Link) -> None:
        if path not in self.files:
            self.files[path] = link
            if path.endswith(".py"):
                self._pending.append(path)

    def add_parents(self, path: str) -> None:
        """A file inside a package is loaded after the package's own `__init__` files."""
        folder = posixpath.dirname(path)
        while folder and (parent := f"{folder}/__init__.py") in self._paths:
            self.add(parent, Link(path=path, line=None, kind="package"))
            folder = posixpath.dirname(folder)

    def run(self) -> None:
        while self._pending:
            path = self._pending.pop()
            facts = self._facts(path)
            lines = facts.computed if facts.broken is None else (facts.broken,)
            if lines:
                self.unknown += [f"{path}:{line}" for line in lines]
                self._add_package_of(path, lines[0])
            for found in facts.imports:
                self._follow(path, found)

    def _follow(self, path: str, found: Import) -> None:
        if found.level:
            folder = posixpath.dirname(path)
            for _ in range(found.level - 1):
                folder = posixpath.dirname(folder)
            self._load(folder, path, found)
            return
        # Every folder where the name exists counts: a package may be spread over several (PEP 420),
        # and which of two Python would take depends on how it was started.
        hits = [self._load(folder, path, found) for folder in self._search]
        top = found.module.partition(".")[0]
        if any(hits) or not top:
            return
        # A program may have put any folder on its search path, so every home of the name counts.
        homes = () if top in sys.stdlib_module_names else self._index.homes.get(top, ())
        hits = [self._load(folder, path, found) for folder in homes]
        if not any(hits):
            self.outside.add(top)

    def _load(self, folder: str, path: str, found: Import) -> bool:
        """Add what an import loads from below one folder; whether there was anything."""
        place, hit = folder, False
        for name in filter(None, found.module.split(".")):
            place = posixpath.join(place, name)
            taken = self._take(place, path, found)
            hit = hit or taken
            if not taken and place not in self._folders:
                return hit
        if not found.module:
            self._take(place, path, found)
        for name in found.names:
            if name == "*":
                self._take_all_below(place, path, found)
            hit = self._take(posixpath.join(place, name), path, found) or hit
        return hit

    def _take_all_below(self, place: str, path: str, found: Import) -> None:
        """`from package import *` loads the modules that the package's `__all__` names: any of its own."""
        for name in self._index.inside.get(place, ()):
            self._take(posixpath.join(place, name), path, found)

    def _take(self, stem: str, path: str, found: Import) -> bool:
        """Add the module or package at `stem`; whether there is one."""
        for candidate in (f"{stem}/__init__.py", f"{stem}.py"):
            if candidate in self._paths or self._also(candidate):
                self.add(candidate, Link(path=path, line=found.line, kind="import"))
                return True
        return False

    def _add_package_of(self, path: str, line: int) -> None:
        top = posixpath.dirname(path)
        if f"{top}/__init__.py" not in self._paths:
            top = ""
        while f"{posixpath.dirname(top)}/__init__.py" in self._paths:
            top = posixpath.dirname(top)
        if top in self._whole:
            return
        self._whole.add(top)
        prefix = f"{top}/" if top else ""
        for candidate in sorted(self._paths):
            if candidate.endswith(".py") and candidate.startswith(prefix):
                self.add(candidate, Link(path=path, line=line, kind="computed import"))


class _Index(Struct, frozen=True, kw_only=True):
    """One tree, arranged for looking names up: all folders, the importable names inside each, and for each
    name the folders that have a module or package of that name."""

    folders: frozenset[str]
    inside: Mapping[str, tuple[str, ...]]
    homes: Mapping[str, tuple[str, ...]]


@functools.lru_cache(maxsize=4)
def _index(paths: frozenset[str]) -> _Index:
    inside: dict[str, set[str]] = {}
    folders: set[str] = set()
    for path in paths:
        if not path.endswith(".py"):
            continue
        folder, name = posixpath.split(path.removesuffix(".py"))
        inside.setdefault(folder, set()).add(name)
        while folder and folder not in folders:
            folders.add(folder)
            above, name = posixpath.split(folder)
            inside.setdefault(above, set()).add(name)
            folder = above
    homes: dict[str, list[str]] = {}
    for folder in sorted(inside):
        for name in inside[folder]:
            homes.setdefault(name, []).append(folder)
    return _Index(
        folders=frozenset(folders),
        inside={folder: tuple(sorted(names)) for folder, names in inside.items()},
        homes={name: tuple(where) for name, where in homes.items()},
    )

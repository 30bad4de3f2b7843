"""Which files of one tree each file leads to: facts resolved against the paths of a tree.

Called by `closure.py` for every file on its way, and by `symbols.py` for the way back. Pure: the tree is a set of
paths and a function that gives a file's facts.

Subtle: what a file leads to depends on the search path of its program. Nearly always it is the same for all programs
of a project, so nodes are resolved once for `python -m`, and anew only for programs in whose own folder one of the
file's names is found (`way.py`).
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Callable, Iterable, Sequence

from seatrial.change.facts import LinkFacts
from seatrial.change.tree_index import index_of
from seatrial.change.way import Way


class Graph:
    """One tree. `also` says of a path outside of `paths` whether it is there all the same: a module that git
    ignores is imported like any other. None where there is nothing beside the paths."""

    def __init__(
        self,
        paths: frozenset[str],
        sources: Iterable[str],
        facts: Callable[[str], LinkFacts],
        also: Callable[[str], bool] | None = None,
    ) -> None:
        self.paths = paths
        self.facts = facts
        self._sources = tuple(map(_plain, sources))
        self._index = index_of(paths)
        self._also = also
        self.plain = Way(paths, self._index, (*self._sources, ""), facts, also)
        """The tree as a program sees it that is started with `python -m`."""
        self._ways: dict[tuple[str, ...], Way] = {(): self.plain}
        self._located: dict[tuple[tuple[str, ...], str | None], list[tuple[str, tuple[str, ...]]]] = {}

    def way(self, roots: Iterable[str]) -> Way:
        """The tree as programs see it that start with some files. With several roots each folder may come first."""
        known = {*self._sources, ""}
        own = tuple(folder for folder in dict.fromkeys(map(posixpath.dirname, roots)) if folder not in known)
        if own not in self._ways:
            search = (*own, *self._sources, "")
            self._ways[own] = Way(self.paths, self._index, search, self.facts, self._also, own=own, plain=self.plain)
        return self._ways[own]

    def locate(self, parts: Sequence[str], home: str | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """The innermost module on each way down a dotted name, with the names that are left over.

        `home` is the folder of a relative one; others begin everywhere their first name is found.
        """
        asked = (tuple(parts), home)
        if asked not in self._located:
            self._located[asked] = self._locate(*asked)
        return self._located[asked]

    def _locate(self, parts: tuple[str, ...], home: str | None) -> list[tuple[str, tuple[str, ...]]]:
        if home is not None:
            found = self._descend(home, parts, self.plain.at(home) if home else None)
            return [] if found is None else [found]
        top = parts[0] if parts else ""
        folders: Iterable[str] = self._index.homes.get(top, ())
        search = {*self._sources, "", *(folder for own in self._ways for folder in own)}
        if top in sys.stdlib_module_names:  # a file of that name is meant only where the search path leads to it
            folders = [folder for folder in folders if folder in search]
        linked = [folder for folder in search if (f"{folder}/{top}" if folder else top) in self.paths]
        if linked:  # an entry without an ending stands for a folder elsewhere
            folders = [*folders, *sorted(linked)]
        ways = (self._descend(folder, parts, None) for folder in folders)
        return list(dict.fromkeys(way for way in ways if way is not None))

    def _descend(self, home: str, parts: Sequence[str], last: str | None) -> tuple[str, tuple[str, ...]] | None:
        place, left = home, tuple(parts)
        for number, name in enumerate(parts):
            place = f"{place}/{name}" if place else name
            module = self.plain.at(place)
            if module is not None:
                last, left = module, tuple(parts[number + 1 :])
            elif not self.plain.is_folder(place):
                break
        return None if last is None else (last, left)

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every way the tree was looked at."""
        return tuple(self._ways.values())


def _plain(folder: str) -> str:
    path = posixpath.normpath(folder)
    return "" if path == "." else path

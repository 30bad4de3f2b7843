"""The files of one tree that each file leads to, for programs with one search path.

Made by `graph.py`, once for `python -m` and once for each folder that holds a program with siblings of its own. Pure.

Names are searched the way Python would: the script's folder (or the root, for `python -m`), then `sources`, in order.
Importing `a.b.c` loads `a/__init__.py` and `a/b/__init__.py` first, so they are dependencies. Where a name is computed
or a file cannot be parsed, the whole package the file belongs to counts (every Python file of the tree for a script
outside any package): unknown is taken, never dropped.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

from seatrial.change.edges import Edge, Kind, Node
from seatrial.change.extract.sources import kind_of
from seatrial.change.facts import Computed, How, Import, LinkFacts, Marker, Mention, When
from seatrial.change.tree_index import TreeIndex

_ENDS = ("/__init__.py", ".py")
_PATTERN = frozenset("*?[")
_CODE = frozenset({"python", "notebook", "shell"})
_PACKAGING = ("pyproject.toml", "setup.cfg", "setup.py")
_READ = frozenset({How.OPENED, How.BESIDE})


class Way:
    """One tree under one search path. `own` are the folders of it that only some programs have: what a file leads to
    is then what it leads to for everybody, in `plain`, unless one of its names is found there."""

    def __init__(
        self,
        paths: frozenset[str],
        index: TreeIndex,
        search: tuple[str, ...],
        facts: Callable[[str], LinkFacts],
        also: Callable[[str], bool] | None,
        *,
        own: tuple[str, ...] = (),
        plain: Way | None = None,
    ) -> None:
        self._paths = paths
        self._index = index
        self._search = search
        self._facts = facts
        self._also = also
        self._plain = plain
        self._nodes: dict[str, Node] = {}
        self._own = own
        self._not_hidden: set[str] = set()
        self._names = frozenset(name for folder in own for name in index.inside.get(folder, ()))

    def node(self, path: str) -> Node:
        """What a file leads to, resolved once."""
        node = self._nodes.get(path)
        if node is None:
            if self._plain is not None:
                node = self._plain.node(path)
                if self._names.isdisjoint(node.names) and not self._hides(node.names):
                    return node
            node = self._nodes[path] = self.resolve(path, self._facts(path))
        return node

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes that are this way's own, as far as they were asked for."""
        return self._nodes

    def _hides(self, names: frozenset[str]) -> bool:
        """Whether a file that git ignores lies where a name is looked for first."""
        also = self._also
        if also is None or names <= self._not_hidden:
            return False
        places = [f"{folder}/{name}" for folder in self._own for name in names]
        hidden = any(place in self._paths or any(also(place + end) for end in _ENDS) for place in places)
        if not hidden:
            self._not_hidden |= names
        return hidden

    def parents(self, path: str) -> tuple[str, ...]:
        """The `__init__` files that are loaded before a file inside a package, the innermost first."""
        found = []
        folder = posixpath.dirname(path)
        while folder and (parent := f"{folder}/__init__.py") in self._paths:
            found.append(parent)
            folder = posixpath.dirname(folder)
        return tuple(found)

    def modules(self, name: str) -> tuple[str, ...]:
        """The files that loading a dotted name loads, as far as the tree has them."""
        return tuple(dict.fromkeys(self._named(name)))

    def resolve(self, path: str, facts: LinkFacts) -> Node:
        """What some facts lead to, standing in a file at `path`."""
        edges: list[Edge] = []
        outside: list[str] = []
        broken = facts.broken if kind_of(path) in _CODE else None
        unknown: list[int] = [] if broken is None else [broken]
        if broken is not None:
            edges.append(Edge(self._package_of(path), broken, Kind.COMPUTED, ""))
        for found in facts.imports:
            if found.when is not When.TYPING:
                targets = tuple(dict.fromkeys(self._imported(path, found, outside)))
                if targets:
                    edges.append(Edge(targets, found.line, Kind.IMPORT, _spelled(found)))
        mentioned: list[str] = []
        for mention in facts.mentions:
            targets = self._mentioned(path, mention)
            if not targets and mention.how is How.MODULE:
                mentioned.append(mention.text.partition(".")[0].partition(":")[0])
            if targets:
                kind = Kind.TEXT if mention.how in (How.MODULE, How.PATH) else Kind.OPENED
                edges.append(Edge(targets, mention.line, kind, mention.text))
        marked = broken is not None
        for marker in facts.markers:
            edge = self._decided(path, marker, outside)
            if edge is not None and edge.targets:
                edges.append(edge)
            marked = marked or not (marker.what is Computed.IMPORT and marker.prefix and edge and edge.targets)
            if marker.what in (Computed.IMPORT, Computed.SHELL) and not marker.prefix:
                unknown.append(marker.line)
        return Node(
            edges=tuple(edges),
            outside=tuple(dict.fromkeys(outside)),
            unknown=tuple(unknown),
            targets=frozenset().union(*(edge.targets for edge in edges)),
            marked=marked,
            mentioned=tuple(dict.fromkeys(mentioned)),
            names=_looked_for(facts),
        )

    # -- imports ----------------------------------------------------------------------

    def _imported(self, path: str, found: Import, outside: list[str]) -> Iterator[str]:
        if found.level:
            folder = posixpath.dirname(path)
            for _ in range(found.level - 1):
                folder = posixpath.dirname(folder)
            yield from self._load(folder, found.module, found.names)
            return
        # Every folder where the name exists counts: a package may be spread over several (PEP 420),
        # and which of two Python would take depends on how it was started.
        hit = False
        for folder in self._search:
            for target in self._load(folder, found.module, found.names):
                hit = True
                yield target
        top = found.module.partition(".")[0]
        if hit or not top:
            return
        # A program may have put any folder on its search path, so every home of the name counts.
        for folder in () if top in sys.stdlib_module_names else self._index.homes.get(top, ()):
            for target in self._load(folder, found.module, found.names):
                hit = True
                yield target
        if not hit:
            outside.append(top)

    def _load(self, folder: str, module: str, names: tuple[str, ...]) -> Iterator[str]:
        """The files that an import loads from below one folder."""
        place = folder
        for name in module.split(".") if module else ():
            place = f"{place}/{name}" if place else name
            taken = self.at(place)
            if taken is not None:
                yield taken
            elif not self.is_folder(place):
                return
        if not module and (taken := self.at(place)) is not None:
            yield taken
        for name in names:
            inside = self._index.inside.get(place, ()) if name == "*" else (name,)
            # `from package import *` loads the modules that the package's `__all__` names: any of its own.
            for one in inside:
                taken = self.at(f"{place}/{one}" if place else one)
                if taken is not None:
                    yield taken

    def is_folder(self, place: str) -> bool:
        """Whether modules may lie below a place: a folder, or an entry that stands for one, a link or a submodule."""
        return place in self._index.folders or (self._also is not None and place in self._paths)

    def at(self, stem: str) -> str | None:
        """The package or module at a place, None when there is none."""
        found = self._index.modules.get(stem)
        if self._also is not None and (found is None or found.endswith(_ENDS[1])):
            for end in _ENDS:
                candidate = stem + end
                if candidate == found or self._also(candidate):
                    return candidate
        return found

    # -- texts ------------------------------------------------------------------------

    def _mentioned(self, path: str, mention: Mention) -> tuple[str, ...]:
        if mention.how is How.MODULE:
            return tuple(dict.fromkeys(self._named(mention.text)))
        text = mention.text
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
        places = [beside]
        if mention.how is not How.BESIDE:
            places = [posixpath.normpath(posixpath.join(folder, text)) for folder in ("", *self._search)] + places
        found = [one for place in dict.fromkeys(places) for one in self._at_place(place, mention.how)]
        if found or mention.how is How.BESIDE:
            return tuple(dict.fromkeys(found))
        return tuple(self._index.ending_in(posixpath.normpath(text)))

    def _at_place(self, place: str, how: How) -> Iterable[str]:
        """The files that a path means: itself, or what is in a folder or matches a pattern."""
        if place in self._paths:
            return (place,)
        if how in _READ and self._also is not None and not place.startswith(("../", "/")) and self._also(place):
            return (place,)
        if how is How.FOLDER or not _PATTERN.isdisjoint(place):
            return self._index.matching(place)
        if place in ("", ".", "..") or place.startswith("../"):
            return ()
        # A folder that is named holds data; its code, if any, is loaded by imports.
        below = self._index.below(place)
        return below if how in _READ else [one for one in below if not one.endswith(".py")]

    def _named(self, text: str) -> Iterator[str]:
        """The files of a dotted name that leads to a module of the tree: `a.b.Class`, `a.b:function`."""
        module = text.partition(":")[0].strip(".")
        parts = module.split(".")
        least = 1 if len(parts) == 1 else max(1, len(parts) - 2)
        for folder in self._search:
            loaded = list(self._load(folder, module, ()))
            stem = f"{folder}/{'/'.join(parts[:least])}" if folder else "/".join(parts[:least])
            if loaded and (self.at(stem) is not None or self.is_folder(stem)):
                yield from loaded
                main = f"{folder}/{'/'.join(parts)}/__main__.py".lstrip("/")
                if main in self._paths:
                    yield main

    # -- what is computed -------------------------------------------------------------

    def _decided(self, path: str, marker: Marker, outside: list[str]) -> Edge | None:
        match marker.what:
            case Computed.IMPORT if marker.prefix:
                return Edge(self._beginning(path, marker.prefix, outside), marker.line, Kind.COMPUTED, marker.prefix)
            case Computed.IMPORT:
                return Edge(self._package_of(path), marker.line, Kind.COMPUTED, "")
            case Computed.SHELL:
                return Edge(self._index.everything, marker.line, Kind.SCRIPT, "")
            case Computed.ENTRY_POINTS:
                return Edge(tuple(self._registered()), marker.line, Kind.ENTRY_POINT, "")
            case _:
                return None

    def _beginning(self, path: str, prefix: str, outside: list[str]) -> tuple[str, ...]:
        """The modules whose name begins so: `a.models.` or `a.models.big_`; `.` stands for the file's own package."""
        level = len(prefix) - len(prefix.lstrip("."))
        *parts, start = prefix.lstrip(".").split(".")
        if level:
            folder = posixpath.dirname(path)
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            homes: Iterable[str] = (folder,)
        else:
            homes = self._search
        found: list[str] = []
        for home in homes:
            place = posixpath.join(home, *parts) if parts else home
            if not parts and not level:
                return self._package_of(path)  # `f"model_{name}"`: any module of the tree may be called that
            found += self._load(home, ".".join(parts), ())
            beginning = f"{place}/{start}" if place else start
            found += [one for one in self._index.below(place) if one.endswith(".py") and one.startswith(beginning)]
        if not found and parts:
            outside.append(parts[0])
        return tuple(dict.fromkeys(found))

    def _registered(self) -> Iterator[str]:
        """What the packaging files of the tree register as plug-ins, and those files."""
        for path in self._paths:
            if posixpath.basename(path) in _PACKAGING and path.count("/") <= 2:
                yield path
                for mention in self._facts(path).mentions:
                    if mention.how is How.MODULE:
                        yield from self._named(mention.text)

    def _package_of(self, path: str) -> tuple[str, ...]:
        """Every Python file of the package that a file is in, or of the tree."""
        top = posixpath.dirname(path)
        if f"{top}/__init__.py" not in self._paths:
            top = ""
        while f"{posixpath.dirname(top)}/__init__.py" in self._paths:
            top = posixpath.dirname(top)
        return self._index.python_below(top)


def _looked_for(facts: LinkFacts) -> frozenset[str]:
    texts = [found.module for found in facts.imports if not found.level and found.when is not When.TYPING]
    texts += [mention.text for mention in facts.mentions if mention.how is How.MODULE]
    texts += [marker.prefix for marker in facts.markers if not marker.prefix.startswith(".")]
    return frozenset(text.partition(".")[0].partition(":")[0] for text in texts if text)


def _spelled(found: Import) -> str:
    """An import as a person would point at it: `a.b.name`."""
    head = "." * found.level + found.module
    if len(found.names) != 1:
        return head or "."
    return f"{head}{'' if head.endswith('.') else '.'}{found.names[0]}"

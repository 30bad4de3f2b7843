"""What uses what changed, by names: from changed definitions back to the code that a program starts with.

Called by `flows/reaching.py` once for a change, whatever the number of stages. Pure. One pass goes backward
through the graph of a tree, from each changed definition to the definitions that name it, through re-exports and stars,
and reads the definitions only of files that import what was reached.

Method: static change impact over named definitions (Ryder and Tip, "Change impact analysis for object-oriented
programs", PASTE 2001), coarser in the safe direction: a class is one definition with all its methods, and a module
whose names may be found by text, or that is handed on as a value, is used as a whole.

A module that is bound to a name of another module has a name of its own there (`_OF_MODULE`): whoever reads that name
from outside, or takes the other module as a whole, may use anything in it.

Subtle: this never says that a stage may be skipped. Attributes of objects are not followed; that they are covered
rests on whoever made the object having named its class.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from seatrial.change.edges import Kind
from seatrial.change.facts import WATCHES, WHOLE, Definition, SymbolFacts
from seatrial.change.graph import Graph

BODY = "<module>"
"""The name of what runs when a module is loaded."""

ALL = "*"
"""Every name of a module."""

_OF_MODULE = " (module)"
"""Ends the name of a name that stands for a whole module."""

_BY_TEXT = frozenset({Kind.COMPUTED, Kind.TEXT, Kind.ENTRY_POINT})
"""How a file leads to modules of which it may use every name."""


def is_module(name: Name) -> bool:
    """Whether a name is one that only stands for a module."""
    return name.name.endswith(_OF_MODULE)


class Name(Struct, frozen=True):
    """One definition of one file."""

    path: str
    name: str


class Step(Struct, frozen=True):
    """How a definition is affected: `line` is where it stands, `origin` what it uses, None where it changed itself."""

    line: int
    origin: Name | None


def changed_names(old: SymbolFacts, new: SymbolFacts) -> dict[str, int]:
    """The definitions that differ between two versions of a file, with their lines (where they were, if they are gone).

    What runs when the module is loaded is `BODY`. A definition that moved within its file has not changed.
    """
    before, after = _by_name(old), _by_name(new)
    found = {
        name: (after.get(name) or before[name]).line
        for name in {**after, **before}
        if _digests(before, name) != _digests(after, name)
    }
    if (old.body.digest, old.binds, old.stars) != (new.body.digest, new.binds, new.stars):
        found[BODY] = new.body.line
    return found


def affected(
    graph: Graph,
    changed: Mapping[str, Mapping[str, int]],
    symbols: Callable[[str], SymbolFacts | None],
    mentions: Callable[[str, Iterable[str]], bool] = lambda _path, _names: True,
) -> dict[Name, Step]:
    """All definitions that use, directly or not, what changed: the changed ones too.

    `changed` gives names and lines by file. `mentions` may say of a file that none of some names stands in it, which
    spares reading it.
    """
    walk = _Walk(graph, symbols, mentions)
    for path, names in changed.items():
        for name, line in names.items():
            walk.add(Name(path, name), Step(line, None))
    walk.run()
    return walk.found


class _Walk:
    def __init__(
        self,
        graph: Graph,
        symbols: Callable[[str], SymbolFacts | None],
        mentions: Callable[[str, Iterable[str]], bool],
    ) -> None:
        self._graph = graph
        self._symbols = symbols
        self._mentions = mentions
        self._importers = _importers(graph)
        self._tables: dict[str, _Table | None] = {}
        self._pending: list[Name] = []
        self.found: dict[Name, Step] = {}

    def add(self, name: Name, step: Step) -> None:
        if name not in self.found:
            self.found[name] = step
            self._pending.append(name)

    def run(self) -> None:
        for name in self._pending:
            for path in (name.path, *self._importers.get(name.path, ())):
                if path != name.path and name.name != BODY and not self._mentions(path, (name.name,)):
                    continue
                table = self._table(path)
                for user in table.users(name) if table is not None else ():
                    self.add(Name(path, user), Step(table.lines.get(user, 0) if table else 0, name))

    def _table(self, path: str) -> _Table | None:
        if path not in self._tables:
            facts = self._symbols(path) if path.endswith((".py", ".ipynb")) else None
            self._tables[path] = None if facts is None else _Uses(path, facts, self._graph, self._symbols).table(facts)
        return self._tables[path]


class _Table(Struct, frozen=True):
    """Who uses what in one file: users by the name they use; `wholes` use every name of a file; `stars` are the files
    whose names are this file's own."""

    exact: Mapping[Name, Mapping[str, None]]
    wholes: Mapping[str, Mapping[str, None]]
    stars: frozenset[str]
    lines: Mapping[str, int]

    def users(self, name: Name) -> Iterator[str]:
        """The definitions of this file that use a name."""
        yield from self.exact.get(name, ())
        if name.name != BODY:
            yield from self.wholes.get(name.path, ())
            if name.path in self.stars:
                yield name.name


class _Uses:
    """The uses of one file, resolved one by one."""

    def __init__(
        self, path: str, facts: SymbolFacts, graph: Graph, symbols: Callable[[str], SymbolFacts | None]
    ) -> None:
        self._symbols = symbols
        self._path = path
        self._graph = graph
        self._own = {definition.name for definition in facts.definitions}
        self._binds = dict(facts.binds)
        self._exact: dict[Name, dict[str, None]] = {}
        self._wholes: dict[str, dict[str, None]] = {}
        self._stars = frozenset(file for star in facts.stars for file, rest in _located(path, star, graph) if not rest)

    def table(self, facts: SymbolFacts) -> _Table:
        for definition in (*facts.definitions, facts.body):
            for text in definition.uses:
                self._use(definition.name, text)
            if any(self._is_watched(base) for base in definition.bases):
                self._add(Name(self._path, definition.name), BODY)
        for name, full in self._binds.items():  # what is imported is this file's own name too: a re-export
            self._stand_for(name, full, whole=False)
            for file, rest in _located(self._path, full, self._graph):
                if not rest:
                    self._wholes.setdefault(file, {})[name + _OF_MODULE] = None
        everybody = dict.fromkeys((*self._own, BODY))
        for edge in self._graph.plain.node(self._path).edges:
            for file in edge.targets if edge.kind in _BY_TEXT else ():
                self._wholes[file] = everybody | self._wholes.get(file, {})
        if (
            facts.open
        ):  # any of its own names may be found by text, by whoever loads it, and what it leads to is its own
            for name in self._own:
                self._add(Name(self._path, name), BODY)
            self._stars |= {one for edge in self._graph.plain.node(self._path).edges for one in edge.targets}
        lines = {definition.name: definition.line for definition in (*facts.definitions, facts.body)}
        return _Table(self._exact, self._wholes, self._stars, lines)

    def _is_watched(self, base: str) -> bool:
        """Whether a base of another file does something when it gets a subclass, itself or by its own bases."""
        head, _, rest = base.partition(".")
        if head not in self._binds:
            return False  # of this file, which was seen when it was read; or nobody's
        pending = _located(self._path, f"{self._binds[head]}.{rest}" if rest else self._binds[head], self._graph)
        seen: set[tuple[str, str]] = set()
        while pending:
            file, names = pending.pop()
            facts = self._symbols(file) if names and (file, names[0]) not in seen else None
            if facts is None:
                continue
            seen.add((file, names[0]))
            binds = dict(facts.binds)
            for one in facts.definitions:
                if one.name == names[0]:
                    if WATCHES in one.uses:
                        return True
                    pending += [(file, (below,)) for below in one.bases]
            top, _, more = names[0].partition(".")
            if top in binds:
                pending += _located(file, f"{binds[top]}.{more}" if more else binds[top], self._graph)
        return False

    def _use(self, user: str, text: str) -> None:
        if text.startswith(WHOLE):
            self._use_whole(user, text.removeprefix(WHOLE))
            return
        head, _, rest = text.partition(".")
        if head in self._own:
            self._add(Name(self._path, head), user)
        if head in self._binds:
            self._stand_for(user, f"{self._binds[head]}.{rest}" if rest else self._binds[head], whole=True)
        elif head not in self._own:
            for file in self._stars:
                self._add(Name(file, head), user)

    def _use_whole(self, user: str, module: str) -> None:
        """Every name of a module, or all that this file can name."""
        for full in (module,) if module else self._binds.values():
            self._stand_for(user, full, whole=True)
        if not module:
            for name in self._own:
                self._add(Name(self._path, name), user)
            for file in self._stars:
                self._wholes.setdefault(file, {})[user] = None

    def _stand_for(self, user: str, full: str, *, whole: bool) -> None:
        for file, rest in _located(self._path, full, self._graph):
            if rest and rest[0] != ALL:
                self._add(Name(file, rest[0]), user)
                self._add(Name(file, rest[0] + _OF_MODULE), user)
            elif whole:
                self._wholes.setdefault(file, {})[user] = None

    def _add(self, name: Name, user: str) -> None:
        self._exact.setdefault(name, {})[user] = None


def _located(path: str, full: str, graph: Graph) -> list[tuple[str, tuple[str, ...]]]:
    """The modules that a dotted name leads to from a file, with the names that are left over."""
    level = len(full) - len(full.lstrip("."))
    parts = full.lstrip(".").split(".") if full.strip(".") else []
    if not level:
        return graph.locate(parts)
    folder = posixpath.dirname(path)
    for _ in range(level - 1):
        folder = posixpath.dirname(folder)
    return graph.locate(parts, folder)


def _importers(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """The files that lead to each file, in any way the tree was looked at."""
    found: dict[str, dict[str, None]] = {}
    for way in graph.ways:
        for path, node in way.nodes.items():
            for edge in node.edges:
                for target in edge.targets:
                    found.setdefault(target, {})[path] = None
    return {path: tuple(importers) for path, importers in found.items()}


def _by_name(facts: SymbolFacts) -> dict[str, Definition]:
    return {definition.name: definition for definition in facts.definitions}


def _digests(definitions: Mapping[str, Definition], name: str) -> str | None:
    return definitions[name].digest if name in definitions else None

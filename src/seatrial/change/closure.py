"""From root files to every file of the repository they can load, with the evidence for each.

Pure: answers "these roots, this tree: closure and evidence" and knows nothing of stages. What each file leads to is
told by `graph.py`; here it is followed, breadth first, so that the evidence of a file is a shortest way to it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from seatrial.change.edges import Kind, Node
from seatrial.change.facts import LinkFacts
from seatrial.change.graph import Graph
from seatrial.change.way import Way

ROOT = "root"
_LOADED_ANYHOW = frozenset({Kind.COMPUTED, Kind.TEXT, Kind.OPENED, Kind.ENTRY_POINT, Kind.SCRIPT})
_MANY = 8
_NOTHING: Mapping[str, LinkFacts] = {}


class Link(Struct, frozen=True):
    """Why a file is in a closure: `path` needs it, at `line`, by `name` (None for a root or a package's parts)."""

    path: str | None
    line: int | None
    kind: str
    name: str = ""


class Closure(Struct, frozen=True, kw_only=True):
    """Every file that the roots can load, each with the first link of a shortest way that leads to it.

    `outside` are top-level modules imported from elsewhere (installed packages, the standard library); `unknown` lists
    `path:line` places whose import could not be followed. `marked` are the files in which computed values decide
    something that cannot be told; `mentioned` the top-level names in texts that may mean something installed. `way`
    is the tree as these roots see it, None where nothing was followed.
    """

    files: dict[str, Link] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    mentioned: frozenset[str] = frozenset()
    way: Way | None = None

    def chain(self, path: str) -> tuple[tuple[str, Link], ...]:
        """The way from a root to a file: each file with the link that leads to it, the root first."""
        found: list[tuple[str, Link]] = []
        place: str | None = path
        while place is not None and place in self.files:
            link = self.files[place]
            found.append((place, link))
            place = link.path
        return tuple(reversed(found))

    def passes_unknown(self, path: str) -> bool:
        """Whether the way to a file goes by what is computed, or by a text."""
        return any(link.kind in _LOADED_ANYHOW for _, link in self.chain(path))


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
    graph: Graph,
    *,
    inline: Mapping[str, LinkFacts] = _NOTHING,
    leaves: Mapping[str, Link] | None = None,
) -> Closure:
    """The import closure of `roots`. `inline` has the facts of roots that are no files of the tree; `leaves` count
    too, and are not followed unless something else leads to them."""
    starts = tuple(dict.fromkeys(roots))
    way = graph.way(starts)
    files = {root: Link(None, None, ROOT) for root in starts}
    for root in starts:
        for parent in way.parents(root):
            files.setdefault(parent, Link(root, None, Kind.PACKAGE))
    nodes = _follow(files, way, inline)
    for path, link in (leaves or {}).items():
        files.setdefault(path, link)
    return Closure(
        files=files,
        outside=frozenset().union(*(node.outside for node in nodes.values())),
        unknown=tuple(f"{path}:{line}" for path, node in nodes.items() for line in node.unknown),
        marked=tuple(path for path, node in nodes.items() if node.marked),
        mentioned=frozenset().union(*(node.mentioned for node in nodes.values())),
        way=way,
    )


def _follow(files: dict[str, Link], way: Way, inline: Mapping[str, LinkFacts]) -> dict[str, Node]:
    """Add all that some files lead to, nearest first; what each of them leads to."""
    nodes: dict[str, Node] = {}
    pending = list(files)
    whole: dict[int, tuple[str, ...]] = {}  # sets of files that are led to again and again, such as a package
    for path in pending:
        node = nodes[path] = way.resolve(path, inline[path]) if path in inline else way.node(path)
        if node.targets <= files.keys():
            continue
        for edge in node.edges:
            targets = edge.targets
            if len(targets) > _MANY:
                if id(targets) in whole:
                    continue
                whole[id(targets)] = targets
            link = None
            for target in targets:
                if target not in files:
                    link = link or Link(path, edge.line, edge.kind, edge.name)
                    files[target] = link
                    pending.append(target)
    return nodes

"""What one file of a tree leads to: the records that `way.py` makes of facts, and everybody follows.

Pure.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """How one file leads to another."""

    IMPORT = "import"
    PACKAGE = "package"
    """The `__init__` files above a root."""
    COMPUTED = "computed import"
    TEXT = "text"
    """A text in the file names it."""
    OPENED = "opened"
    """A literal that is opened, listed or read names it."""
    ENTRY_POINT = "entry point"
    SCRIPT = "script with computed names"


class Edge(Struct, frozen=True):
    """What one place of a file leads to: files, the line, how, and the name that stands there."""

    targets: tuple[str, ...]
    line: int
    kind: Kind
    name: str


class Node(Struct, frozen=True, kw_only=True):
    """One file in one tree. `outside` are the top-level modules it imports from elsewhere; `unknown` the lines whose
    import could not be followed; `marked` whether computed values decide something in it that cannot be told."""

    edges: tuple[Edge, ...] = ()
    outside: tuple[str, ...] = ()
    unknown: tuple[int, ...] = ()
    marked: bool = False
    mentioned: tuple[str, ...] = ()
    """Top-level names in texts that lead to nothing in the tree: perhaps to something installed."""

    targets: frozenset[str] = frozenset()
    """All that the edges lead to."""

    names: frozenset[str] = frozenset()
    """The top-level names that are looked for on the search path."""

"""One walk over the syntax tree of a Python file, and all that it gathers.

Pure. Made by `python`, which gives it the handlers of `expressions` and `statements`. While it walks it writes the
tree down in a form without positions, comments, layout or docstrings (`out`), which is what definitions are digested
from, and the dotted names that are read (`uses`), without those that are local where they are read.

Subtle: this is the hot loop of a cold plan. A handler for each frequent type of node, and appended strings, are what
keep it near the price of the parser.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from seatrial.change.extract.calls import Loading
from seatrial.change.extract.found import Found
from seatrial.change.extract.opening import Opening
from seatrial.change.facts import How

_LEFT_OUT = frozenset({"ctx", "type_comment", "kind", "type_ignores"})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


class Top(Struct, frozen=True):
    """Something bound at the top of a module, what was written and read for it, and whether it calls anything."""

    names: tuple[str, ...]
    node: ast.stmt
    out: list[str]
    uses: list[str]
    calls: bool


class Walker(Found):
    """Walks over one file, or over the cells of a notebook one after the other."""

    def __init__(self, handlers: Handlers) -> None:
        super().__init__()
        self._handlers = handlers
        self.out: list[str] = []
        self.uses: list[str] = []
        self.tops: list[Top] = []
        self.stars: dict[str, None] = {}
        self.open = False
        self.settles_typing = False
        """The file itself decides what TYPE_CHECKING is."""
        self.level = 0
        self.muted = False
        self.calls = False
        self.stores: set[str] = set()
        self.outer: set[str] = set()
        self.opening = Opening(self)
        self.readers = {**self.opening.readers(), **Loading(self).readers()}

    def visit(self, node: ast.AST) -> None:
        """Read a node and all below it."""
        self._handlers.get(type(node), generic)(self, node)

    def all(self, nodes: Iterable[ast.AST]) -> None:
        """Read one node after the other."""
        handlers = self._handlers
        for node in nodes:
            handlers.get(type(node), generic)(self, node)
        self.out.append("]")

    def enter(self, stores: set[str]) -> tuple[int, set[str], set[str]]:
        """Begin a scope that binds these names; give the result to `leave`."""
        before = (len(self.uses), self.stores, self.outer)
        self.stores, self.outer = stores, set()
        self.level += 1
        return before

    def leave(self, before: tuple[int, set[str], set[str]]) -> None:
        """End a scope: the names it binds itself are not what the module defines."""
        start, stores, outer = before
        local = self.stores - self.outer
        if local:
            self.uses[start:] = [use for use in self.uses[start:] if use.partition(".")[0] not in local]
        self.stores, self.outer = stores, outer
        self.level -= 1

    def text(self, node: ast.expr) -> None:
        """Mention what a text that is put together names, if it looks like anything."""
        place = self.folder.fold(node)
        if place is None:
            return
        if place.beside:
            self.place(node, node.lineno, How.PATH)
        elif self.mentions.text(place.text, node.lineno):
            self.take(node)


Handlers: TypeAlias = Mapping[type[ast.AST], Callable[[Walker, Any], None]]


def generic(walker: Walker, node: ast.AST) -> None:
    """Any node: its type, and its fields in order."""
    kind = type(node)
    walker.out.append(kind.__name__)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in kind._fields if name not in _LEFT_OUT)
    for name in fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            walker.visit(value)
        elif type(value) is list:
            for one in value:
                if isinstance(one, ast.AST):
                    walker.visit(one)
                else:
                    walker.out.append("-" if one is None else repr(one))
            walker.out.append("]")
        else:
            walker.out.append("-" if value is None else repr(value))

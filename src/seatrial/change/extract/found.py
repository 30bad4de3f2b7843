"""What was found so far in one Python file: the state that the walker and its readers of calls share.

Pure. `when` is the time at which what is being read would be executed.
"""

from __future__ import annotations

import ast

from seatrial.change.extract.folding import Folder, Place, chain, resolved
from seatrial.change.extract.texts import HOLE, Mentions
from seatrial.change.facts import Computed, How, Import, Marker, When


class Found:
    """Imports, markers and mentions of a file, and the names its imports bind."""

    def __init__(self) -> None:
        self.when = When.EAGER
        self.imports: list[Import] = []
        self.markers: dict[tuple[int, Computed, str], None] = {}
        self.mentions = Mentions()
        self.binds: dict[str, str] = {}
        self.pairs: dict[tuple[str, str], None] = {}
        self.folder = Folder(self.binds)
        self.taken: set[int] = set()
        """Nodes that are part of a larger text, which was mentioned as a whole."""

    def bind(self, name: str, target: str) -> None:
        """A name that an import binds, at any depth."""
        self.binds[name] = target
        self.pairs[name, target] = None

    def mark(self, line: int, what: Computed, prefix: str = "") -> None:
        """A place where something computed decides."""
        self.markers[line, what, prefix] = None

    def all_markers(self) -> tuple[Marker, ...]:
        """The markers, each once."""
        return tuple([Marker(*key) for key in self.markers])

    def full(self, node: ast.expr) -> str:
        """What a called or named thing stands for; of a method of something else only its own name, after a dot."""
        if written := chain(node):
            return resolved(written, self.binds)
        return f".{node.attr}" if isinstance(node, ast.Attribute) else ""

    def place(self, node: ast.expr, line: int, how: How) -> Place | None:
        """Mention what an expression names, as a whole, if it can be told. Where it begins with something unknown,
        its parts are left to speak for themselves."""
        place = self.folder.fold(node)
        if place is None or (not place.beside and place.text.startswith(HOLE)):
            return None
        self.take(node)
        self.put(place, line, how)
        return place

    def put(self, place: Place, line: int, how: How) -> None:
        """Mention a place that was told before."""
        if "\1" in place.text or "://" in place.text or any(letter.isspace() for letter in place.text):
            return
        self.mentions.place(place.text, line, How.BESIDE if place.beside else how)

    def take(self, node: ast.expr) -> None:
        """Keep the parts of an expression from being mentioned on their own."""
        pending: list[ast.expr | None] = [node]
        while pending:
            one = pending.pop()
            self.taken.add(id(one))
            match one:
                case ast.BinOp(left=left, right=right):
                    pending += [left, right]
                case ast.JoinedStr(values=values):
                    pending += values
                case ast.FormattedValue(value=value) | ast.Attribute(value=value) | ast.Subscript(value=value):
                    pending.append(value)
                case ast.Call(func=func, args=args) if self.folder.fold(one) is not None:
                    pending += [func, *args]
                case ast.List(elts=elements) | ast.Tuple(elts=elements):
                    pending += elements

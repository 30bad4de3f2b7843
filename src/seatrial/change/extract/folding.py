"""Texts and paths of a Python file that can be told without running it.

Pure. `fold` answers what an expression would be: a literal, or literals put together by `+`, `/`, `%`, f-strings,
`os.path`, `pathlib` and names bound to such things. What cannot be told is a hole in the text, so that the literal
parts around it still count.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from seatrial.change.extract.texts import HOLE, fill

_DEPTH = 40
_FILE = "\1"
_SAME = frozenset({"resolve", "absolute", "expanduser", "as_posix", "as_uri"})
_SAME_CALLS = frozenset({
    "str", "os.fspath", "os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser",
    "os.path.expandvars", "open",
})  # fmt: skip
_PATHS = re.compile(r"(?:pathlib2?\.)?(?:Pure)?(?:Posix|Windows)?Path\Z|(?:anyio|upath|epath|etils\.epath)\.U?Path\Z")
_JOINS = frozenset({"os.path.join", "posixpath.join", "osp.join"})
_DIRNAMES = frozenset({"os.path.dirname", "posixpath.dirname", "osp.dirname"})
_RESOURCES = frozenset({"importlib.resources.files", "importlib_resources.files"})
_OWN = frozenset({"__package__", "__name__", "__spec__.parent"})


class Place(Struct, frozen=True):
    """A text, with holes; `beside` where it is a path from the folder of the file it stands in."""

    text: str
    beside: bool = False


def chain(node: ast.expr) -> str | None:
    """`a.b.c` as it is written, None for anything else."""
    parts = []
    while type(node) is ast.Attribute:
        parts.append(node.attr)
        node = node.value
    if type(node) is not ast.Name:
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def resolved(written: str, binds: Mapping[str, str]) -> str:
    """What a dotted name stands for, by the imports of its file."""
    root, dot, rest = written.partition(".")
    return binds.get(root, root) + dot + rest


class Folder:
    """Folds expressions of one file. `known` are names bound to something that could be told."""

    def __init__(self, binds: Mapping[str, str]) -> None:
        self._binds = binds
        self.known: dict[str, Place] = {}
        self._by_type = {
            ast.Constant: self._constant,
            ast.JoinedStr: self._f_string,
            ast.BinOp: self._operation,
            ast.Call: self._call,
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.Name: self._name,
        }

    def fold(self, node: ast.expr | None, depth: int = 0) -> Place | None:
        """What an expression would be, None when nothing of it can be told."""
        handler: Any = self._by_type.get(type(node))
        return handler(node, depth + 1) if handler and depth < _DEPTH else None

    def text(self, node: ast.expr | None, depth: int = 0) -> str:
        """The same as a text; a hole when nothing can be told."""
        place = self.fold(node, depth)
        return place.text if place and not place.beside else HOLE

    def _constant(self, node: ast.Constant, _: int) -> Place | None:
        return Place(node.value) if type(node.value) is str else None

    def _name(self, node: ast.Name, _: int) -> Place | None:
        return Place(_FILE, beside=True) if node.id == "__file__" else self.known.get(node.id)

    def _f_string(self, node: ast.JoinedStr, depth: int) -> Place | None:
        if len(node.values) > _DEPTH:
            return None
        parts = [piece.value if type(piece) is ast.FormattedValue else piece for piece in node.values]
        first = self.fold(parts[0], depth) if parts else None
        text = (
            "".join([first.text if first else HOLE, *(self.text(part, depth) for part in parts[1:])]) if parts else ""
        )
        return Place(_tidy(text), beside=True) if first and first.beside else Place(text)

    def _operation(self, node: ast.BinOp, depth: int) -> Place | None:
        left = self.fold(node.left, depth)
        if type(node.op) is ast.Mod:
            return Place(fill(left.text), left.beside) if left else None
        if type(node.op) is ast.Div:
            return _joined(left, [self.text(node.right, depth)]) if left else None
        if type(node.op) is not ast.Add:
            return None
        right = self.fold(node.right, depth)
        if left is None and right is None:
            return None
        text = (left.text if left else HOLE) + (right.text if right and not right.beside else HOLE)
        return Place(_tidy(text), beside=True) if left and left.beside else Place(text)

    def _attribute(self, node: ast.Attribute, depth: int) -> Place | None:
        if node.attr == "parent":
            return _above(self.fold(node.value, depth))
        written = chain(node)
        return self.known.get(written) if written else None

    def _subscript(self, node: ast.Subscript, depth: int) -> Place | None:
        match node:
            case ast.Subscript(value=ast.Attribute(attr="parents", value=of), slice=ast.Constant(value=int() as count)):
                place = self.fold(of, depth)
                for _ in range(min(count, _DEPTH) + 1):
                    place = _above(place)
                return place
        return None

    def _call(self, node: ast.Call, depth: int) -> Place | None:
        written = chain(node.func)
        name = resolved(written, self._binds) if written else ""
        if name in _SAME_CALLS or name in _DIRNAMES:
            place = self.fold(node.args[0], depth) if node.args else None
            return _above(place) if name in _DIRNAMES else place
        if name in _JOINS or _PATHS.match(name):
            return self._join(node.args, depth)
        if name in _RESOURCES and node.args:
            if chain(node.args[0]) in _OWN:
                return Place("", beside=True)
            return Place(self.text(node.args[0], depth).replace(".", "/"))
        return self._method(node, node.func, depth) if isinstance(node.func, ast.Attribute) else None

    def _method(self, node: ast.Call, func: ast.Attribute, depth: int) -> Place | None:
        method, of = func.attr, func.value
        if method in _SAME:
            return self.fold(of, depth)
        if method == "joinpath":
            left = self.fold(of, depth)
            return _joined(left, [self.text(one, depth) for one in node.args]) if left else None
        if method == "with_name" and node.args:
            above = _above(self.fold(of, depth))
            return _joined(above, [self.text(node.args[0], depth)]) if above else None
        if method == "format":
            place = self.fold(of, depth)
            return Place(fill(place.text), place.beside) if place else None
        if method == "join" and node.args and isinstance(node.args[0], ast.List | ast.Tuple):
            if len(node.args[0].elts) > _DEPTH:
                return None
            between = self.fold(of, depth)
            return Place(between.text.join(self.text(one, depth) for one in node.args[0].elts)) if between else None
        return None

    def _join(self, parts: Sequence[ast.expr], depth: int) -> Place | None:
        if not parts:
            return None
        first = self.fold(parts[0], depth)
        rest = [self.text(part, depth) for part in parts[1:]]
        if first is None:
            return None if all(text == HOLE for text in rest) else Place("/".join([HOLE, *rest]))
        return _joined(first, rest)


def _joined(first: Place, rest: Sequence[str]) -> Place:
    text = first.text if first.text != "." else ""
    for part in rest:
        text = f"{text}/{part}" if text and not part.startswith("/") else part
    return Place(_tidy(text) if first.beside else text, first.beside)


def _above(place: Place | None) -> Place | None:
    if place is None:
        return None
    if not place.beside:
        return Place(posixpath.dirname(place.text)) if "/" in place.text else Place("")
    if place.text == _FILE:
        return Place("", beside=True)
    parts = place.text.split("/") if place.text else []
    if not parts or parts[-1] == "..":
        return Place("/".join([*parts, ".."]), beside=True)
    return Place("/".join(parts[:-1]), beside=True)


def _tidy(text: str) -> str:
    """A path from the file's own folder, its `..` resolved as far as the path itself allows."""
    parts: list[str] = []
    for part in text.split("/"):
        if part == ".." and parts and parts[-1] not in {"..", HOLE}:
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)

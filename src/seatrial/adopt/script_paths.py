"""Paths in a Python file, folded as far as the code tells them, and the names that are bound to them.

Called by `scripts`, `script_options` and `script_text`. Pure. Expressions are folded by `change.extract.folding`, which
the planner uses as well; what is added here is what a name is bound to: defaults of command line options, constants of
other modules of the repository, and arguments that a function of the same file is called with.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Mapping, Sequence

from seatrial.change.extract.folding import Folder, Place, chain, resolved
from seatrial.change.extract.texts import HOLE

_FILE = "\1"
_LEAVES = (ast.expr_context, ast.operator, ast.Constant, ast.Name, ast.cmpop)


class Paths:
    """Folds expressions of one script to paths from the root of the repository."""

    def __init__(self, path: str, binds: Mapping[str, str], constants: Mapping[str, str], base: str = "") -> None:
        self.folder = Folder(binds)
        self.folder.known.update({name: Place(text) for name, text in constants.items()})
        self._beside = posixpath.dirname(path)
        self._base = base
        self.binds = binds

    def path(self, node: ast.expr | None) -> tuple[str, bool] | None:
        """A path, and whether all of it could be told; what follows a hole is cut away, to the last whole folder."""
        place = self.folder.fold(node)
        if place is None or _FILE in place.text:
            return None
        text = place.text
        whole = HOLE not in text
        if not whole:
            text = text.partition(HOLE)[0].rpartition("/")[0]
        if place.beside:
            text = posixpath.join(self._beside, text)
        elif text and self._base and not text.startswith("/"):
            text = posixpath.join(self._base, text)
        text = posixpath.normpath(text) if text else ""
        if not text or text in (".", "..") or text.startswith(("/", "../", "~")) or "://" in text:
            return None
        return (text, whole) if text.isprintable() and "\\" not in text and "${" not in text else None

    def named(self, node: ast.expr) -> str:
        """The full name of what is called; of a method of something else `.name`."""
        written = chain(node)
        if written:
            return resolved(written, self.binds)
        return f".{node.attr}" if isinstance(node, ast.Attribute) else ""


def bindings(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """What the imports of a file bind."""
    binds: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                binds[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            before = "." * node.level + (node.module or "")
            for alias in node.names:
                binds[alias.asname or alias.name] = (
                    f"{before}.{alias.name}" if before.strip(".") else before + alias.name
                )
    return binds


def learn(nodes: Sequence[ast.AST], paths: Paths) -> None:
    """Bind names to what they are assigned, in the order of the file, and arguments to what functions are given."""
    functions: dict[str, ast.FunctionDef] = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            functions[node.name] = node
            _defaults(node, paths)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                _bind(chain(target), node.value, paths)
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            called = functions[node.func.id]
            for parameter, given in zip(called.args.args, node.args, strict=False):
                _bind(parameter.arg, given, paths)
            for word in node.keywords:
                _bind(word.arg, word.value, paths)


_TELLING = (
    ast.Assign, ast.AnnAssign, ast.Call, ast.With, ast.AsyncWith, ast.FunctionDef, ast.ClassDef, ast.Import,
    ast.ImportFrom,
)  # fmt: skip


def telling(tree: ast.Module) -> list[ast.AST]:
    """The nodes that any question here is about, in the order of the file. Made once for a file: a walk over all nodes
    costs more than parsing it. Not recursive: code may nest deeper than Python calls."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, _TELLING):
            found.append(node)
        below: list[ast.AST] = []
        for value in node.__dict__.values():
            if type(value) is list:
                below += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
                below.append(value)
        below.reverse()
        pending += below
    return found


def _defaults(node: ast.FunctionDef, paths: Paths) -> None:
    for parameter, default in zip(reversed(node.args.args), reversed(node.args.defaults), strict=False):
        _bind(parameter.arg, default, paths)


def _bind(name: str | None, value: ast.expr, paths: Paths) -> None:
    if name is None or name in paths.folder.known:
        return
    place = paths.folder.fold(value)
    if place is not None and place.text.strip(HOLE):
        paths.folder.known[name] = place

"""What a Python file imports, read from its syntax tree and never by running it.

Pure: bytes in, facts out. Called by `closure`, which resolves the names against a tree. Facts
depend on the bytes alone, so callers remember them by content digest and `VERSION`.

Subtle: an import whose name is computed (`import_module(name)`, `__import__(f"...")`) cannot be
followed. It is reported as a marker, and the closure then takes the whole package.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping

from msgspec import Struct

VERSION = 2
"""Raise it whenever the facts of unchanged bytes would differ."""

_BY_NAME = frozenset({"import_module", "__import__", "run_module"})
_BY_PATH = frozenset({"spec_from_file_location", "run_path"})
_LOADERS = frozenset({"importlib", "importlib.util", "runpy"})


class Import(Struct, frozen=True, kw_only=True):
    """One import. `level` counts the dots of a relative one; `names` are what `from` takes."""

    module: str
    level: int
    names: tuple[str, ...]
    line: int


class FileFacts(Struct, frozen=True, kw_only=True):
    """What one file imports. `computed` are lines whose import cannot be read; `broken` is the
    line of a syntax error (then nothing else is known), None when the file parses."""

    imports: tuple[Import, ...] = ()
    computed: tuple[int, ...] = ()
    broken: int | None = None


def read_imports(source: bytes) -> FileFacts:
    """The imports of a Python file, wherever they stand in it (functions and branches too)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stray "\\d" in the user's file is not ours to mention
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return FileFacts(broken=getattr(error, "lineno", None) or 1)
    imports: list[Import] = []
    computed: list[int] = []
    called_as = _aliases(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                imports += [Import(module=alias.name, level=0, names=(), line=node.lineno) for alias in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                taken = tuple(alias.name for alias in names)
                imports.append(Import(module=module or "", level=level, names=taken, line=node.lineno))
            case ast.Call(func=function, args=arguments) if (
                name := _called(function, called_as)
            ) in _BY_NAME | _BY_PATH:
                literal = _literal(arguments)
                if name in _BY_PATH or literal is None or literal.startswith("."):
                    computed.append(node.lineno)
                else:
                    imports.append(Import(module=literal, level=0, names=(), line=node.lineno))
    return FileFacts(imports=tuple(imports), computed=tuple(computed))


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What `from importlib import import_module as load` calls its functions."""
    return {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in _LOADERS
        for alias in node.names
        if alias.asname
    }


def _called(function: ast.expr, called_as: Mapping[str, str]) -> str:
    match function:
        case ast.Name(id=name):
            return called_as.get(name, name)
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _literal(arguments: list[ast.expr]) -> str | None:
    match arguments:
        case [ast.Constant(value=str() as text), *_]:
            return text
        case _:
            return None

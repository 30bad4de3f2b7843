"""Faults: one edit each of one file, of a kind and at a place drawn by chance.

Called by the campaign. Pure: texts in, one changed text out. Files are drawn from all of a tree, not only from what a
stage reaches, so many faults change nothing that anybody looks at; a method that selects for those as well is as safe
and less precise. Python files that a fault was put into can still be parsed.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from benchmarks.change import packages


class Kind(Enum):
    """What is done to a file."""

    RAISE = "raise"
    CONSTANT = "changed constant"
    DEFAULT = "changed default"
    DELETED = "deleted function"
    RENAMED = "renamed function"
    CONFIG = "changed config value"
    DATA = "changed data"
    PIN = "bumped pin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One edit. `text` is what the file has then; `what` says it to a person."""

    kind: Kind
    path: str
    line: int
    what: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    line: int
    what: str
    text: str


Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCALAR = re.compile(r"^(\s*[\w.-]+(?::[ ]+|[ ]=[ ]\"|=\"))([^\s#\"]+)", re.MULTILINE)
_NUMBER = re.compile(r"\d+")
_CONFIGURATIONS = re.compile(r"^(configs/.*\.yaml|params\.yaml|pyproject\.toml|scripts/.*\.sh)$")
_DATA = re.compile(r"^(data|notebooks)/.*\.(csv|json|ipynb)$")
LOCK = "requirements.txt"


def draw(files: Mapping[str, str], chance: random.Random, kinds: tuple[Kind, ...] = tuple(Kind)) -> Fault:
    """One fault: first its kind, then a file, then a place. A file without such a place is drawn again."""
    while True:
        kind = chance.choice(kinds)
        path = chance.choice(_candidates(kind, tuple(files)))
        edit = _MAKERS[kind](files[path], chance)
        if edit is not None and edit.text != files[path]:
            return Fault(kind=kind, path=path, line=edit.line, what=edit.what, text=edit.text)


def _candidates(kind: Kind, paths: tuple[str, ...]) -> list[str]:
    match kind:
        case Kind.CONFIG:
            return [path for path in paths if _CONFIGURATIONS.match(path)]
        case Kind.DATA:
            return [path for path in paths if _DATA.match(path)]
        case Kind.PIN:
            return [LOCK]
    return [path for path in paths if path.endswith(".py")]


def _raise(text: str, chance: random.Random) -> _Edit | None:
    found = [node for node in _functions(text) if node.body[0].lineno > node.lineno]
    if not found:
        return None
    node = chance.choice(found)
    documented = ast.get_docstring(node, clean=False) is not None
    first = node.body[1] if documented and len(node.body) > 1 else node.body[0]
    lines = text.splitlines(keepends=True)
    if documented and len(node.body) == 1:
        at = first.end_lineno or first.lineno
    else:
        at = min([first.lineno, *(item.lineno for item in getattr(first, "decorator_list", ()))]) - 1
    lines.insert(at, f'{" " * node.body[0].col_offset}raise RuntimeError("injected")\n')
    return _Edit(line=at + 1, what=f"{node.name} raises", text="".join(lines))


def _constant(text: str, chance: random.Random) -> _Edit | None:
    tree = ast.parse(text)
    defaults = {id(node) for function in _functions_of(tree) for node in _defaults(function)}
    return _other_value(text, [node for node in _constants(tree) if id(node) not in defaults], chance)


def _default(text: str, chance: random.Random) -> _Edit | None:
    found = [node for function in _functions(text) for node in _defaults(function)]
    return _other_value(text, found, chance)


def _deleted(text: str, chance: random.Random) -> _Edit | None:
    found = [(parent, node) for parent in ast.walk(ast.parse(text)) for node in _own_functions(parent)]
    if not found:
        return None
    parent, node = chance.choice(found)
    begin = min([node.lineno, *(item.lineno for item in node.decorator_list)]) - 1
    lines = text.splitlines(keepends=True)
    left = [f"{' ' * node.col_offset}pass\n"] if len(getattr(parent, "body", ())) == 1 else []
    lines[begin : node.end_lineno] = left
    return _Edit(line=node.lineno, what=f"{node.name} is gone", text="".join(lines))


def _renamed(text: str, chance: random.Random) -> _Edit | None:
    found = _functions(text)
    if not found:
        return None
    node = chance.choice(found)
    lines = text.splitlines(keepends=True)
    old = lines[node.lineno - 1]
    lines[node.lineno - 1] = re.sub(rf"\bdef {node.name}\b", f"def {node.name}_renamed", old, count=1)
    return _Edit(line=node.lineno, what=f"{node.name} has another name", text="".join(lines))


def _config(text: str, chance: random.Random) -> _Edit | None:
    found = list(_SCALAR.finditer(text))
    if not found:
        return None
    match = chance.choice(found)
    value = match[2]
    try:
        other = str(int(value) + 1)
    except ValueError:
        try:
            other = f"{float(value) * 1.5:g}"
        except ValueError:
            other = f"{value}x"
    line = text.count("\n", 0, match.start(2)) + 1
    changed = text[: match.start(2)] + other + text[match.end(2) :]
    return _Edit(line=line, what=f"{value} becomes {other}", text=changed)


def _data(text: str, chance: random.Random) -> _Edit | None:
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    match = chance.choice(found)
    other = str(int(match[0]) + 1)
    line = text.count("\n", 0, match.start()) + 1
    return _Edit(
        line=line, what=f"{match[0]} becomes {other}", text=text[: match.start()] + other + text[match.end() :]
    )


def _pin(text: str, chance: random.Random) -> _Edit | None:
    name, version = chance.choice(sorted(packages.pins(text).items()))
    major, minor, patch = version.split(".")
    other = f"{major}.{int(minor) + 1}.{patch}"
    old = packages.pin(name, version)
    line = text.count("\n", 0, text.index(old)) + 1
    return _Edit(line=line, what=f"{name} {other}", text=text.replace(old, packages.pin(name, other)))


_MAKERS: Mapping[Kind, Callable[[str, random.Random], _Edit | None]] = {
    Kind.RAISE: _raise,
    Kind.CONSTANT: _constant,
    Kind.DEFAULT: _default,
    Kind.DELETED: _deleted,
    Kind.RENAMED: _renamed,
    Kind.CONFIG: _config,
    Kind.DATA: _data,
    Kind.PIN: _pin,
}


def _functions(text: str) -> list[Function]:
    return _functions_of(ast.parse(text))


def _functions_of(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def _own_functions(parent: ast.AST) -> list[Function]:
    """The functions in the body of a module, a class or a function, not those in its branches."""
    if not isinstance(parent, ast.Module | ast.ClassDef | Function):
        return []
    return [node for node in parent.body if isinstance(node, Function)]


def _defaults(function: Function) -> list[ast.Constant]:
    given = (*function.args.defaults, *function.args.kw_defaults)
    return [node for node in given if isinstance(node, ast.Constant) and _can_change(node)]


def _constants(node: ast.AST) -> Iterator[ast.Constant]:
    """Constants outside of docstrings and f-strings, whose parts have no place of their own."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr) or (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            continue
        if isinstance(child, ast.Constant) and _can_change(child):
            yield child
        yield from _constants(child)


def _can_change(node: ast.Constant) -> bool:
    return isinstance(node.value, int | float | str) and node.lineno == node.end_lineno


def _other_value(text: str, found: list[ast.Constant], chance: random.Random) -> _Edit | None:
    if not found:
        return None
    node = chance.choice(found)
    value = node.value
    assert isinstance(value, int | float | str)
    other = repr(not value if isinstance(value, bool) else f"{value}x" if isinstance(value, str) else value + 1)
    lines = text.encode().splitlines(keepends=True)
    line = lines[node.lineno - 1]
    lines[node.lineno - 1] = line[: node.col_offset] + other.encode() + line[node.end_col_offset :]
    return _Edit(line=node.lineno, what=f"{value!r} becomes {other}", text=b"".join(lines).decode())

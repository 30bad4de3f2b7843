"""How a walker reads statements: imports and when they are executed, scopes, and what is bound at the top.

Pure. Handlers by type of node; what is not here is read by `walker.generic`.
"""

from __future__ import annotations

import ast
from typing import Any

from seatrial.change.extract.expressions import arguments, names_of
from seatrial.change.extract.folding import chain
from seatrial.change.extract.texts import MAX_LENGTH
from seatrial.change.extract.walker import Handlers, Top, Walker, generic
from seatrial.change.facts import Import, When

_TYPING = frozenset({"typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"})
_FOLDED = frozenset({ast.Constant, ast.Call, ast.BinOp, ast.JoinedStr, ast.Attribute, ast.Subscript})


def _import(walker: Walker, node: ast.Import) -> None:
    for alias in node.names:
        walker.imports.append(Import(alias.name, 0, (), node.lineno, walker.when))
        root = alias.name.partition(".")[0]
        walker.bind(alias.asname or root, alias.name if alias.asname else root)
        walker.out += ("Import", alias.name, alias.asname or "")


def _import_from(walker: Walker, node: ast.ImportFrom) -> None:
    module = "." * node.level + (node.module or "")
    names = tuple([alias.name for alias in node.names])
    walker.imports.append(Import(node.module or "", node.level, names, node.lineno, walker.when))
    walker.out += ("ImportFrom", module)
    between = "" if module.endswith(".") or not module else "."
    for alias in node.names:
        walker.out += (alias.name, alias.asname or "")
        if alias.name == "*":
            walker.stars[module] = None
        else:
            walker.bind(alias.asname or alias.name, f"{module}{between}{alias.name}")
    walker.out.append("]")


def _function(walker: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    start, first, calls = len(walker.out), len(walker.uses), walker.calls
    walker.out += (type(node).__name__, node.name)
    _type_parameters(walker, node)
    walker.all(node.decorator_list)
    arguments(walker, node.args)
    if node.returns is not None:
        walker.visit(node.returns)
    when = walker.when
    walker.when = When.LAZY if when is not When.TYPING else when
    walker.stores.add(node.name)
    before = walker.enter(names_of(node.args))
    walker.all(node.body)
    walker.leave(before)
    walker.when, walker.calls = when, calls
    if not walker.level:
        walker.open = walker.open or node.name == "__getattr__"
        walker.tops.append(Top((node.name,), node, walker.out[start:], walker.uses[first:], calls=False))


def _class(walker: Walker, node: ast.ClassDef) -> None:
    start, first, calls = len(walker.out), len(walker.uses), walker.calls
    walker.out += ("ClassDef", node.name)
    _type_parameters(walker, node)
    walker.all(node.decorator_list)
    walker.all(node.bases)
    walker.all(node.keywords)
    walker.stores.add(node.name)
    _, stores, outer = walker.enter(set())
    walker.all(node.body)
    walker.leave((len(walker.uses), stores, outer))  # methods do not see what the body of their class binds
    walker.calls = calls
    if not walker.level:
        walker.tops.append(Top((node.name,), node, walker.out[start:], walker.uses[first:], calls=False))


def _type_parameters(walker: Walker, node: ast.stmt) -> None:
    walker.all(getattr(node, "type_params", ()))


def _expression(walker: Walker, node: ast.Expr) -> None:
    if not (type(node.value) is ast.Constant and type(node.value.value) is str):  # a docstring, of whatever it may be
        walker.out.append("Expr")
        walker.visit(node.value)


def _assign(walker: Walker, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
    start, first, calls, muted = len(walker.out), len(walker.uses), walker.calls, walker.muted
    targets: list[ast.expr] = [*node.targets] if isinstance(node, ast.Assign) else [node.target]
    walker.out.append(type(node).__name__)
    if isinstance(node, ast.AugAssign):
        walker.out.append(type(node.op).__name__)
        walker.uses.append(chain(node.target) or "")
    elif isinstance(node, ast.AnnAssign):
        walker.visit(node.annotation)
    walker.calls = False
    walker.muted = muted or any(_of(target) == "sys.path" for target in targets)
    if node.value is not None:
        walker.visit(node.value)
    called = walker.calls
    walker.all(targets)
    walker.calls, walker.muted = calls or called, muted
    _know(walker, targets, node.value, isinstance(node, ast.AugAssign))
    if not walker.level and not isinstance(node, ast.AugAssign) and (names := _names(targets)):
        walker.tops.append(Top(names, node, walker.out[start:], walker.uses[first:], called or node.value is None))


def _of(target: ast.expr) -> str | None:
    return chain(target.value if isinstance(target, ast.Subscript) else target)


def _know(walker: Walker, targets: list[ast.expr], value: ast.expr | None, changed: bool) -> None:
    """Remember what a name stands for, if it can be told."""
    target = chain(targets[0]) if len(targets) == 1 else None
    if target is None:
        return
    if target == "TYPE_CHECKING" and not (isinstance(value, ast.Constant) and not value.value):
        walker.settles_typing = True
    place = walker.folder.fold(value) if type(value) in _FOLDED and not changed else None
    if place is not None and len(place.text) <= MAX_LENGTH:  # `x = x + x` forty times over would be a terabyte
        walker.folder.known[target] = place
    else:
        walker.folder.known.pop(target, None)


def _names(targets: list[ast.expr]) -> tuple[str, ...]:
    """The names that an assignment binds; none if it also binds anything else."""
    found: list[str] = []
    pending = list(targets)
    while pending:
        match pending.pop(0):
            case ast.Name(id=name):
                found.append(name)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                pending += elements
            case ast.Starred(value=value):
                pending.append(value)
            case _:
                return ()
    return tuple(dict.fromkeys(found))


def _if(walker: Walker, node: ast.If) -> None:
    before = walker.when
    depth = 0
    rest: list[ast.stmt] = [node]
    while len(rest) == 1 and isinstance(rest[0], ast.If):  # a thousand `elif` are not a thousand calls deep
        one = rest[0]
        checked = _type_checking(walker, one.test)
        walker.out.append("If")
        walker.visit(one.test)
        otherwise = walker.when
        if checked is None:
            otherwise = When.GUARDED if otherwise is When.EAGER else otherwise
        _branch(walker, one.body, When.TYPING if checked else otherwise)
        rest, depth = one.orelse, depth + 1
        if checked is False:
            _branch(walker, rest, When.TYPING)
            rest = []
        walker.when = otherwise
    walker.all(rest)
    walker.out += "]" * depth
    walker.when = before


def _branch(walker: Walker, body: list[ast.stmt], when: When) -> None:
    before = walker.when
    walker.when = when
    if when is When.TYPING and before is not When.TYPING:
        out, uses = walker.out, walker.uses
        walker.out, walker.uses = [], []  # it is never executed, and so no part of what is
        walker.all(body)
        walker.out, walker.uses = out, uses
    else:
        walker.all(body)
    walker.when = before


def _type_checking(walker: Walker, test: ast.expr) -> bool | None:
    """Whether a test is true for type checkers only (True), for all others only (False), or something else (None)."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            checked = _type_checking(walker, operand)
            return False if checked else None
        case ast.BoolOp(op=ast.And(), values=values):
            return True if any(_type_checking(walker, one) for one in values) else None
        case ast.Name(id="TYPE_CHECKING"):
            return True if walker.binds.get("TYPE_CHECKING", "typing.TYPE_CHECKING") in _TYPING else None
        case ast.Attribute(attr="TYPE_CHECKING"):
            return True if walker.full(test) in _TYPING else None
    return None


def _guarded(walker: Walker, node: ast.Try | ast.Match) -> None:
    before = walker.when
    walker.when = When.GUARDED if before is When.EAGER else before
    generic(walker, node)
    walker.when = before


def _handler(walker: Walker, node: ast.ExceptHandler) -> None:
    if node.name:
        walker.stores.add(node.name)
    generic(walker, node)


def _elsewhere(walker: Walker, node: ast.Global | ast.Nonlocal) -> None:
    walker.outer.update(node.names)
    walker.out += (type(node).__name__, *node.names)
    if isinstance(node, ast.Global):
        walker.uses += node.names


def _type_alias(walker: Walker, node: Any) -> None:
    start, first = len(walker.out), len(walker.uses)
    generic(walker, node)
    if not walker.level:
        walker.tops.append(Top((node.name.id,), node, walker.out[start:], walker.uses[first:], calls=False))


STATEMENTS: Handlers = {
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _assign,
    ast.AugAssign: _assign,
    ast.If: _if,
    ast.Try: _guarded,
    ast.TryStar: _guarded,
    ast.Match: _guarded,
    ast.ExceptHandler: _handler,
    ast.Global: _elsewhere,
    ast.Nonlocal: _elsewhere,
}
if _alias := getattr(ast, "TypeAlias", None):  # Python 3.12
    STATEMENTS = {**STATEMENTS, _alias: _type_alias}

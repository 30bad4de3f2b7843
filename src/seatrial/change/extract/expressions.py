"""How a walker reads expressions: names and what is read of them, texts, calls.

Pure. Handlers by type of node; what is not here is read by `walker.generic`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from seatrial.change.extract.folding import chain
from seatrial.change.extract.walker import Handlers, Walker, generic
from seatrial.change.facts import WHOLE, How, Import, When

_PATH_LISTS = frozenset({"sys.path", "site", "sys.path.__class__"})
_DIVIDING = frozenset({ast.Add, ast.Div, ast.Mod})
_LONG = 64
_LOADED = frozenset({"sys.modules", "modules"})
_EXECUTED = frozenset({"eval", "exec", "execfile", "builtins.eval", "builtins.exec"})


def _name(walker: Walker, node: ast.Name) -> None:
    walker.out.append("." + node.id)
    if type(node.ctx) is ast.Load:
        walker.uses.append(node.id)
    else:
        walker.stores.add(node.id)


def _attribute(walker: Walker, node: ast.Attribute) -> None:
    written = chain(node)
    if written is None:
        walker.out += ("Attribute", node.attr)
        walker.visit(node.value)
        return
    walker.out.append("." + written)
    walker.uses.append(written)
    if node.attr == "__dict__":
        walker.uses.append(written.removesuffix("__dict__") + "*")


def _constant(walker: Walker, node: ast.Constant) -> None:
    value = node.value
    if type(value) is str:
        walker.out.append(repr(value))
        if not walker.muted and id(node) not in walker.taken:
            walker.mentions.text(value, node.lineno)
        return
    try:
        walker.out.append(repr(value))
    except ValueError:  # a number of more digits than Python writes down
        walker.out.append(hex(value) if isinstance(value, int) else type(value).__name__)


def _operation(walker: Walker, node: ast.BinOp) -> None:
    if type(node.op) in _DIVIDING and not walker.muted and id(node) not in walker.taken:
        walker.text(node)
    rights: list[ast.BinOp] = []
    left: ast.expr = node
    while type(left) is ast.BinOp:  # a sum of a thousand texts is not a thousand calls deep
        rights.append(left)
        left = left.left
    walker.out.append("BinOp")
    walker.visit(left)
    for one in reversed(rights):
        walker.out.append(type(one.op).__name__)
        walker.visit(one.right)
    walker.out.append("]")


def _f_string(walker: Walker, node: ast.JoinedStr) -> None:
    if not walker.muted and id(node) not in walker.taken:
        walker.text(node)
    generic(walker, node)


def _elements(walker: Walker, node: ast.List | ast.Tuple) -> None:
    if 1 < len(node.elts) < _LONG and not walker.muted:
        before = None
        for one in node.elts:
            value = one.value if type(one) is ast.Constant else None
            if before == "-m" and type(value) is str and value.replace(".", "").isidentifier():
                walker.mentions.add(value, one.lineno, How.MODULE)
            before = value
    walker.out.append(type(node).__name__)
    walker.all(node.elts)


def _call(walker: Walker, node: ast.Call) -> None:
    walker.calls = True
    written = chain(node.func)
    full = walker.full(node.func)
    folder, _, last = full.rpartition(".")
    muted = walker.muted
    if folder in _PATH_LISTS:
        walker.muted = True  # where modules are looked for is not what is loaded from there
    elif not muted and id(node) not in walker.taken:
        if reader := walker.readers.get(last):
            known = len(walker.imports)
            reader(node, full)
            walker.uses += [use for one in walker.imports[known:] for use in _as_a_whole(one)]
            if full in _EXECUTED:
                walker.uses.append(WHOLE)
        elif last.startswith(("read_", "scan_")):
            walker.opening.open(node, full)
    if reflection := _REFLECTION.get(last):
        reflection(walker, node, full)
    walker.out.append("Call")
    if written is None:
        walker.visit(node.func)
    else:
        walker.out.append("." + written)
        walker.uses.append(written)
    walker.all(node.args)
    walker.all(node.keywords)
    walker.muted = muted


def _as_a_whole(found: Import) -> list[str]:
    """The uses of an import that binds no name here."""
    module = WHOLE + "." * found.level + found.module
    return [module, *(f"{module}{'.' if found.module else ''}{name}" for name in found.names)]


def _keyword(walker: Walker, node: ast.keyword) -> None:
    walker.out.append(f"={node.arg}")
    walker.visit(node.value)


def _lambda(walker: Walker, node: ast.Lambda) -> None:
    walker.out.append("Lambda")
    arguments(walker, node.args)
    when, calls = walker.when, walker.calls
    walker.when = When.LAZY if when is not When.TYPING else when
    before = walker.enter(names_of(node.args))
    walker.visit(node.body)
    walker.leave(before)
    walker.when, walker.calls = when, calls


def _comprehension(walker: Walker, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
    walker.out.append(type(node).__name__)
    walker.visit(node.generators[0].iter)
    before = walker.enter(set())
    for number, one in enumerate(node.generators):
        walker.out.append("async" if one.is_async else "for")
        walker.visit(one.target)
        if number:
            walker.visit(one.iter)
        walker.all(one.ifs)
    if isinstance(node, ast.DictComp):
        walker.visit(node.key)
        walker.visit(node.value)
    else:
        walker.visit(node.elt)
    walker.leave(before)


def _walrus(walker: Walker, node: ast.NamedExpr) -> None:
    walker.calls = walker.calls or not walker.level  # it binds a second name
    generic(walker, node)


def _waits(walker: Walker, node: ast.Await | ast.Yield | ast.YieldFrom) -> None:
    walker.calls = True
    generic(walker, node)


def arguments(walker: Walker, node: ast.arguments) -> None:
    """The parameters of a function: their defaults and annotations are read outside of it."""
    for kind in (node.posonlyargs, node.args, [node.vararg], node.kwonlyargs, [node.kwarg]):
        for one in kind:
            if one is not None:
                walker.out.append(one.arg)
                if one.annotation is not None:
                    walker.visit(one.annotation)
                walker.out.append(",")
        walker.out.append("]")
    walker.all(node.defaults)
    for default in node.kw_defaults:
        if default is None:
            walker.out.append("-")
        else:
            walker.visit(default)


def names_of(node: ast.arguments) -> set[str]:
    """The names of a function's parameters."""
    some = (*node.posonlyargs, *node.args, *node.kwonlyargs, node.vararg, node.kwarg)
    return {one.arg for one in some if one is not None}


def _getattr(walker: Walker, node: ast.Call, _: str) -> None:
    of = node.args[0] if node.args else None
    if of is None or (of_name := chain(of)) is None:
        walker.open = walker.open or (of is not None and _is_own_module(of))
        return
    text = walker.folder.text(node.args[1]) if len(node.args) > 1 else "\0"
    walker.uses.append(f"{of_name}.{text}" if text.isidentifier() else f"{of_name}.*")


def _all_names(walker: Walker, node: ast.Call, full: str) -> None:
    if node.args:
        _getattr(walker, node, full)
    elif full == "globals" or not walker.level:
        walker.open = True


def _is_own_module(node: ast.expr) -> bool:
    match node:
        case ast.Subscript(value=of, slice=ast.Name(id="__name__")):
            return chain(of) in _LOADED
    return False


def _subscript(walker: Walker, node: ast.Subscript) -> None:
    walker.open = walker.open or _is_own_module(node)
    if chain(node.value) in _LOADED and (text := walker.folder.text(node.slice)).replace(".", "").isidentifier():
        walker.uses.append(WHOLE + text)
    walker.out.append("Subscript")
    walker.visit(node.value)
    walker.visit(node.slice)


_REFLECTION: dict[str, Callable[[Walker, ast.Call, str], None]] = {
    "getattr": _getattr,
    "getmembers": _getattr,
    "globals": _all_names,
    "locals": _all_names,
    "vars": _all_names,
    "dir": _all_names,
}

EXPRESSIONS: Handlers = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.BinOp: _operation,
    ast.JoinedStr: _f_string,
    ast.List: _elements,
    ast.Tuple: _elements,
    ast.Call: _call,
    ast.keyword: _keyword,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.NamedExpr: _walrus,
    ast.Await: _waits,
    ast.Yield: _waits,
    ast.YieldFrom: _waits,
    ast.Subscript: _subscript,
}

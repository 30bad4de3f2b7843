"""What a Python file defines at its top, and what runs when it is loaded.

Pure. The body of a module uses what its statements read, and besides them what registers itself by being defined:
what a decorator is given, classes that have a metaclass or a base in the same file that watches its subclasses, and
classes whose own body calls something. The base of a class may come from another file: `Definition.bases` says which,
and whoever knows the tree decides.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from seatrial import digest
from seatrial.change.extract.folding import chain, resolved
from seatrial.change.extract.walker import Top, Walker
from seatrial.change.facts import WATCHES, Definition, SymbolFacts

BODY = "<module>"
MAIN = "<main>"
"""The name of what runs only when the file is started as a program."""
_SUBCLASSES = ".__subclasses__"
_PLAIN_DECORATORS = frozenset({
    "dataclasses.dataclass", "functools.cache", "functools.lru_cache", "functools.total_ordering", "functools.wraps",
    "contextlib.contextmanager", "contextlib.asynccontextmanager", "typing.overload", "typing.final",
    "typing.runtime_checkable", "typing.no_type_check", "attr.s", "attr.define", "attr.frozen", "attrs.define",
    "attrs.frozen", "torch.no_grad", "torch.inference_mode", "enum.unique", "abc.abstractmethod",
})  # fmt: skip


def read_symbols(tree: ast.Module, walker: Walker) -> SymbolFacts:
    """Walk over a whole file, statement by statement."""
    body_out: list[str] = []
    body_uses: list[str] = []
    tops: list[Top] = []
    started: list[Definition] = []
    for statement in tree.body:
        walker.out, walker.uses, walker.tops, walker.calls = [], [], [], False
        walker.visit(statement)
        tops += walker.tops
        if _only_when_started(statement):
            started.append(Definition(MAIN, statement.lineno, _digest(walker.out), _once(walker.uses)))
        elif not _stands_alone(statement, walker.tops):
            body_out += walker.out
            body_uses += walker.uses
            body_uses += [name for top in walker.tops for name in top.names if top.calls]
    by_name: dict[str, list[Top]] = {}
    for top in tops:
        for name in top.names:
            by_name.setdefault(name, []).append(top)
    listed = _listing_subclasses(by_name, body_uses)
    body_uses += _registering(by_name, walker.binds, listed)
    return SymbolFacts(
        body=Definition(BODY, tree.body[0].lineno if tree.body else 1, _digest(body_out), _once(body_uses)),
        definitions=(*(_definition(name, each, listed) for name, each in by_name.items()), *_joined(started)),
        binds=tuple(walker.pairs),
        stars=tuple(walker.stars),
        open=walker.open or bool(walker.stars),
    )


def _only_when_started(statement: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__":`, which nobody runs who imports the file."""
    match statement:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
            ),
            orelse=[],
        ):
            return True
        case _:
            return False


def _joined(started: list[Definition]) -> list[Definition]:
    """All that runs only when the file is started, as one definition."""
    if len(started) < 2:
        return started
    uses = _once(use for one in started for use in one.uses)
    return [Definition(MAIN, started[0].line, _digest([one.digest for one in started]), uses)]


def _stands_alone(statement: ast.stmt, tops: list[Top]) -> bool:
    """Whether a statement only defines something, and does nothing else when the module is loaded."""
    if len(tops) != 1 or tops[0].node is not statement:
        return False
    return not tops[0].calls and not any(name.startswith("__") and name.endswith("__") for name in tops[0].names)


def _listing_subclasses(by_name: Mapping[str, list[Top]], body_uses: Iterable[str]) -> frozenset[str]:
    """The names of classes whose subclasses are listed in this file, by themselves or by anybody."""
    uses = {*body_uses, *(use for tops in by_name.values() for top in tops for use in top.uses)}
    found = {use.removesuffix(_SUBCLASSES) for use in uses if use.endswith(_SUBCLASSES)}
    found |= {
        name
        for name, tops in by_name.items()
        if any(
            isinstance(top.node, ast.ClassDef) and any(text.endswith(_SUBCLASSES) for text in top.out) for top in tops
        )
    }
    return frozenset(found)


def _definition(name: str, tops: list[Top], listed: frozenset[str]) -> Definition:
    classes = [top.node for top in tops if isinstance(top.node, ast.ClassDef)]
    bases = [base for one in classes for base in _bases(one)]
    out = tops[0].out if len(tops) == 1 else [text for top in tops for text in top.out]
    uses = tops[0].uses if len(tops) == 1 else [use for top in tops for use in top.uses]
    if name in listed or any(_has_metaclass(one) or _hears_of_subclasses(one) for one in classes):
        uses = [*uses, WATCHES]
    return Definition(name, tops[0].node.lineno, _digest(out), _once(uses), tuple(dict.fromkeys(bases)))


def _digest(out: list[str]) -> str:
    return digest.of_bytes("\n".join(out).encode("utf-8", "surrogatepass"))


def _once(uses: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({use for use in uses if use}))


def _bases(node: ast.ClassDef) -> list[str]:
    plain = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]  # `Generic[T]`
    return [written for base in plain if (written := chain(base))]


def _registering(by_name: Mapping[str, list[Top]], binds: Mapping[str, str], listed: frozenset[str]) -> list[str]:
    """The definitions that the body of the module uses by defining them."""
    watching = dict.fromkeys(listed, True)
    return [
        name for name, tops in by_name.items() if any(_registers(top.node, by_name, binds, watching) for top in tops)
    ]


def _registers(
    node: ast.stmt, by_name: Mapping[str, list[Top]], binds: Mapping[str, str], watching: dict[str, bool]
) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            written = chain(called)
            if written is None or resolved(written, binds) not in _PLAIN_DECORATORS:
                return True
    if not isinstance(node, ast.ClassDef):
        return False
    if any(isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) for one in node.body):
        return True
    return _has_metaclass(node) or any(_watches(base, by_name, watching) for base in _bases(node))


def _has_metaclass(node: ast.ClassDef) -> bool:
    given = (chain(keyword.value) or "" for keyword in node.keywords if keyword.arg == "metaclass")
    return any(written.rpartition(".")[2] not in {"ABCMeta", "EnumMeta", "EnumType"} for written in given)


def _hears_of_subclasses(node: ast.ClassDef) -> bool:
    return any(isinstance(part, ast.FunctionDef) and part.name == "__init_subclass__" for part in node.body)


def _watches(name: str, by_name: Mapping[str, list[Top]], watching: dict[str, bool]) -> bool:
    """Whether a class of this file does something when it gets a subclass."""
    if name not in watching:
        watching[name] = False  # a class that is its own base, by a second definition
        classes = [top.node for top in by_name.get(name, ()) if isinstance(top.node, ast.ClassDef)]
        watching[name] = any(
            _has_metaclass(one)
            or _hears_of_subclasses(one)
            or any(_watches(base, by_name, watching) for base in _bases(one))
            for one in classes
        )
    return watching[name]

"""What a call in a Python file loads as code: modules by name, files by path, text, plug-ins.

Pure. Functions are known by their last name alone, so that `util.find_spec`, an alias and a wrapper of the same name
are all seen: a marker too many costs precision, a missed one would make a stage skip what it loads.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping

from seatrial.change.extract.folding import Place, chain
from seatrial.change.extract.found import Found
from seatrial.change.extract.texts import HOLE
from seatrial.change.facts import Computed, How, Import

_OWN = frozenset({"__package__", "__name__", "__spec__.parent"})
_RESOLVERS = frozenset({
    "hydra.utils.instantiate", "hydra.utils.call", "hydra.utils.get_class", "hydra.utils.get_method",
    "hydra.utils.get_object", "pydoc.locate", "pkgutil.resolve_name", "django.utils.module_loading.import_string",
    "werkzeug.utils.import_string",
})  # fmt: skip
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
_DOTS = re.compile(r"\.*")

Reader = Callable[[ast.Call, str], None]


class Loading:
    """Reads calls that load code."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def readers(self) -> Mapping[str, Reader]:
        """What to do with a call of a function of this name."""
        by_name: dict[str, Reader] = dict.fromkeys(
            ("import_module", "__import__", "run_module", "find_spec", "find_loader"), self._by_name
        )
        by_name |= dict.fromkeys(
            ("spec_from_file_location", "run_path", "load_source", "load_dynamic", "SourceFileLoader"), self._by_path
        )
        by_name |= dict.fromkeys(("iter_modules", "walk_packages"), self._package)
        by_name |= dict.fromkeys(("exec", "eval", "compile", "execfile"), self._execute)
        by_name |= dict.fromkeys(
            ("entry_points", "iter_entry_points", "load_entry_point", "get_entry_map", "get_entry_info",
             "load_setuptools_entrypoints", "DriverManager", "ExtensionManager", "NamedExtensionManager",
             "EnabledExtensionManager", "DispatchExtensionManager", "NameDispatchExtensionManager", "HookManager"),
            self._plug_ins,
        )  # fmt: skip
        return by_name | dict.fromkeys({name.rpartition(".")[2] for name in _RESOLVERS}, self._resolver)

    def _by_name(self, node: ast.Call, name: str) -> None:
        asked = _argument(node, 0, "name", "mod_name", "fullname")
        package = _argument(node, 1, "package") if name.endswith(("import_module", "find_spec")) else None
        own = chain(package) in _OWN if package is not None else True
        text = self._module_text(asked)
        level = len(_DOTS.match(text).group())  # type: ignore[union-attr]  # it matches anything
        rest = text[level:]
        if level and package is not None and not own:
            base = self._found.folder.text(package).split(".")
            if HOLE in base or level > len(base):
                return self._computed(node, "")
            text, level = ".".join([*base[: len(base) - level + 1], rest]).rstrip("."), 0
            rest = text
        if HOLE in text or not (rest == "" or _MODULE.match(rest)) or not text:
            return self._computed(node, text.partition(HOLE)[0] if HOLE in text else "")
        names = _names(_argument(node, 3, "fromlist")) if name.endswith("__import__") else ()
        self._found.imports.append(Import(rest, level, names, node.lineno, self._found.when))
        if asked is not None:
            self._found.take(asked)
        return None

    def _module_text(self, asked: ast.expr | None) -> str:
        """The text of a module's name with holes; what begins with the module's own package is a relative one."""
        match asked:
            case ast.JoinedStr(values=[ast.FormattedValue(value=first), *_]) if chain(first) in _OWN:
                return self._found.folder.text(ast.JoinedStr(values=asked.values[1:]))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                if chain(left) in _OWN:
                    return self._found.folder.text(right)
                return self._module_text(left) + self._found.folder.text(right)
        return self._found.folder.text(asked)

    def _computed(self, node: ast.Call, prefix: str) -> None:
        self._found.mark(node.lineno, Computed.IMPORT, prefix)

    def _by_path(self, node: ast.Call, name: str) -> None:
        self._computed(node, "")
        path = _argument(node, 0 if name.endswith("run_path") else 1, "location", "path_name", "path", "pathname")
        if path is not None:
            self._found.place(path, node.lineno, How.OPENED)

    def _package(self, node: ast.Call, _: str) -> None:
        prefix = self._module_text(_argument(node, 1, "prefix")).partition(HOLE)[0]
        path = _argument(node, 0, "path")
        if isinstance(path, ast.List | ast.Tuple) and path.elts:
            path = path.elts[0]
        written = chain(path) or "" if path is not None else ""
        if not prefix and (written == "__path__" or self._found.folder.fold(path) == Place("", beside=True)):
            prefix = "."
        elif not prefix and written.endswith(".__path__"):
            prefix = self._found.full(path).removesuffix(".__path__") + "." if path is not None else ""
        self._computed(node, prefix)

    def _execute(self, node: ast.Call, name: str) -> None:
        if name not in {"exec", "eval", "compile", "execfile", "builtins.exec", "builtins.eval", "builtins.compile"}:
            return
        text = self._found.folder.text(_argument(node, 0, "source"))
        if HOLE in text or "import" in text:
            self._found.mark(node.lineno, Computed.EXEC)

    def _plug_ins(self, node: ast.Call, _: str) -> None:
        self._found.mark(node.lineno, Computed.ENTRY_POINTS)

    def _resolver(self, node: ast.Call, name: str) -> None:
        text = self._found.folder.text(_argument(node, 0, "config", "path", "name", "dotted_path", "import_name"))
        if name in _RESOLVERS and HOLE in text:
            self._computed(node, text.partition(HOLE)[0])


def _argument(node: ast.Call, position: int, *names: str) -> ast.expr | None:
    """An argument by position or name; one that comes out of a `*` cannot be told."""
    if any(isinstance(one, ast.Starred) for one in node.args[: position + 1]):
        return node.args[0]
    if position < len(node.args):
        return node.args[position]
    return next((keyword.value for keyword in node.keywords if keyword.arg in names), None)


def _names(node: ast.expr | None) -> tuple[str, ...]:
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(one.value for one in elements if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return ()

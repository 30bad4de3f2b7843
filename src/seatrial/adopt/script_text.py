"""Calls of a Python file that read or write files, with the paths as far as the code tells them.

Called by `scripts`. Pure. What a written file is, is told by the call that writes it and by its name; its keys or
columns, where they stand in the code.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Mapping, Sequence

from seatrial.adopt.found import Kind, Read, Write
from seatrial.adopt.script_paths import Paths
from seatrial.change.extract.folding import chain

_READERS = frozenset({
    "read_csv", "read_parquet", "read_json", "read_table", "read_excel", "read_feather", "read_pickle", "scan_csv",
    "scan_parquet", "loadtxt", "genfromtxt", "ImageFolder", "load_from_disk", "read_ndjson", "from_csv",
})  # fmt: skip
_LOADERS = frozenset(
    {"joblib.load", "pickle.load", "torch.load", "load_model", "from_pretrained", "safetensors.torch.load_file"}
)
_SAVERS: Mapping[str, int] = {"joblib.dump": 1, "torch.save": 1, "save_file": 1, "dump_model": 0}
_SAVING = frozenset({"save_pretrained", "save_model", "save_weights", "save_checkpoint", "push_to_disk"})
_TABLES = frozenset(
    {"to_csv", "to_parquet", "to_json", "write_csv", "write_parquet", "to_feather", "to_pickle", "save_to_disk"}
)
_MODEL_ENDS = (
    ".joblib",
    ".pkl",
    ".pickle",
    ".pt",
    ".pth",
    ".onnx",
    ".safetensors",
    ".keras",
    ".h5",
    ".bin",
    ".ubj",
    ".npz",
    ".cbm",
    ".skops",
)
_METRIC_WORDS = ("metric", "score", "result", "eval", "report", "perf")
_PREDICTION_WORDS = ("pred", "answers", "inference")


class Files:
    """Collects what a script reads and writes."""

    def __init__(self, nodes: Sequence[ast.AST], paths: Paths, data: Sequence[str] = ()) -> None:
        self._paths = paths
        self._data = frozenset(data)
        self.reads: dict[str, Read] = {}
        self.writes: dict[str, Write] = {}
        self._handles: dict[str, tuple[ast.expr, bool]] = {}
        self._values: dict[str, ast.expr] = {}
        self._first_row = _first_row(nodes)
        for node in nodes:  # in the order of the file: a name such as `file` may be bound twice
            self._remember(node)
            if isinstance(node, ast.Call):
                self._call(node)

    def _remember(self, node: ast.AST) -> None:
        """Handles of opened files, and the last thing that a variable was bound to."""
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if isinstance(item.optional_vars, ast.Name) and (opened := self._opened(item.context_expr)):
                    self._handles[item.optional_vars.id] = opened
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if opened := self._opened(node.value):
                self._handles[name] = opened
            if isinstance(node.value, ast.Dict | ast.Call):
                self._values[name] = node.value

    def _opened(self, node: ast.expr) -> tuple[ast.expr, bool] | None:
        """The path of `open(path, mode)` or `path.open(mode)`, and whether it is written."""
        if not isinstance(node, ast.Call):
            return None
        name = self._paths.named(node.func)
        if name in ("open", "io.open", "gzip.open") and node.args:
            return node.args[0], _written(node, 1)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "open" and name != "os.open":
            return node.func.value, _written(node, 0)
        return None

    def _call(self, node: ast.Call) -> None:
        name = self._paths.named(node.func)
        last = name.rpartition(".")[2]
        if last in _TABLES and isinstance(node.func, ast.Attribute):
            at = _first(node, ("path_or_buf", "path", "file", "dataset_path"))
            self._write(at, node, Kind.TABLE, self._columns(node.func.value))
        elif name in _SAVERS or last == "save_file":
            self._write(_argument(node, _SAVERS.get(name, 1), ("filename", "f")), node, Kind.MODEL)
        elif last in ("dump", "writer", "DictWriter") and name.partition(".")[0] in (
            "json",
            "pickle",
            "cloudpickle",
            "csv",
            "yaml",
            "dill",
        ):
            self._dump(node, name)
        elif last in _SAVING or (
            last == "save" and isinstance(node.func, ast.Attribute) and name.startswith(("np.", "numpy.")) is False
        ):
            self._write(
                _first(node, ("save_directory", "output_dir", "filepath", "path", "fname")),
                node,
                Kind.MODEL,
                folder=last == "save_pretrained",
            )
        elif last in ("savez", "savez_compressed", "save") and node.args:
            self._write(node.args[0], node, Kind.OTHER)
        elif last in ("write_text", "write_bytes") and isinstance(node.func, ast.Attribute):
            names, numeric = _dumped(node, self._names)
            self._write(node.func.value, node, Kind.OTHER, names, numeric=numeric)
        elif name in _LOADERS or last in _LOADERS or last in _READERS:
            self._read(node, model=name in _LOADERS or last in _LOADERS)
        elif (opened := self._opened(node)) is not None:
            if not opened[1]:
                self._take_read(opened[0], node.lineno)
        else:
            self._given(node)

    def _given(self, node: ast.Call) -> None:
        """Data that any other call is given by its path: a function of the user's that reads it."""
        for one in (*node.args, *(word.value for word in node.keywords)):
            found = self._paths.path(one)
            if found is not None and found[1] and found[0] in self._data:
                self._take_read(one, node.lineno)

    def _dump(self, node: ast.Call, name: str) -> None:
        module, _, last = name.partition(".")
        at = (
            node.args[0]
            if last in ("writer", "DictWriter") and node.args
            else _argument(node, 1, ("fp", "file", "stream"))
        )
        handle = self._handles.get(at.id) if isinstance(at, ast.Name) else self._opened(at) if at is not None else None
        if handle is None or not handle[1]:
            return
        if module in ("pickle", "cloudpickle", "dill"):
            self._write(handle[0], node, Kind.MODEL)
        elif module == "csv":
            self._write(handle[0], node, Kind.TABLE, self._header(node))
        else:
            names, numeric = self._names(node.args[0]) if node.args else ((), True)
            self._write(handle[0], node, Kind.METRICS if module == "json" else Kind.OTHER, names, numeric=numeric)

    def _header(self, node: ast.Call) -> tuple[str, ...]:
        """The columns of a CSV writer: its `fieldnames`, or the first row of texts that is written in the file."""
        for word in node.keywords:
            if word.arg == "fieldnames":
                return _texts(word.value)
        return self._first_row

    def _columns(self, node: ast.expr) -> tuple[str, ...]:
        """The columns of a frame that is written, where it is made in this file from a mapping."""
        if isinstance(node, ast.Name):
            node = self._values.get(node.id, node)
        if isinstance(node, ast.Call):
            if self._paths.named(node.func).rpartition(".")[2] in ("DataFrame", "from_dict") and node.args:
                return self._names(node.args[0])[0]
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("assign", "rename", "reset_index", "round"):
                return self._columns(node.func.value)
        return ()

    def _names(self, node: ast.expr) -> tuple[tuple[str, ...], bool]:
        """The keys of a mapping that stands in the code, and whether all of its values may be numbers."""
        if isinstance(node, ast.Name):
            node = self._values.get(node.id, node)
        if not isinstance(node, ast.Dict):
            return (), not isinstance(node, ast.List | ast.Tuple | ast.ListComp)
        names = tuple(key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
        return names, all(_may_be_number(value) for value in node.values)

    def _read(self, node: ast.Call, *, model: bool) -> None:
        at = _first(node, ("filepath_or_buffer", "path", "filename", "source", "io", "f"))
        if isinstance(at, ast.Name) and at.id in self._handles:
            at = self._handles[at.id][0]
        elif at is not None and (opened := self._opened(at)):
            at = opened[0]
        self._take_read(at, node.lineno, model=model)

    def _take_read(self, at: ast.expr | None, line: int, *, model: bool = False) -> None:
        found = self._paths.path(at)
        if found is not None and found[1] and found[0] not in self.reads:
            self.reads[found[0]] = Read(path=found[0], line=line, model=model)
        elif found is not None and model and found[1]:
            self.reads[found[0]] = Read(path=found[0], line=self.reads[found[0]].line, model=True)

    def _write(
        self,
        at: ast.expr | None,
        node: ast.Call,
        kind: Kind,
        names: tuple[str, ...] = (),
        *,
        numeric: bool = True,
        folder: bool = False,
    ) -> None:
        if isinstance(at, ast.Name) and at.id in self._handles:
            at = self._handles[at.id][0]
        found = self._paths.path(at)
        if found is None or found[0] in self.writes:
            return
        path, whole = found
        self.writes[path] = Write(
            path=path,
            line=node.lineno,
            kind=_kind(path, kind),
            names=names,
            numeric=numeric,
            folder=folder or not whole,
        )


def _first_row(nodes: Sequence[ast.AST]) -> tuple[str, ...]:
    """The texts of the first `writer.writerow(["id", "y", "p"])`."""
    for node in nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "writerow"):
            continue
        if node.args and (found := _texts(node.args[0])):
            return found
    return ()


def _kind(path: str, kind: Kind) -> Kind:
    """What the name of the file says, where the call leaves it open."""
    name = posixpath.basename(path).lower()
    if kind is Kind.TABLE and any(word in name for word in _PREDICTION_WORDS):
        return Kind.PREDICTIONS
    if kind is Kind.METRICS and not any(word in name for word in _METRIC_WORDS):
        return Kind.OTHER
    if kind is Kind.OTHER and name.endswith(_MODEL_ENDS):
        return Kind.MODEL
    if kind is Kind.OTHER and name.endswith(".json") and any(word in name for word in _METRIC_WORDS):
        return Kind.METRICS
    return kind


def _may_be_number(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    if isinstance(node, ast.Dict):
        return bool(node.values) and all(_may_be_number(value) for value in node.values)
    if isinstance(node, ast.Call):
        return not (
            isinstance(node.func, ast.Name) and node.func.id in ("str", "list", "sorted", "dict", "vars", "repr")
        ) and not (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in ("tolist", "isoformat", "hexdigest", "get_params", "strftime")
        )
    return not isinstance(node, ast.List | ast.Tuple | ast.JoinedStr | ast.ListComp | ast.Set)


def _dumped(node: ast.Call, names: Callable[[ast.expr], tuple[tuple[str, ...], bool]]) -> tuple[tuple[str, ...], bool]:
    """The keys in `path.write_text(json.dumps({...}))`, and whether their values may be numbers."""
    inner = node.args[0] if node.args else None
    if isinstance(inner, ast.BinOp):
        inner = inner.left
    if isinstance(inner, ast.Call) and chain(inner.func) in ("json.dumps", "dumps") and inner.args:
        return names(inner.args[0])
    return (), True


def _texts(node: ast.expr) -> tuple[str, ...]:
    if not isinstance(node, ast.List | ast.Tuple):
        return ()
    found = tuple(one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return found if len(found) == len(node.elts) else ()


def _argument(node: ast.Call, position: int, words: tuple[str, ...]) -> ast.expr | None:
    if len(node.args) > position:
        return node.args[position]
    return next((word.value for word in node.keywords if word.arg in words), None)


def _first(node: ast.Call, words: tuple[str, ...]) -> ast.expr | None:
    return _argument(node, 0, words)


def _written(node: ast.Call, position: int) -> bool:
    given = [*node.args[position : position + 1], *(word.value for word in node.keywords if word.arg == "mode")]
    return any(
        isinstance(one, ast.Constant) and isinstance(one.value, str) and set(one.value) & set("wxa") for one in given
    )

"""One Python file that may be run: what it takes, reads, writes and is called with, told by its text alone.

Called by `finding` for files whose name or text suggests that they are run. Pure: the text comes from outside, and is
parsed, never imported. A file that does not parse is told as such by the caller.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from seatrial.adopt.found import Option, Script
from seatrial.adopt.script_options import read_options
from seatrial.adopt.script_paths import Paths, bindings, learn, telling
from seatrial.adopt.script_text import Files
from seatrial.change.extract.folding import Place
from seatrial.replacing import replace

_TOYS: Mapping[str, int] = {
    "load_iris": 150,
    "load_digits": 1797,
    "load_wine": 178,
    "load_breast_cancer": 569,
    "load_diabetes": 442,
}
"""Data sets that come with scikit-learn, and their rows."""
_OUT_WORD = re.compile(r"out|save|model|metric|score|pred|report|dest|target_path|checkpoint")
_IN_WORD = re.compile(r"data|train|test|valid|input|csv|source|in_path|infile")
_SPLIT = 0.25
"""What `train_test_split` holds back when it is told nothing."""


def toy_rows(name: str) -> int:
    """The rows of a data set that comes with scikit-learn."""
    return _TOYS[name]


def read_script(
    path: str, tree: ast.Module, constants: Mapping[str, str], *, base: str = "", data: Sequence[str] = ()
) -> Script:
    """The facts of one file. `constants` are texts of other modules of the repository, by the name they have here;
    `base` is the folder it is run in; `data` are the tables there, of which an option without a default may ask."""
    nodes = telling(tree)
    binds = bindings(nodes)
    paths = Paths(path, binds, constants, base)
    parser, options, holders = read_options(nodes, paths)
    options = tuple(_given(option, binds, data, base) for option in options)
    for option in options:
        text = option.given or option.default
        if isinstance(text, str):
            place = Place(text)
            for holder in holders:
                paths.folder.known[f"{holder}.{option.name}"] = place
            if parser in ("click", "typer"):
                paths.folder.known[option.name] = place
    learn(nodes, paths)
    files = Files(nodes, paths, data)
    calls = _Calls()
    calls.look(nodes, paths)
    return Script(
        path=path,
        guard=_guard(tree),
        plain=runs_at_top(tree),
        options=options,
        parser=parser,
        reads=tuple(files.reads.values()),
        writes=tuple(files.writes.values()),
        imports=frozenset(name.partition(".")[0] for name in binds.values() if not name.startswith(".")),
        hydra=calls.hydra,
        split=calls.split,
        toy=calls.toy,
        tiny=calls.tiny,
        downloads=calls.downloads,
        names=calls.names,
    )


def _given(option: Option, binds: Mapping[str, str], data: Sequence[str], base: str) -> Option:
    """An option that must be given and asks for a path: with a path that suits its name."""
    if not option.required or option.default is not None or option.switch:
        return option
    name = option.name.lower()
    path = _written_for(name, binds) if _OUT_WORD.search(name) and not _IN_WORD.search(name) else _data_for(name, data)
    if path is None and _OUT_WORD.search(name):
        path = _written_for(name, binds)
    if path is None:
        return option
    return replace(option, given=path.removeprefix(f"{base}/") if base else path)


def _written_for(name: str, binds: Mapping[str, str]) -> str:
    roots = {target.partition(".")[0] for target in binds.values()}
    if "metric" in name or "score" in name:
        return "outputs/metrics.json"
    if "pred" in name:
        return "outputs/predictions.csv"
    if name.endswith(("dir", "folder")):
        return "outputs/model" if "transformers" in roots or "model" in name else "outputs"
    if "model" in name or name in ("out", "output", "save_path", "out_path", "output_path", "output_file"):
        return "outputs/model.pt" if "torch" in roots else "outputs/model.joblib"
    return f"outputs/{name}"


def _data_for(name: str, data: Sequence[str]) -> str | None:
    if not _IN_WORD.search(name):
        return None
    words = [word for word in ("train", "test", "valid", "eval") if word in name]
    for word in words:
        for path in data:
            if word in posixpath.basename(path).lower():
                return path
    return data[0] if data else None


def module_constants(path: str, tree: ast.Module) -> dict[str, str]:
    """The paths that a module of the repository binds at its top, from the root: for `from config import DATA`."""
    nodes = telling(tree)
    paths = Paths(path, bindings(nodes), {})
    learn(nodes, paths)
    found: dict[str, str] = {}
    for node in tree.body:
        target = (
            node.targets[0]
            if isinstance(node, ast.Assign)
            else node.target
            if isinstance(node, ast.AnnAssign)
            else None
        )
        if isinstance(target, ast.Name) and (told := paths.path(target)) is not None and told[1]:
            found[target.id] = told[0]
    return found


def _guard(tree: ast.Module) -> int | None:
    for node in tree.body:
        if isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
            return node.lineno
    return None


def runs_at_top(tree: ast.Module) -> bool:
    """Whether importing the file would do something: it has loops, or calls of its own, at the top level."""
    return any(
        isinstance(node, ast.For | ast.While | ast.With)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        for node in tree.body
    )


def count_tests(tree: ast.Module) -> int:
    """Functions and methods that pytest and unittest take for tests."""
    count = 0
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count += node.name.startswith("test")
        elif isinstance(node, ast.ClassDef):
            count += sum(
                isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and inner.name.startswith("test")
                for inner in node.body
            )
    return count


def one_batch_in(tree: ast.Module) -> tuple[str, int] | None:
    """A function at the top that yields the losses of a training on one batch."""
    for node in tree.body:
        if not (isinstance(node, ast.FunctionDef) and node.name in ("one_batch", "overfit_one_batch")):
            continue
        if any(isinstance(inner, ast.Yield) for inner in ast.walk(node)):
            return node.name, node.lineno
    return None


class _Calls(Struct):
    """Facts that stand in single calls: Hydra, the split, toy data, downloads; and variables by the part they play."""

    hydra: tuple[str, int] | None = None
    split: tuple[float, int] | None = None
    toy: tuple[str, int] | None = None
    tiny: int | None = None
    downloads: int | None = None
    names: dict[str, str] = field(default_factory=dict)

    def look(self, nodes: Sequence[ast.AST], paths: Paths) -> None:
        """Go through a file; the first of each kind counts."""
        for node in nodes:
            if isinstance(node, ast.Call):
                self._call(node, paths)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                _one_name(node.targets[0], node.value, paths, self.names)

    def _call(self, node: ast.Call, paths: Paths) -> None:
        name = paths.named(node.func)
        last = name.rpartition(".")[2]
        words = {word.arg: word.value for word in node.keywords}
        if name == "hydra.main":
            at = words.get("config_path") or (node.args[0] if node.args else None)
            folder = at.value if isinstance(at, ast.Constant) and isinstance(at.value, str) else ""
            self.hydra = self.hydra or (folder, node.lineno)
        elif last == "train_test_split":
            self.split = self.split or _held_back(words.get("test_size"), node.lineno)
        elif last in _TOYS and name.startswith("sklearn."):
            self.toy = self.toy or (last, node.lineno)
        elif last == "from_config" or (last.endswith("Config") and name.startswith("transformers.")):
            self.tiny = self.tiny or node.lineno
        elif last == "from_pretrained" or name == "datasets.load_dataset":
            self.downloads = self.downloads or node.lineno


def _held_back(size: ast.expr | None, line: int) -> tuple[float, int] | None:
    if size is None:
        return _SPLIT, line
    if isinstance(size, ast.Constant) and isinstance(size.value, int | float) and size.value > 0:
        return float(size.value), line
    return None


def _split_names(target: ast.expr, names: dict[str, str]) -> None:
    if isinstance(target, ast.Tuple) and len(target.elts) == 4:
        for part, one in zip(("train_x", "test_x", "train_y", "truth"), target.elts, strict=True):
            if isinstance(one, ast.Name):
                names.setdefault(part, one.id)


def _fits_as_it_makes(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr == "fit" and isinstance(called.value, ast.Call)


def _one_name(target: ast.expr, value: ast.expr, paths: Paths, names: dict[str, str]) -> None:
    """What a variable is for: the answers of a model, the truth beside them, a loader, a trainer."""
    if not isinstance(value, ast.Call):
        return
    name = paths.named(value.func)
    last = name.rpartition(".")[2]
    if last == "train_test_split":
        _split_names(target, names)
    if not isinstance(target, ast.Name):
        return
    if last in ("predict", "argmax") and isinstance(value.func, ast.Attribute):
        names.setdefault("answers", target.id)
        if isinstance(value.func.value, ast.Name):
            names.setdefault("model", value.func.value.id)
        if last == "predict" and value.args and isinstance(value.args[0], ast.Name):
            names.setdefault("test_x", value.args[0].id)
    elif _fits_as_it_makes(value.func):
        names.setdefault("model", target.id)  # `clf = Ridge().fit(X, y)`, and not the history that Keras gives
    elif last == "DataLoader":
        names["loader"] = target.id
    elif last.endswith("Trainer"):
        names.setdefault("trainer", target.id)
    elif last in ("read_csv", "read_parquet", "read_json"):
        names.setdefault("table", target.id)

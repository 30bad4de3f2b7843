"""Looks at a repository and says what it has. Nothing of it is imported or run, and nothing is written.

Called by `cli/init` (and by `doctor`, which wants the same facts). Each question has a reader of its own; here they
are asked in order and share one look at each file. What is subtle: a large repository has thousands of Python files
and a few that train, so a file is parsed only if its name says that it plays a part, or if it can be run and its text
saves something.
"""

from __future__ import annotations

import ast
import posixpath
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from seatrial.adopt import ci_steps, project_files, roles
from seatrial.adopt.data_found import data_files, large_files, metrics_files
from seatrial.adopt.found import CiStep, Found, Group, Script, Tests, Tree, Unreadable
from seatrial.adopt.scripts import count_tests, module_constants, one_batch_in, read_script
from seatrial.adopt.tree import read_text, read_tree
from seatrial.change.git import Git
from seatrial.config.load import FILE
from seatrial.config.names import normal
from seatrial.config.node import Notes
from seatrial.config.params import read_parameters
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import ConfigError
from seatrial.replacing import replace

_NO_SCRIPT = frozenset({"tests", "test", "docs", "doc", "examples", "third_party", "vendor"})
_SAVES = re.compile(r"dump\(|\.save|to_csv|to_parquet|\.fit\(|save_pretrained|push_to_hub")
_RUNS = re.compile(r"__main__|hydra\.main")
_PARAMS = ("params.yaml", "params.yml", "params.json")
_STAGES = re.compile(r"^stages[ \t]*:", re.MULTILINE)
"""DVCLive writes a dvc.yaml without stages, which says nothing of what to run."""
_OF_RUN = "SEATRIAL_PARAMS"
_COUNTED = 1_500_000
"""Bytes of test files that are parsed to count their tests; beyond it the count is told as a lower bound."""


class _Looks(Struct):
    """Texts and syntax trees of files, each read once."""

    root: Path
    tree: Tree
    unreadable: list[Unreadable] = field(default_factory=list)
    parsed: dict[str, ast.Module | None] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        if path not in self.texts:
            self.texts[path] = read_text(self.root, path) if path in self.tree.files else None
        return self.texts[path]

    def module(self, path: str) -> ast.Module | None:
        """The syntax tree of a Python file; None after noting why there is none."""
        if path not in self.parsed:
            self.parsed[path] = self._parse(path)
        return self.parsed[path]

    def _parse(self, path: str) -> ast.Module | None:
        text = self.text(path)
        if text is None:
            self.unreadable.append(Unreadable(path=path, why="it is no text of at most 1 MiB that may be read"))
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the user's code, which is none of ours
                return ast.parse(text)
        except SyntaxError as error:
            self.unreadable.append(
                Unreadable(path=f"{path}:{error.lineno or 1}", why=f"it does not parse: {error.msg}")
            )
        except (ValueError, RecursionError, MemoryError):
            self.unreadable.append(Unreadable(path=path, why="it does not parse"))
        return None


def find(root: Path, git: Git | None, *, active: str | None = None) -> Found:
    """What the folder has. `active` is the virtual environment that is active, if one is."""
    tree = read_tree(root, git)
    looks = _Looks(root, tree)
    pyproject = project_files.project_table(looks.text)
    packages = project_files.packages_of(tree)
    main_root = git.main_root if git is not None else root
    interpreter = project_files.interpreter_of(main_root, tree, pyproject, looks.text, active)
    tables = tuple(
        path.removesuffix(".dvc")
        for path in tree.files
        if path.removesuffix(".dvc").lower().endswith((".csv", ".parquet", ".jsonl", ".tsv", ".ndjson"))
    )
    scripts = _scripts(looks, packages, tables)
    groups = _groups(looks, scripts, packages, tables)
    tests = _tests(looks, pyproject)
    ci = _ci(looks)
    read = {one.path for group in groups for script in group.scripts for one in script.reads}
    return Found(
        name=root.name,
        tree=tree,
        groups=groups,
        packages=packages,
        tests=tests,
        ci=ci,
        tools=project_files.tools_of(tree, pyproject, looks.text, interpreter.site),
        interpreter=interpreter,
        params=_params(looks),
        entry_points=project_files.entry_points_of(looks.text),
        data=data_files(root, tree, read),
        metrics=metrics_files(root, tree),
        pointers=tuple(path for path in tree.files if path.endswith(".dvc")),
        notebooks=tuple(path for path in tree.files if path.endswith(".ipynb")),
        targets=project_files.targets_of(looks.text),
        dvc="dvc.yaml" if _STAGES.search(looks.text("dvc.yaml") or "") else None,
        one_batch=_one_batch(looks, packages),
        large=large_files(tree),
        unreadable=tuple(looks.unreadable),
        existing=FILE in tree.files,
    )


def _is_source(path: str) -> bool:
    return path.endswith(".py") and not _NO_SCRIPT.intersection(path.split("/")[:-1])


def _is_test(path: str) -> bool:
    name = posixpath.basename(path)
    if not name.endswith(".py") or not (name.startswith("test_") or name.endswith("_test.py")):
        return False
    folders = path.split("/")[:-1]
    return bool({"tests", "test"}.intersection(folders)) or name != "test_model.py"


def _candidates(looks: _Looks) -> list[str]:
    found = []
    for path in looks.tree.files:
        if not _is_source(path) or _is_test(path):
            continue
        if roles.may_play(path):
            found.append(path)
            continue
        text = looks.text(path)
        if text is not None and _RUNS.search(text) and _SAVES.search(text):
            found.append(path)
    return found


def _scripts(looks: _Looks, packages: Mapping[str, str], tables: Sequence[str]) -> tuple[Script, ...]:
    found = (_script(looks, path, packages, tables, "") for path in _candidates(looks))
    return tuple(script for script in found if script is not None)


def _script(looks: _Looks, path: str, packages: Mapping[str, str], tables: Sequence[str], base: str) -> Script | None:
    module = looks.module(path)
    if module is None:
        return None
    script = read_script(path, module, _constants(looks, path, module, packages), base=base, data=tables)
    return replace(script, of_run=_OF_RUN in (looks.text(path) or ""))


def _constants(looks: _Looks, path: str, module: ast.Module, packages: Mapping[str, str]) -> Mapping[str, str]:
    """Paths that the script imports from other modules of the repository."""
    found: dict[str, str] = {}
    for node in module.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        file = _file_of(looks.tree, path, node, packages)
        inner = looks.module(file) if file is not None else None
        if file is None or inner is None:
            continue
        bound = module_constants(file, inner)
        found |= {alias.asname or alias.name: bound[alias.name] for alias in node.names if alias.name in bound}
    return found


def _file_of(tree: Tree, path: str, node: ast.ImportFrom, packages: Mapping[str, str]) -> str | None:
    """The file of this repository that a `from ... import` reads, if it is one."""
    below = (node.module or "").replace(".", "/")
    if node.level:
        folder = path
        for _ in range(node.level):
            folder = posixpath.dirname(folder)
        tried = [posixpath.join(folder, below)]
    else:
        source = packages.get(below.partition("/")[0], "")
        tried = [posixpath.join(source, below), posixpath.join(posixpath.dirname(path), below), below]
    for one in tried:
        for file in (f"{one}.py", f"{one}/__init__.py"):
            if normal(file) in tree.files:
                return normal(file)
    return None


def _groups(
    looks: _Looks, scripts: Sequence[Script], packages: Mapping[str, str], tables: Sequence[str]
) -> tuple[Group, ...]:
    """One group, or one for each folder that trains a model of its own."""
    with_init = frozenset(posixpath.dirname(path) for path in looks.tree.files if path.endswith("/__init__.py"))
    folders = roles.folders_of(scripts, with_init)
    if not folders:
        train, _ = roles.chosen(scripts, roles.Role.TRAIN)
        folder = posixpath.dirname(train.path) if train is not None else ""
        if not folder or folder in with_init or not _runs_inside(looks.tree, folder, scripts):
            return (Group(folder="", scripts=tuple(scripts)),) if scripts else ()
        folders = (folder,)
    groups = []
    for folder in folders:
        own = [script for script in scripts if script.path.startswith(f"{folder}/")]
        inside = _runs_inside(looks.tree, folder, own)
        if inside:
            again = (_script(looks, script.path, packages, tables, folder) for script in own)
            own = [script for script in again if script is not None]
        groups.append(Group(folder=folder, scripts=tuple(own), inside=inside))
    return tuple(groups)


def _runs_inside(tree: Tree, folder: str, scripts: Sequence[Script]) -> bool:
    """Whether the scripts expect to be started in their folder: what they read lies there and not below the root."""
    reads = [one.path for script in scripts for one in script.reads]
    here = sum(path in tree.files for path in reads)
    there = sum(f"{folder}/{path}" in tree.files for path in reads)
    if here or there:
        return there > here
    return any(f"{folder}/{name}" in tree.files for name in ("pyproject.toml", "requirements.txt", *_PARAMS))


def _tests(looks: _Looks, pyproject: Mapping[str, object]) -> Tests:
    files = [path for path in looks.tree.files if _is_test(path)]
    if not files:
        return Tests()
    count = taken = 0
    pytest = False
    for path in files:
        if taken > _COUNTED:
            break
        taken += looks.tree.files[path]
        module = looks.module(path)
        if module is not None:
            count += count_tests(module)
            pytest = pytest or "pytest" in (looks.text(path) or "")
    options = project_files.table(pyproject, "tool", "pytest", "ini_options")
    configured = (
        "pyproject.toml" if options else next((f for f in ("pytest.ini", "tox.ini") if f in looks.tree.files), None)
    )
    asked = options.get("testpaths")
    paths = tuple(one for one in asked if isinstance(one, str)) if isinstance(asked, list) else ()
    unittest = not pytest and configured is None and any("unittest" in (looks.text(path) or "") for path in files[:50])
    return Tests(
        paths=paths or _tops(files),
        count=count,
        files=len(files),
        pytest=not unittest,
        configured=configured,
        at_least=taken > _COUNTED,
    )


def _tops(files: Sequence[str]) -> tuple[str, ...]:
    """The folders that hold the tests: up to the last `tests` in the path, or the file itself where it lies loose."""
    found: dict[str, None] = {}
    for path in files:
        parts = path.split("/")[:-1]
        cut = next((n for n, part in enumerate(parts) if part in ("tests", "test")), None)
        found["/".join(parts[: cut + 1]) if cut is not None else path] = None
    tops = tuple(found)
    return tops if len(tops) <= 12 else (".",)


def _ci(looks: _Looks) -> tuple[CiStep, ...]:
    found: list[CiStep] = []
    for path in looks.tree.files:
        if ci_steps.is_ci(path) and (text := looks.text(path)) is not None:
            found += ci_steps.steps_in(path, text)
    return tuple(found)


def _params(looks: _Looks) -> tuple[str, Mapping[str, object]] | None:
    """The file of parameters. One that our reader refuses is told as unreadable: it would refuse the whole project."""
    for path in _PARAMS:
        text = looks.text(path)
        if text is None:
            continue
        try:
            value = _parameters(text, path)
        except ConfigError as error:
            looks.unreadable.append(Unreadable(path=path, why=error.problems[0].message))
            continue
        if isinstance(value, dict) and value:
            return path, value
    return None


def _parameters(text: str, path: str) -> object:
    """The values of a file of parameters. Raises ConfigError for what a project could not use."""
    source, notes = parse_yaml(text.encode(), path), Notes()
    read_parameters(source, {}, notes)
    notes.raise_all()
    return source.value


def _one_batch(looks: _Looks, packages: Mapping[str, str]) -> tuple[str, str] | None:
    """A function that a stage `overfit-one-batch` can call."""
    for path in list(looks.texts):
        text = looks.texts[path]
        if path.endswith(".py") and text and "one_batch" in text and (module := looks.module(path)) is not None:
            found = one_batch_in(module)
            if found is not None:
                name, line = found
                top = path.split("/")[0] if path.split("/")[0] != "src" else [*path.split("/"), ""][1]
                inside = path.removeprefix(f"{packages[top]}/") if packages.get(top, ".") != "." else path
                dotted = inside.removesuffix(".py").replace("/", ".")
                return (f"{dotted}:{name}", f"{path}:{line}") if dotted.replace(".", "").isidentifier() else None
    return None

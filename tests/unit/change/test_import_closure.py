"""From roots to every file they can load, with evidence."""

from __future__ import annotations

import pytest

from seatrial.change.closure import Closure, closure, module_file
from seatrial.change.graph import Graph
from tests.support.facts_of import links_of


def reach(files: dict[str, str], *roots: str, sources: tuple[str, ...] = ("src",)) -> Closure:
    return closure(roots, Graph(frozenset(files), sources, lambda path: links_of(path, files[path].encode())))


def found(files: dict[str, str], *roots: str, sources: tuple[str, ...] = ("src",)) -> set[str]:
    return set(reach(files, *roots, sources=sources).files) - set(roots)


PACKAGE = {
    "src/pkg/__init__.py": "",
    "src/pkg/a.py": "",
    "src/pkg/b.py": "",
    "src/pkg/sub/__init__.py": "",
    "src/pkg/sub/c.py": "",
    "other.py": "",
}


@pytest.mark.parametrize(
    ("source", "loaded"),
    [
        ("import pkg", {"src/pkg/__init__.py"}),
        ("import pkg.a", {"src/pkg/__init__.py", "src/pkg/a.py"}),
        ("from pkg import a", {"src/pkg/__init__.py", "src/pkg/a.py"}),
        ("from pkg import name", {"src/pkg/__init__.py"}),
        ("from pkg.a import name", {"src/pkg/__init__.py", "src/pkg/a.py"}),
        ("import pkg.sub.c", {"src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/c.py"}),
        ("from pkg.sub import c", {"src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/c.py"}),
        (
            "from pkg import *",
            {"src/pkg/__init__.py", "src/pkg/a.py", "src/pkg/b.py", "src/pkg/sub/__init__.py"},
        ),
        ("from pkg.a import *", {"src/pkg/__init__.py", "src/pkg/a.py"}),
        ("def f():\n import other", {"other.py"}),
        ("import numpy.linalg", set()),
        ("import pkg.missing", {"src/pkg/__init__.py"}),
    ],
)
def test_an_absolute_import_loads_the_module_and_its_parents(source: str, loaded: set[str]) -> None:
    """From the root and from `sources`; `from package import *` may load any of its modules."""
    assert found(PACKAGE | {"run.py": source}, "run.py") == loaded


@pytest.mark.parametrize(
    ("source", "loaded"),
    [
        ("from . import a", {"src/pkg/sub/a.py"}),
        ("from .. import a", {"src/pkg/a.py"}),
        ("from ..a import x", {"src/pkg/a.py"}),
        ("from .. import sub", set()),
        ("from ...pkg import a", {"src/pkg/a.py"}),
        ("from ........ import a", set()),
    ],
)
def test_a_relative_import_counts_its_dots(source: str, loaded: set[str]) -> None:
    """Beside the package's own `__init__` files, which a module inside always loads."""
    parents = {"src/pkg/__init__.py", "src/pkg/sub/__init__.py"}
    files = PACKAGE | {"src/pkg/sub/a.py": "", "src/pkg/sub/c.py": source}

    assert found(files, "src/pkg/sub/c.py") - {"other.py"} == loaded | parents


def test_what_a_parent_imports_counts_too() -> None:
    """Importing `pkg.a` runs `pkg/__init__.py` first."""
    files = PACKAGE | {"src/pkg/__init__.py": "from . import b", "run.py": "import pkg.a"}

    assert "src/pkg/b.py" in found(files, "run.py")


def test_a_namespace_package_has_no_init() -> None:
    """Its folders are searched all the same, and may lie in several places."""
    files = {"run.py": "import ns.a, ns.b", "ns/a.py": "", "src/ns/b.py": ""}

    assert found(files, "run.py") == {"ns/a.py", "src/ns/b.py"}


def test_a_script_finds_its_siblings_first() -> None:
    """The folder of the script is on the path; that of an imported module is not."""
    files = {"tools/run.py": "import helper", "tools/helper.py": "import deeper", "helper.py": "", "src/deeper.py": ""}

    assert found(files, "tools/run.py") == {"tools/helper.py", "helper.py", "src/deeper.py"}


def test_every_place_where_a_name_exists_counts() -> None:
    """Which one Python takes depends on how it is started; a file too many is a rerun, one too few a wrong hit."""
    files = {"run.py": "import a", "a.py": "", "src/a.py": ""}

    assert found(files, "run.py") == {"a.py", "src/a.py"}


def test_a_circle_of_imports_ends() -> None:
    """Each file is read once."""
    files = {"a.py": "import b", "b.py": "import c", "c.py": "import a"}

    assert found(files, "a.py") == {"b.py", "c.py"}


@pytest.mark.parametrize("source", ["import importlib\nimportlib.import_module(name)", "def f(:"])
def test_an_unknown_import_takes_the_whole_package(source: str) -> None:
    """The top-level package of the file, and what those files import; the place is named."""
    files = PACKAGE | {
        "src/pkg/a.py": source,
        "src/pkg/b.py": "import other",
        "src/pkg2/x.py": "",
        "run.py": "import pkg.a",
    }
    reached = reach(files, "run.py")

    assert set(reached.files) == {*PACKAGE, "run.py"}
    assert reached.unknown[0].startswith("src/pkg/a.py:")
    assert reached.files["src/pkg/sub/c.py"].kind == "computed import"


def test_an_unknown_import_outside_any_package_takes_every_python_file() -> None:
    """There is no smaller thing it could be said to stay in."""
    files = PACKAGE | {"run.py": "__import__(x)", "data.txt": ""}

    assert found(files, "run.py") == set(PACKAGE)


def test_each_file_is_there_with_who_needs_it_and_where() -> None:
    """The evidence is one link; following it ends at a root."""
    reached = reach(PACKAGE | {"run.py": "\nimport pkg.a"}, "run.py")

    assert (reached.files["src/pkg/a.py"].path, reached.files["src/pkg/a.py"].line) == ("run.py", 2)
    assert reached.files["run.py"].kind == "root"
    assert reached.outside == frozenset()


def test_what_is_installed_is_told_by_its_top_name() -> None:
    """For the environment, which is narrowed by it later."""
    assert reach({"run.py": "import numpy.linalg, os\nfrom yaml import x"}, "run.py").outside == {"numpy", "os", "yaml"}


def test_a_data_file_as_root_has_no_imports() -> None:
    """Only Python files are read."""
    assert found({"conf.yaml": "import a", "a.py": ""}, "conf.yaml") == set()


@pytest.mark.parametrize(
    ("module", "file"),
    [("pkg", "pkg/__main__.py"), ("pkg.a", "pkg/a.py"), ("b", "src/b.py"), ("none", None), ("pkg.none", None)],
)
def test_a_module_to_run_is_found_in_order(module: str, file: str | None) -> None:
    """A package by its `__main__`."""
    paths = frozenset({"pkg/__main__.py", "pkg/__init__.py", "pkg/a.py", "src/b.py", "src/pkg/a.py"})

    assert module_file(module, paths, ("", "src")) == file


@pytest.mark.parametrize(
    "source",
    [
        "from importlib import import_module as load\nload(name)",
        "import importlib.util as u\nu.spec_from_file_location('x', path)",
        "import runpy\nrunpy.run_path(path)",
        "from runpy import run_path as go\ngo('other.py')",
    ],
)
def test_a_loader_by_any_name_takes_the_whole_package(source: str) -> None:
    """What such a call loads cannot be read, so nothing is left out."""
    files = {"src/pkg/__init__.py": "", "src/pkg/main.py": source, "src/pkg/loaded.py": ""}

    assert "src/pkg/loaded.py" in found(files, "src/pkg/main.py")
    assert reach(files, "src/pkg/main.py").unknown


def test_a_module_that_is_only_elsewhere_in_the_tree_is_taken() -> None:
    """`sys.path.insert(0, "lib")` may have made it importable."""
    files = {"run.py": "import sys\nsys.path.insert(0, 'lib')\nimport mod\nimport json", "lib/mod.py": "import inner"}
    files |= {"lib/inner/__init__.py": "", "tools/json.py": "", "lib/unrelated.py": ""}

    assert found(files, "run.py") == {"lib/mod.py", "lib/inner/__init__.py"}

"""Where a cell's import closure starts."""

from __future__ import annotations

import pytest

from seatrial.pipeline.expand import expand
from seatrial.pipeline.roots import Roots, find, tool_configuration
from seatrial.pipeline.template import Reference
from tests.support.project import stage

PATHS = frozenset(
    {
        "train.py",
        "conf/a.yaml",
        "src/pkg/__init__.py",
        "src/pkg/__main__.py",
        "src/pkg/train.py",
        "tests/test_a.py",
        "tests/unit/test_b.py",
    }
)


def roots(cmd: str, *declared: str, sources: tuple[str, ...] = ("src",)) -> Roots:
    (cell,) = expand({"s": stage("s", cmd, roots=declared)})

    def lookup(reference: Reference) -> str:
        return {"script": "train.py", "module": "pkg.train"}.get(reference.name, str(reference))

    return find(cell, PATHS, sources, lookup)


@pytest.mark.parametrize(
    ("cmd", "files"),
    [
        ("python train.py", ("train.py",)),
        ("python ./train.py --x", ("train.py",)),
        ("python -u -W error train.py", ("train.py",)),
        ("torchrun --nproc-per-node 2 train.py", ("train.py",)),
        ("torchrun -m pkg.train", ("src/pkg/train.py",)),
        ("python -m pkg.train", ("src/pkg/train.py",)),
        ("python -mpkg.train", ("src/pkg/train.py",)),
        ("python -m pkg", ("src/pkg/__main__.py",)),
        ("python -m pytest tests/test_a.py", ("tests/test_a.py",)),
        ("python train.py conf/a.yaml train.py", ("train.py", "conf/a.yaml")),
        ("python train.py --config=conf/a.yaml", ("train.py", "conf/a.yaml")),
        ("python train.py --config=conf/none.yaml", ("train.py",)),
        ("python ${params.script}", ("train.py",)),
        ("python -m ${params.module}", ("src/pkg/train.py",)),
        ("python -m ${outs.module2}", ()),
        ("python -m json.tool", ()),
        ("ruff check src", ()),
        ("cat 'a; python train.py'", ()),
    ],
)
def test_files_named_in_a_command_are_roots(cmd: str, files: tuple[str, ...]) -> None:
    """As a word, as a module, behind `=`, or through a parameter; in the order of the command."""
    assert roots(cmd).files == files


def test_a_module_of_the_repository_comes_before_one_of_sources() -> None:
    """`python -m` looks into the folder it starts in first."""
    (cell,) = expand({"s": stage("s", "python -m pkg")})
    paths = frozenset({"pkg.py", "src/pkg.py"})

    assert find(cell, paths, ("src",)).files == ("pkg.py",)


def test_code_given_inline_is_kept_for_its_imports() -> None:
    """Only Python's own `-c`."""
    assert roots("python3.12 -c 'import pkg.train'").inline == "import pkg.train"
    assert roots("bash -c 'import pkg.train'").inline == ""


def test_a_declared_root_that_is_a_folder_is_every_file_below() -> None:
    """Sorted, after what the command names."""
    assert roots("python train.py", "tests/", "conf").files == (
        "train.py",
        "tests/test_a.py",
        "tests/unit/test_b.py",
        "conf/a.yaml",
    )


def test_a_declared_root_that_is_not_there_is_missing() -> None:
    """A name that only begins like a folder is not there either."""
    assert roots("x", "test", "train.py").missing == ("test",)


def test_the_whole_repository_can_be_a_root() -> None:
    """`.` is every file."""
    assert len(roots("x", ".").files) == len(PATHS)


def test_tool_configuration_counts_at_the_top_and_above_roots() -> None:
    """A `conftest.py` applies to the folders below it; other files of those names deeper down do not count."""
    paths = frozenset(
        {"pyproject.toml", "tests/conftest.py", "tests/unit/conftest.py", "docs/conftest.py", "a/tox.ini"}
    )

    assert tool_configuration(paths, ["tests/unit/test_b.py"]) == (
        "pyproject.toml",
        "tests/conftest.py",
        "tests/unit/conftest.py",
    )
    assert tool_configuration(paths, ["tests/test_a.py"]) == ("pyproject.toml", "tests/conftest.py")


def test_what_python_loads_when_it_starts_counts_where_it_is_found() -> None:
    """Nobody names it, and every program of the stage runs it."""
    paths = frozenset({"src/sitecustomize.py", "lib/usercustomize/__init__.py", "src/a/sitecustomize.py"})

    assert tool_configuration(paths, ["src/a/b.py"], ["./src", "lib"]) == (
        "lib/usercustomize/__init__.py",
        "src/sitecustomize.py",
    )

"""Starting is cheap: what a command loads before it needs it, by asking a fresh interpreter.

How long a command takes is for `make bench`; what it loads is the same on every machine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.repositories import digits, environment, seatrial

NUMERICS = {"numpy", "polars", "scipy", "sklearn", "pydantic", "rich"}
PROGRAM = """
import sys
sys.argv = ["seatrial", *sys.argv[1:]]
from seatrial.cli import entry
entry._leave = sys.exit  # it would leave at once, and nobody could look
try:
    entry.main()
finally:
    print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def _loaded_by(*arguments: str, folder: Path) -> set[str]:
    """The top-level modules that are loaded when `seatrial ARGUMENTS` has ended well."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert "seatrial" in loaded
    return loaded


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its first model in production, and a run that judged against it."""
    folder = tmp_path_factory.mktemp("start-up") / "digits"
    digits(folder)
    for arguments, code in (
        (("run",), 2),  # nobody to compare with yet
        (("models", "register"), 0),
        (("models", "promote", "digits@1", "--to", "production", "--first"), 0),
        (("run",), 0),
    ):
        done = subprocess.run(
            seatrial(*arguments), cwd=folder, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)], ids=" ".join)
def test_start_up_loads_no_heavy_library(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Asking for the version or the help must not load numerics, tables, YAML or pretty printing."""
    assert _loaded_by(*arguments, folder=tmp_path) & (NUMERICS | {"yaml"}) == set()


def test_start_up_for_the_version_does_not_even_load_the_command_line_library(tmp_path: Path) -> None:
    """`--version` is asked by editors and CI jobs on every start; it has no records to define either."""
    assert _loaded_by("--version", folder=tmp_path) & {"click", "msgspec", "dataclasses"} == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "--json"),
        ("plan",),
        ("why", "train"),
        ("report",),
        ("config", "--show"),
        ("models", "list"),
        ("models", "show", "digits@production"),
    ],
    ids=" ".join,
)
def test_a_command_in_an_unchanged_project_loads_no_numerics(arguments: tuple[str, ...], example: Path) -> None:
    """Nothing is computed, so nothing that computes is loaded; verdicts on the same evidence are remembered."""
    assert _loaded_by(*arguments, folder=example) & NUMERICS == set()


def test_a_promotion_does_load_tables_because_it_judges_the_stored_rows_anew(example: Path) -> None:
    """A remembered verdict is not believed here; and the checks above are seen to notice what is loaded."""
    arguments = ("models", "promote", "digits@1", "--to", "staging", "--first")

    assert "polars" in _loaded_by(*arguments, folder=example)

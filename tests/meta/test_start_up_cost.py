"""Starting is cheap: what a command loads before it needs it, by asking a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "polars", "scipy", "sklearn", "pydantic", "rich", "yaml"}
PROGRAM = """
import sys
sys.argv = ["seatrial", *sys.argv[1:]]
from seatrial.cli.entry import main
try:
    main()
finally:
    print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def _loaded_by(*arguments: str) -> set[str]:
    """The top-level modules that are loaded when `seatrial ARGUMENTS` has ended well."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)], ids=" ".join)
def test_start_up_loads_no_heavy_library(arguments: tuple[str, ...]) -> None:
    """Asking for the version or the help must not load numerics, tables, YAML or pretty printing."""
    loaded = _loaded_by(*arguments)

    assert loaded & HEAVY == set()
    assert "seatrial" in loaded


def test_start_up_for_the_version_does_not_even_load_the_command_line_library() -> None:
    """`--version` is asked by editors and CI jobs on every start."""
    assert "click" not in _loaded_by("--version")

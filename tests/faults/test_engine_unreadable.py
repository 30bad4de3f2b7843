"""Files that may not be read: what a command made, and what a stage depends on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrial.replacing import replace
from tests.support.cli import new_repo
from tests.support.project import new_project, stage


@pytest.fixture(autouse=True)
def _not_almighty(tmp_path: Path) -> None:
    """Whoever may read everything meets none of this."""
    closed = tmp_path / "closed"
    closed.touch()
    closed.chmod(0)
    if os.access(closed, os.R_OK):
        pytest.skip("this user may read everything")


@pytest.mark.parametrize(
    "script",
    [
        "echo x > out/o; chmod 0 out/o",
        "mkdir out/o; echo x > out/o/f; chmod 0 out/o/f",
        "mkdir -p out/o/d; chmod 0 out/o/d",
    ],
    ids=["file", "file in a folder", "folder in a folder"],
)
def test_an_out_that_cannot_be_read_fails_its_stage_and_no_other(tmp_path: Path, script: str) -> None:
    """The run goes on, and the reason names the file."""
    project = new_project(tmp_path)
    closed = replace(stage("closed", "", deps=[], outs=["out/o"]), shell=script)
    project.declare(closed, stage("well", "touch out/w", deps=[], outs=["out/w"]))
    ran = project.run(jobs=1)
    for path in (project.root / "out" / "o", *(project.root / "out").rglob("*")):
        path.chmod(0o755)

    assert ran.did == {"closed": "failed", "well": "ran"}
    assert "out out/o cannot be read: Permission denied" in ran["closed"].reason


def test_an_input_that_cannot_be_read_is_no_defect_of_ours(tmp_path: Path) -> None:
    """It is named, with what to do about it."""
    repo = new_repo(tmp_path, {"seatrial.yaml": "project: p\nstages:\n  s: {cmd: python -V, deps: [secret.txt]}\n"})
    repo.write("secret.txt", "x").chmod(0)
    said = repo.seatrial("run", code=5)

    assert "secret.txt may not be read or written by you: Permission denied" in said.err

"""pre-commit installs this repository for a hook, and runs it: with pip, an index, and some minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.hooks import PYTHON, ROOT, Committing, needed


@needed
def test_a_hook_runs_in_the_environment_that_pre_commit_makes(tmp_path: Path) -> None:
    asked = (
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--quiet",
        "--dest",
        str(tmp_path / "had"),
        "hatchling",
    )
    if subprocess.run(asked, capture_output=True, check=False).returncode != 0:
        pytest.skip("no package index can be reached")
    place = Committing(tmp_path, ())
    del place.environment["PYTHONPATH"]
    command = (str(PYTHON), "-m", "pre_commit", "try-repo", str(ROOT), "seatrial-config", "--files", "seatrial.yaml")

    assert "Passed" in place.run(*command)
    place.edit("seatrial.yaml", "project: digits", "projekt: digits")
    refused = place.ask(*command)
    assert refused.returncode == 1
    assert "unknown key `projekt`" in refused.stdout

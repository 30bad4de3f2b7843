"""A converted pipeline makes, byte for byte, what DVC makes of the original.

`DVC_PYTHON` names an interpreter that has DVC; else that of `make dvc` is asked. Without one this is not run: DVC
brings a hundred packages.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from seatrial.adopt.dvc.project import convert
from tests.support.dvc_projects import PIPELINES, project

_NOT_MADE = {".git", ".dvc", ".seatrial", "__pycache__"}
_OWN = {"dvc.lock", "seatrial.yaml", ".gitignore", ".dvcignore", "traced"}


@cache
def dvc_python() -> str | None:
    """An interpreter with DVC."""
    for python in (os.environ.get("DVC_PYTHON"), f"{sys.prefix}/dvc/bin/python"):
        if python is not None and Path(python).exists():
            asked = [python, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('dvc') is None)"]
            if subprocess.run(asked, check=False, capture_output=True).returncode == 0:
                return python
    return None


pytestmark = pytest.mark.skipif(dvc_python() is None, reason="no interpreter with DVC (make dvc, or DVC_PYTHON)")


@pytest.mark.parametrize("name", PIPELINES)
def test_both_make_the_same_files(name: str, tmp_path: Path) -> None:
    """Every file that `dvc repro` leaves, `seatrial run` leaves too, with the same bytes, and no other."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder in (theirs, ours):
        _make(folder, name)
    _call(theirs, str(dvc_python()), "-m", "dvc", "repro", "-q", "--all-pipelines")
    converted = convert(ours)
    for path, text in converted.files.items():
        (ours / path).write_text(text)
    (ours / ".gitignore").write_text("\n".join([*converted.proposal.ignore, ".seatrial", ""]))
    _call(ours, "git", "add", "-A")
    _call(ours, "git", "commit", "-qm", "converted")
    _call(ours, sys.executable, "-m", "seatrial", "run")
    expected, found = _files(theirs), _files(ours)
    assert found.keys() == expected.keys()
    assert {path: found[path] for path in found if found[path] != expected[path]} == {}


def test_what_dvc_refuses_is_refused(tmp_path: Path) -> None:
    """Keys that no schema of DVC has, where DVC says so too."""
    _make(tmp_path / "x", "matrix")
    (tmp_path / "x" / "dvc.yaml").write_text("stages:\n  a: {cmd: ls, needs: [b]}\n")
    done = subprocess.run(
        [str(dvc_python()), "-m", "dvc", "repro", "-q"], cwd=tmp_path / "x", check=False, capture_output=True
    )
    assert done.returncode != 0


def _make(folder: Path, name: str) -> None:
    for path, text in project(name).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    _call(folder, "git", "init", "-q", "-b", "main")
    config = (folder / ".dvc/config").read_text() if (folder / ".dvc/config").exists() else ""
    _call(folder, str(dvc_python()), "-m", "dvc", "init", "-q", "-f")
    if config:
        (folder / ".dvc/config").write_text(config)
    _call(folder, "git", "add", "-A")
    _call(folder, "git", "commit", "-qm", "first")


def _call(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{one}_{what}": "t@example.org" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "DVC_NO_ANALYTICS": "1", "SHELL": "/bin/bash"}
    done = subprocess.run(
        arguments, cwd=folder, check=False, capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"


def _files(folder: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not _NOT_MADE & set(inside.parts) and inside.name not in _OWN:
            found[str(inside)] = path.read_bytes()
    return found

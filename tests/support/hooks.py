"""Repositories in which pre-commit runs our hooks, for the tests that commit there.

pre-commit stands in an environment of its own, `.venv/hooks` (`make live`, or `HOOKS_PYTHON`). By itself it would
install this repository from an index, which takes a network and its time; so the hooks are run here as
`language: system`: the same entry, files and answers, by the Seatrial that is being tested. One slow test lets
pre-commit install it after all.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from msgspec import Struct

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
PYTHON = Path(os.environ.get("HOOKS_PYTHON") or f"{sys.prefix}/hooks/bin/python")
needed = pytest.mark.skipif(
    not PYTHON.with_name("pre-commit").exists(), reason="no interpreter with pre-commit (make live, or HOOKS_PYTHON)"
)


class Hook(Struct, frozen=True, kw_only=True):
    """One hook of the manifest, as far as tests ask."""

    id: str
    entry: str
    files: str
    language: str
    pass_filenames: bool


def manifest() -> list[dict[str, object]]:
    """The hooks as they are written."""
    written: list[dict[str, object]] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return written


def hooks() -> list[Hook]:
    """The hooks that the manifest offers."""
    names = Hook.__struct_fields__
    return [Hook(**{name: each[name] for name in names}) for each in manifest()]  # type: ignore[arg-type]  # by name


class Committing:
    """A repository with the example, into which one commits through the hooks that are named."""

    def __init__(self, folder: Path, ids: Sequence[str]) -> None:
        self.folder = folder / "project"
        self.home = folder / "home"
        shutil.copytree(ROOT / "examples/digits", self.folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        programs = folder / "bin"
        programs.mkdir()
        program = programs / "seatrial"
        program.write_text(f'#!/bin/sh\nexec {shlex.join((sys.executable, "-m", "seatrial"))} "$@"\n')
        program.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join((str(programs), str(PYTHON.parent), os.environ["PATH"])),
            "PRE_COMMIT_HOME": str(self.home),
            "PYTHONPATH": str(ROOT / "src"),
        }
        chosen = [{**each, "language": "system"} for each in manifest() if each["id"] in ids]
        config = {"repos": [{"repo": "local", "hooks": chosen}]}
        (self.folder / ".pre-commit-config.yaml").write_text(json.dumps(config))
        self.run("git", "init", "--quiet", "--initial-branch=main")
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message=The example")
        self.run("pre-commit", "install")

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """What a command says. Fails with it where it fails."""
        done = self.ask(*command, cwd=cwd)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def ask(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A command, to its end, with what it says to anybody in `stdout`."""
        return subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )

    def edit(self, name: str, old: str, new: str, *, folder: Path | None = None) -> None:
        """Exchange a text that stands in a file."""
        path = (folder or self.folder) / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

"""A runner's machine: a folder of its own with a home, a work tree and tools, and bash in it.

One for each job of a workflow, on GitHub as on GitLab. Nothing of the environment that the tests run in gets there:
`environ` begins with what a runner gives.

What is subtle: nothing is fetched from a package index. `pip`, `pip3`, `uv` and `pipx` are small programs that note
what they were asked (`Machine.installed`) and install nothing; where that names `seatrial`, directly or by a line of a
requirements file, a `seatrial` is put beside them which is this checkout. A workflow that forgets to install it finds
no such command. The interpreter is a bare one, without any distribution, and so is every environment made of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.cli import SOURCE
from tests.support.project import bare_python

PATIENCE = 120.0
_INSTALLER = """\
#!{python} -ISE
import json, pathlib, re, shutil, sys

place = pathlib.Path(sys.argv[0])
words = [place.name, *sys.argv[1:]]
with open({notes!r}, "a") as file:
    file.write(json.dumps(words) + "\\n")
wanted = []
for at, word in enumerate(words[1:], 1):
    listed = words[at - 1] in ("-r", "--requirement", "--requirements")
    wanted += pathlib.Path(word).read_text().splitlines() if listed else [word]
names = [re.match(r"[A-Za-z0-9._-]*", each.strip())[0] for each in wanted]
if "uv" in names:
    shutil.copy(place, place.with_name("uv"))
if "seatrial" in names:
    program = place.with_name("seatrial")
    program.write_text("#!/bin/sh\\nPYTHONPATH={source} exec {python} -m seatrial \\"$@\\"\\n")
    program.chmod(0o755)
"""
_PYTHON = """\
#!/bin/sh
[ "$1 $2" != "-m venv" ] || {{ for last; do :; done; rm -rf "$last"; exec cp -a {template} "$last"; }}
[ "$1 $2" != "-m pip" ] || {{ shift 2; exec {programs}/pip "$@"; }}
exec {template}/bin/python "$@"
"""
_PIP = """\
import pathlib, runpy, sys
sys.argv[0] = str(pathlib.Path(sys.executable).with_name("pip"))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
_TOOLS = ("pip", "pip3", "pipx")


@dataclass(kw_only=True)
class Ended:
    """One step's command: its exit code and what it printed, both streams together."""

    code: int
    log: str


@dataclass(kw_only=True)
class Machine:
    """One machine. `path` is what PATH begins with, the latest first."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for each in (self.home, self.work, self.temp, self.tools):
            each.mkdir(parents=True)
        add_installers(self.tools, self._notes, _TOOLS)
        self.environ |= {
            "CI": "true",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "SHELL": "/bin/bash",
            "USER": "runner",
        }

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def work(self) -> Path:
        """The work tree."""
        return self.folder / "work"

    @property
    def temp(self) -> Path:
        return self.folder / "temp"

    @property
    def tools(self) -> Path:
        """Programs that every machine has."""
        return self.folder / "tools"

    @property
    def _notes(self) -> Path:
        return self.folder / "installed.jsonl"

    @property
    def installed(self) -> list[list[str]]:
        """What installers were asked, word by word."""
        return [json.loads(line) for line in self._notes.read_text().splitlines()] if self._notes.exists() else []

    def set_up_python(self, version: str = "") -> None:
        """Put a bare interpreter first, whose `-m venv` makes another such one. `version` gives it a further name."""
        template = bare_python(self.folder / "python").parents[1]
        (template / "bin" / "python3").symlink_to("python")
        add_installers(template / "bin", self._notes, _TOOLS)
        next(template.glob("lib/*/site-packages")).joinpath("pip.py").write_text(_PIP)
        programs = self.folder / "python" / "bin"
        programs.mkdir()
        add_installers(programs, self._notes, _TOOLS)
        for name in ("python", "python3", *([f"python{version}"] if version else [])):
            (programs / name).write_text(_PYTHON.format(template=template, programs=programs))
            (programs / name).chmod(0o755)
        self.path.insert(0, str(programs))

    def add_tool(self, *names: str) -> None:
        """Another installer, such as uv."""
        add_installers(self.tools, self._notes, names)

    def variables(self, more: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command."""
        path = ":".join([*self.path, str(self.tools), "/usr/local/bin", "/usr/bin", "/bin"])
        return {**self.environ, "PATH": path, **more}

    def run(
        self, command: Sequence[str], environ: Mapping[str, str], *, at: Path | None = None, patience: float = PATIENCE
    ) -> Ended:
        """A command and all that it started, with no input; what is left of it afterwards is ended."""
        child = subprocess.Popen(
            command,
            cwd=at or self.work,
            env=self.variables(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
            start_new_session=True,
        )
        try:
            out, _ = child.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            out, _ = child.communicate()
            return Ended(code=124, log=f"{out}\n[was ended after {patience:g} s]")
        return Ended(code=child.returncode, log=out)

    def git(self, *words: str, at: Path | None = None) -> str:
        """What git says, for stand-ins of actions. Raises where it fails."""
        ended = self.run(["git", *words], {}, at=at)
        if ended.code:
            raise RuntimeError(f"git {' '.join(words)}: {ended.log}")
        return ended.log.strip()


def add_installers(folder: Path, notes: Path, names: Sequence[str]) -> None:
    """Programs that note what they are asked to install."""
    for name in names:
        text = _INSTALLER.format(python=sys.executable, notes=str(notes), source=SOURCE)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)

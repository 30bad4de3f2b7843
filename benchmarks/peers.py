"""Seatrial and the tools it is measured beside: each in an environment of its own, told to do the same work.

Called by `engine_peers`. A peer is given the commands, inputs and outputs of a `Work` in its own words, in
the way its documentation recommends, with nothing switched on that costs it time (no telemetry, quiet,
no shell where it can do without). Versions are pinned here, so that a figure can be repeated.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repositories import ROOT, commit, environment, set_aside

ENVIRONMENTS = ROOT / ".venv" / "peers"
JOBS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage: a command without a shell that reads `reads` (files or folders) and writes the file `writes`."""

    name: str
    command: tuple[str, ...]
    reads: tuple[str, ...]
    writes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The same stages for every tool. `data` are folders or files that git ignores, made beforehand."""

    steps: tuple[Step, ...]
    make: Callable[[Path], None]
    data: tuple[str, ...] = ()

    @property
    def outs(self) -> tuple[str, ...]:
        return tuple(step.writes for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: how it is told the work, how it is started, and what it keeps between runs."""

    name: str
    requirements: tuple[str, ...]
    declare: Callable[[Path, Work], None]
    arguments: tuple[str, ...]
    keeps: tuple[str, ...]

    @property
    def command(self) -> tuple[str, ...]:
        if self is SEATRIAL:
            return (str(ENVIRONMENTS / self.name / "bin" / "python"), "-m", "seatrial", *self.arguments)
        return (str(ENVIRONMENTS / self.name / "bin" / self.arguments[0]), *self.arguments[1:])

    @property
    def environment(self) -> Mapping[str, str]:
        if self is SEATRIAL:
            return {**environment(), "VIRTUAL_ENV": str(ENVIRONMENTS / self.name)}
        kept = {name: value for name, value in os.environ.items() if name in ("TMPDIR", "LANG")}
        path = f"{ENVIRONMENTS / self.name / 'bin'}{os.pathsep}{os.environ['PATH']}"
        home = str(ENVIRONMENTS / self.name / "home")
        quiet = {"DVC_NO_ANALYTICS": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        return {**kept, **quiet, "PATH": path, "HOME": home, "XDG_CACHE_HOME": f"{home}/.cache"}

    def forget(self, folder: Path, work: Work) -> None:
        """Bring a repository back to where no stage has ever run; the data stays."""
        set_aside(folder, (*self.keeps, *work.outs))
        for parent in {(folder / path).parent for path in work.outs}:
            parent.mkdir(parents=True, exist_ok=True)


def install(tool: Tool, environments: Path = ENVIRONMENTS) -> None:
    """Make a tool's environment unless it is there in the versions that are pinned. Needs an index."""
    place = environments / tool.name
    stamp = place / "installed"
    wanted = "\n".join((*tool.requirements, *(Path(name).read_text() for name in tool.requirements if name[:1] == "/")))
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(place, ignore_errors=True)
    print(f"installing what {tool.name} needs ...", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *tool.requirements], check=True)
    (place / "home").mkdir()
    stamp.write_text(wanted)


def set_up(tool: Tool, work: Work, folder: Path) -> None:
    """A committed repository in which `tool` knows the work."""
    folder.mkdir(parents=True)
    work.make(folder)
    ignored = ["/.seatrial/", "/.snakemake/", "/.ninja_*", "/.doit.db*", "/tmp/"]
    ignored += [f"/{path}" for path in (*work.data, *work.outs)]
    (folder / ".gitignore").write_text("\n".join(ignored) + "\n")
    tool.declare(folder, work)
    commit(folder)
    tool.forget(folder, work)


def _seatrial(folder: Path, work: Work) -> None:
    lines = ["project: work", "stages:"]
    for step in work.steps:
        lines += [
            f"  {step.name}:",
            f"    cmd: {' '.join(step.command)}",
            f"    deps: [{', '.join(step.reads)}]",
            f"    outs: [{step.writes}]",
        ]
    (folder / "seatrial.yaml").write_text("\n".join(lines) + "\n")


def _dvc(folder: Path, work: Work) -> None:
    lines = ["stages:"]
    for step in work.steps:
        lines += [f"  {step.name}:", f"    cmd: {' '.join(step.command)}", "    deps:"]
        lines += [f"    - {path}" for path in step.reads]
        lines += ["    outs:", f"    - {step.writes}"]
    (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True, env=DVC.environment)
    dvc = DVC.command[0]
    for arguments in (
        ("init", "--quiet"),
        ("config", "core.analytics", "false"),
        ("config", "core.check_update", "false"),
    ):
        subprocess.run([dvc, *arguments], cwd=folder, env=DVC.environment, check=True, stdout=subprocess.DEVNULL)


def _doit(folder: Path, work: Work) -> None:
    """File lists in the tasks: doit has no folders as dependencies, its page says to list the files."""
    tasks = [
        {"basename": step.name, "actions": [list(step.command)], "file_dep": list(step.reads), "targets": [step.writes]}
        for step in work.steps
    ]
    (folder / "dodo.py").write_text(
        "import os\n"
        "DOIT_CONFIG = {'verbosity': 0}\n"
        f"TASKS = {tasks!r}\n"
        "def files(path):\n"
        "    if not os.path.isdir(path):\n"
        "        return [path]\n"
        "    return sorted(os.path.join(top, name) for top, _, names in os.walk(path) for name in names)\n"
        "def task_all():\n"
        "    for task in TASKS:\n"
        "        yield {**task, 'file_dep': [one for path in task['file_dep'] for one in files(path)]}\n"
    )


def _snakemake(folder: Path, work: Work) -> None:
    lines = ["rule all:", f"    input: {list(work.outs)!r}"]
    for step in work.steps:
        name = step.name.replace("-", "_")
        lines += [
            f"rule {name}:",
            f"    input: {list(step.reads)!r}",
            f"    output: {step.writes!r}",
            f"    shell: {' '.join(step.command)!r}",
        ]
    (folder / "Snakefile").write_text("\n".join(lines) + "\n")


def _ninja(folder: Path, work: Work) -> None:
    lines = ["rule step", "  command = $cmd"]
    for step in work.steps:
        lines += [f"build {step.writes}: step {' '.join(step.reads)}", f"  cmd = {' '.join(step.command)}"]
    (folder / "build.ninja").write_text("\n".join(lines) + "\n")


SEATRIAL = Tool(
    name="Seatrial",
    requirements=("--require-hashes", "-r", str(ROOT / "requirements" / "core.txt")),
    declare=_seatrial,
    arguments=("run", "--jobs", str(JOBS)),
    keeps=(".seatrial", ".git/seatrial"),
)
DVC = Tool(
    name="dvc",
    requirements=("dvc==3.67.1",),
    declare=_dvc,
    arguments=("dvc", "repro", "--quiet"),
    keeps=("dvc.lock", ".dvc/cache", ".dvc/tmp"),
)
DOIT = Tool(
    name="doit",
    requirements=("doit==0.37.0",),
    declare=_doit,
    arguments=("doit",),
    keeps=(".doit.db", ".doit.db.db", ".doit.db.dat", ".doit.db.dir", ".doit.db.bak"),
)
SNAKEMAKE = Tool(
    name="snakemake",
    requirements=("snakemake==9.27.1",),
    declare=_snakemake,
    arguments=("snakemake", "--quiet", "all", "--cores", str(JOBS)),
    keeps=(".snakemake",),
)
NINJA = Tool(
    name="ninja",
    requirements=("ninja==1.13.0",),
    declare=_ninja,
    arguments=("ninja", f"-j{JOBS}", "--quiet"),
    keeps=(".ninja_log", ".ninja_deps"),
)


def missing(tools: Sequence[Tool]) -> tuple[str, ...]:
    """The peers whose environment is not there."""
    return tuple(tool.name for tool in tools if not (ENVIRONMENTS / tool.name / "installed").exists())

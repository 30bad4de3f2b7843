"""Everything is run: each stage of a work tree by its own command, with no cache, and what came of it.

Called by the campaign, before and after each fault. An outcome is the exit code and a digest of every out; what a
command prints is none of it. Stages run two at a time, those that read outs after those that make them. Bytecode is
checked by content and never written, so that a file changed back within a second is not taken for the one before.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from benchmarks.change.stages import Stage

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one stage. `said` is the end of its output, for people; it does not count."""

    code: int
    outs: tuple[str, ...]
    said: str = ""

    def differs(self, other: Outcome) -> bool:
        """Whether a person would see another result."""
        return (self.code, self.outs) != (other.code, other.outs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A work tree, and the environment its stages run in."""

    folder: Path
    environment: Mapping[str, str]
    stages: tuple[Stage, ...]
    params: str = ""
    """The path of a file of parameters, where the commands name some."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    at_once: int = 2

    def clear(self) -> None:
        """Remove every out."""
        for stage in self.stages:
            for path in stage.outs.values():
                (self.folder / path).unlink(missing_ok=True)
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)

    def run(self) -> dict[str, Outcome]:
        """Run every stage once, and say what came of each."""
        self.clear()
        by_name = {stage.name: stage for stage in self.stages}
        waiting = {stage.name: set(stage.producers(by_name)) for stage in self.stages}
        outcomes: dict[str, Outcome] = {}
        running: dict[Future[Outcome], str] = {}
        with ThreadPoolExecutor(self.at_once) as pool:
            while waiting or running:
                for name in [name for name, producers in waiting.items() if producers <= outcomes.keys()]:
                    del waiting[name]
                    running[pool.submit(self._one, by_name[name], by_name)] = name
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    outcomes[running.pop(future)] = future.result()
        return outcomes

    def _parameter(self, dotted: str) -> str:
        if dotted in self.overrides:
            return self.overrides[dotted]
        found = yaml.safe_load((self.folder / self.params).read_text())
        for name in dotted.split("."):
            found = found[name]
        return str(found)

    def _one(self, stage: Stage, stages: Mapping[str, Stage]) -> Outcome:
        try:
            words = stage.words(stages, self._parameter)
        except KeyError:
            return Outcome(code=-1, outs=())  # a parameter that is not there any more
        program = shutil.which(words[0], path=self.environment["PATH"])
        if program is None:
            raise FileNotFoundError(words[0])
        environment = {**self.environment, **stage.env}
        try:
            ended = subprocess.run(
                [program, *words[1:]],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome(code=-9, outs=())
        outs = tuple(_digest(self.folder / path) for path in stage.outs.values())
        return Outcome(code=ended.returncode, outs=outs, said=ended.stdout.decode(errors="replace")[-3000:])


def environment(venv: Path, sources: Sequence[str] = ("src",)) -> dict[str, str]:
    """What stages see: their own environment's interpreter, the tree's sources, and nothing of the caller."""
    return {
        "PATH": f"{venv / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": os.pathsep.join(sources),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "LANG": "C.UTF-8",
        "HOME": os.devnull,
    }


def compile_bytecode(folder: Path, python: Path) -> None:
    """Write bytecode that is checked by content, so that most of a tree need not be compiled each time."""
    command = [str(python), "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", str(folder)]
    subprocess.run(command, check=True)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "absent"

"""A small, real project in a git repository of its own, and `seatrial` typed in it from outside.

Called by the tests in `tests/live/test_cli_*`, `tests/live/test_flow_*` and `tests/faults/test_cli_*`.
Every command is a process (`python -m seatrial ...`) and git knows neither the machine's
configuration nor its user. The project has three stages in plain Python (data, train, evaluate)
that take a few hundredths of a second each, and a model whose accuracy is a parameter: row `i` is
right when a checksum of `i` and `salt` lies below `skill`, so a model with more skill is right
wherever one with less is, and another salt gives a model that errs elsewhere.

What is subtle: repositories are copied from templates, because registering and promoting a first
model takes half a dozen commands and many tests begin there. A copy has other inode numbers, so it
also shows that nothing stored depends on them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from tests.support.project import bare_python

SOURCE = Path(__file__).resolve().parents[2] / "src"
PATIENCE = 60.0
_OWN_TRACEBACK = re.compile(r"^Traceback", re.MULTILINE)
"""As Python prints one of ours; that of a stage is quoted, indented or in JSON."""
"""Seconds that any one command may take before a test gives up on it."""

CONFIG = """\
project: tiny
main: main
params: params.yaml
tiers:
  branch: {gates: smoke, baseline: main}
  short: {params: {train.skill: 0.85}, gates: smoke, baseline: main}
  overlay: {params: {train.skill: 0.93}}
  nightly: {gates: promote, on_pass: register}
  release: {gates: promote, on_pass: {promote: staging}}
datasets:
  train: {path: data/train.csv}
  test: {path: data/test.csv, role: test}
stages:
  data:
    cmd: python steps/data.py ${params.data.rows} ${outs.train} ${outs.test}
    outs: {train: data/train.csv, test: data/test.csv}
  train:
    cmd: >-
      python steps/train.py ${deps.data} ${params.train.skill} ${params.train.salt}
      ${outs.model} ${outs.metrics}
    deps: {data: datasets.train}
    outs:
      model: outputs/model.txt
      metrics: {path: outputs/metrics.json, as: metrics}
  evaluate:
    cmd: python steps/evaluate.py ${deps.model} ${deps.test} ${outs.rows}
    deps: {model: train.model, test: datasets.test}
    outs: {rows: {path: outputs/rows.csv, as: predictions, id: id, label: y, prediction: p}}
models:
  tiny:
    artifact: train.model
    predictions: evaluate.rows
    input: evaluate.deps.model
    gates: gates.yaml
"""
GATES = """\
smoke:
  performance: {accuracy: {min: 0.5}}
  regression: {max_degradation: 0.03}
promote:
  performance: {accuracy: {min: 0.6}}
  regression: {max_degradation: 0.01}
"""
PARAMS = """\
data:
  rows: 1200
train:
  skill: 0.9
  salt: a
"""
DATA = """\
import sys

rows, train, test = int(sys.argv[1]), sys.argv[2], sys.argv[3]
with open(train, "w") as file:
    file.write("id\\n" + "".join(f"t{i}\\n" for i in range(10)))
with open(test, "w") as file:
    file.write("id,y\\n" + "".join(f"{i},{i % 10}\\n" for i in range(rows)))
"""
TRAIN = """\
import sys

data, skill, salt, model, metrics = sys.argv[1:]
with open(data) as file:
    size = len(file.readlines()) - 1
with open(model, "w") as file:
    file.write(f"{skill} {salt}\\n")
with open(metrics, "w") as file:
    file.write('{"loss": %s, "size": %d}' % (round(1 - float(skill), 6), size))
print("trained on", size, "rows")
"""
EVALUATE = """\
import sys
import zlib

from steps import common_rows

model, test, out = sys.argv[1:]
with open(model) as file:
    skill, salt = file.read().split()
with open(out, "w") as file:
    file.write("id,y,p\\n")
    for name, label in common_rows.read(test):
        right = zlib.crc32((name + salt).encode()) / 2**32 < float(skill)
        file.write(f"{name},{label},{label if right else (label + 1) % 10}\\n")
"""
ROWS = """\
def read(path):
    with open(path) as file:
        for line in file.readlines()[1:]:
            name, label = line.split(",")
            yield name, int(label)
"""
FILES: Mapping[str, str] = {
    "seatrial.yaml": CONFIG,
    "gates.yaml": GATES,
    "params.yaml": PARAMS,
    "steps/__init__.py": "",
    "steps/data.py": DATA,
    "steps/train.py": TRAIN,
    "steps/evaluate.py": EVALUATE,
    "steps/common_rows.py": ROWS,
    ".gitignore": "/data/\n/outputs/\n__pycache__/\n",
}

BETTER = ("  skill: 0.9\n", "  skill: 0.95\n")
WORSE = ("  skill: 0.9\n", "  skill: 0.7\n")
OTHER = ("  salt: a\n", "  salt: b\n")
FEW = ("  rows: 1200\n", "  rows: 60\n")
UNSURE = (OTHER, FEW)
"""As often right as production on rows that are too few to say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one command said, and its exit code."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output. Raises ValueError when there is anything else."""
        document = json.loads(self.out, parse_constant=_refuse)
        if document.get("schema_version") != 1:
            raise ValueError(f"no schema_version in {self.out[:200]}")
        if self.err:
            raise ValueError(f"--json and yet on standard error: {self.err[:500]}")
        return document

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The problems of an error that was printed as JSON."""
        problems: list[dict[str, Any]] = self.json["error"]["problems"]
        return problems

    def __str__(self) -> str:
        return f"$ seatrial {' '.join(self.words)}\n{self.out}{self.err}[exit {self.code}]"


@dataclass(slots=True)
class Repo:
    """A git work tree and the commands typed in it."""

    root: Path
    python: Path
    environ: dict[str, str] = field(default_factory=dict)

    # -- files and commits ------------------------------------------------------------

    def write(self, path: str, content: str | bytes) -> Path:
        """Write one file, with the folders above it."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    def read(self, path: str) -> str:
        """The text of one file."""
        return (self.root / path).read_text()

    def edit(self, path: str, *changes: tuple[str, str]) -> None:
        """Replace what stands exactly once in a file; each change is old and new."""
        text = self.read(path)
        for old, new in changes:
            if text.count(old) != 1:
                raise ValueError(f"{old!r} stands {text.count(old)} times in {path}")
            text = text.replace(old, new)
        self.write(path, text)

    def git(self, *words: str) -> str:
        """Run git in the work tree."""
        done = subprocess.run(
            ["git", "-C", str(self.root), *words], env=self._environ(), check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, message: str = "change") -> str:
        """Commit everything that is not ignored; the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def set_params(self, *changes: tuple[str, str]) -> str:
        """Edit params.yaml as it was at first, and commit that."""
        self.write("params.yaml", PARAMS)
        self.edit("params.yaml", *changes)
        return self.commit()

    def worktree(self, name: str) -> Repo:
        """A second work tree of the same repository, beside the first, at the same commit."""
        place = self.root.parent / name
        self.git("worktree", "add", "-q", "--detach", str(place))
        return Repo(root=place, python=self.python, environ=dict(self.environ))

    @property
    def state(self) -> Path:
        """Where the records lie."""
        return Path(self.git("rev-parse", "--path-format=absolute", "--git-common-dir")) / "seatrial" / "state"

    # -- commands ---------------------------------------------------------------------

    def seatrial(self, *words: str, code: int | None = 0, folder: str = ".") -> Said:
        """Type a command. `code` is the exit code it must end with, None for any but a defect."""
        child = self.start(*words, folder=folder)
        out, err = child.communicate(timeout=PATIENCE)
        said = Said(words=words, code=child.returncode, out=out, err=err)
        if _OWN_TRACEBACK.search(out + err) or said.code not in ((code,) if code is not None else range(7)):
            raise AssertionError(f"expected exit code {code}\n{said}")
        return said

    def start(self, *words: str, folder: str = ".", stdout: int | IO[bytes] = subprocess.PIPE) -> subprocess.Popen[str]:
        """Begin a command in a process group of its own; the caller waits for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "seatrial", *words],
            cwd=self.root / folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
            start_new_session=True,
        )

    def environment(self) -> dict[str, str]:
        """The environment commands are typed in, for a test that starts one in its own way."""
        return self._environ() | {"PYTHONPATH": str(SOURCE)}

    def _environ(self) -> dict[str, str]:
        home = self.python.parents[1]
        mine = {name: value for name, value in os.environ.items() if not name.startswith(_OF_A_FORGE)}
        return {**mine, "VIRTUAL_ENV": str(home), "HOME": str(home), **self.environ}

    # -- what one asks for again and again ----------------------------------------------

    def actions(self, *words: str) -> dict[str, str]:
        """What `plan` would do, by cell."""
        return {row["name"]: row["action"] for row in self.seatrial("plan", "--json", *words).json["stages"]}

    def run(self, *words: str, code: int | None = 0) -> Any:
        """The JSON document of `run`."""
        return self.seatrial("run", "--json", *words, code=code).json

    def register(self, *words: str) -> str:
        """Register the newest run's model; its reference."""
        ref: str = self.seatrial("models", "register", "--json", *words).json["version"]["ref"]
        return ref

    def promote(self, ref: str, *words: str, to: str = "production", code: int | None = 0) -> Any:
        """The JSON document of `models promote`."""
        return self.seatrial("models", "promote", ref, "--to", to, "--json", *words, code=code).json

    def aliases(self, model: str = "tiny") -> dict[str, int]:
        """Who holds what."""
        models = self.seatrial("models", "list", "--json").json["models"]
        found: dict[str, int] = next((each["aliases"] for each in models if each["model"] == model), {})
        return found

    def did(self, document: Any) -> dict[str, str]:
        """What a run did with each stage, from its JSON document."""
        return {stage["name"]: stage["action"] for stage in document["stages"]}


_OF_A_FORGE = ("GITHUB_", "CI_", "GITLAB_")
"""What a CI job says of this repository says nothing of those that tests make."""


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def new_repo(folder: Path, files: Mapping[str, str | bytes] | None = None, *, commit: bool = True) -> Repo:
    """A repository at `folder/tree` with the tiny project, some of its files replaced or added."""
    root = folder / "tree"
    root.mkdir(parents=True)
    repo = Repo(root=root, python=bare_python(folder))
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    repo.git("config", "user.name", "Ada Tester")
    repo.git("config", "user.email", "ada@example.invalid")
    for path, content in (dict(FILES) | dict(files or {})).items():
        repo.write(path, content)
    if commit:
        repo.commit("first")
    return repo


def copy_of(template: Repo, folder: Path) -> Repo:
    """The same repository somewhere else: history, records, cache and outputs. Its interpreter stays the template's."""
    root = folder / "tree"
    shutil.copytree(template.root, root, symlinks=True)
    return Repo(root=root, python=template.python, environ=dict(template.environ))


def with_production(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Repo:
    """A repository whose first model was registered and promoted to production."""
    repo = new_repo(folder, files)
    repo.run(code=2)
    repo.promote(repo.register(), "--first")
    return repo


def with_candidate(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Repo:
    """As `with_production`, and a better model of a second commit was registered as tiny@2."""
    repo = with_production(folder, files)
    repo.set_params(BETTER)
    repo.run()
    repo.register()
    return repo


_TEMPLATES: dict[str, Repo] = {}


def template(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], Repo]) -> Repo:
    """A repository to copy, built once in this process."""
    if name not in _TEMPLATES:
        _TEMPLATES[name] = build(factory.mktemp(f"template-{name}"))
    return _TEMPLATES[name]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until something outside has happened."""
    patience = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > patience:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.01)


def all_is_well(repo: Repo) -> None:
    """Nothing was lost: production holds what it held, and what is committed is all in the cache."""
    repo.git("checkout", "-q", "-f", "main")
    repo.git("clean", "-q", "-f", "-d")
    document = repo.run()
    if set(repo.did(document).values()) != {"reused"} or repo.aliases() != {"production": 1}:
        raise AssertionError(f"something was lost: {repo.did(document)}, {repo.aliases()}")

"""Small git repositories with a few stages, and the engine driven on them without configuration.

Called by the tests of the pipeline and by the fault tests, which drive the same project from a
process of its own (`tests/support/driving.py`). Policies are built directly, so that what is
tested here does not depend on how `seatrial.yaml` is read. Stages run in a bare interpreter
without any distribution, because asking a full one what is installed costs a tenth of a second.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.flows.candidate import run_candidate
from seatrial.flows.engine import Prepared, execute, prepare, work_tree
from seatrial.flows.part_run import run_part
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.request import Candidate, Request
from seatrial.flows.selection import select_stages
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.addresses import Addresses
from seatrial.pipeline.cache import Cache
from seatrial.pipeline.events import Event, EventLog
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.plan import Plan
from seatrial.pipeline.policy import (
    DepSpec,
    OutSource,
    OutSpec,
    PathSource,
    PipelinePolicy,
    Scalar,
    StageSpec,
    UrlSource,
)
from seatrial.pipeline.shared_cache import SharedCache
from seatrial.replacing import replace
from seatrial.wiring import open_workspace

Source = str | OutSource | UrlSource
Deps = Mapping[str, Source] | Sequence[Source] | None
Outs = Mapping[str, str] | Sequence[str]


def made(stage: str, out: str, *, every: bool = False, **cell: str) -> OutSource:
    """A dep on what another stage makes: `made("train", "model", seed="0")`."""
    return OutSource(stage=stage, out=out, cell=cell or None, every=every)


def address(url: str) -> UrlSource:
    """A dep on something outside of the repository."""
    return UrlSource(url=url)


def stage(
    name: str,
    cmd: str,
    *,
    deps: Deps = None,
    outs: Outs = (),
    needs: tuple[str, ...] = (),
    roots: tuple[str, ...] = (),
    params: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    pass_env: tuple[str, ...] = (),
    matrix: Mapping[str, tuple[Scalar, ...]] | None = None,
    timeout: float | None = None,
    tiers: tuple[str, ...] | None = None,
) -> StageSpec:
    """A stage as a user would declare it: deps and outs as lists or as mappings by name."""
    return StageSpec(
        name=name,
        cmd=cmd,
        deps=_deps(deps),
        outs=_outs(outs),
        needs=needs,
        roots=roots,
        params=params,
        env=env or {},
        pass_env=pass_env,
        matrix=matrix or {},
        timeout=timeout,
        tiers=tiers,
    )


def _deps(deps: Deps) -> tuple[DepSpec, ...] | None:
    if deps is None:
        return None
    named = isinstance(deps, Mapping)
    pairs = deps.items() if isinstance(deps, Mapping) else ((_list_name(source), source) for source in deps)
    return tuple(
        DepSpec(name=name, named=named, source=PathSource(path=source) if isinstance(source, str) else source)
        for name, source in pairs
    )


def _list_name(source: Source) -> str:
    return source.url if isinstance(source, UrlSource) else str(source)


def _outs(outs: Outs) -> tuple[OutSpec, ...]:
    named = isinstance(outs, Mapping)
    pairs = outs.items() if isinstance(outs, Mapping) else ((path, path) for path in outs)
    return tuple(OutSpec(name=name, named=named, path=path) for name, path in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run of the engine: what became of each cell, and every event in order."""

    outcome: RunOutcome
    events: tuple[Event, ...]
    folder: Path

    @property
    def did(self) -> dict[str, str]:
        """What happened, by cell: `{"train": "ran"}`."""
        return {name: cell.did.value for name, cell in self.outcome.cells.items()}

    def __getitem__(self, cell: str) -> CellOutcome:
        return self.outcome.cells[cell]

    def log(self, cell: str) -> str:
        """What the command of a cell printed."""
        return (self.folder / (self[cell].log or "no log")).read_text()

    def named(self, event: str) -> list[Event]:
        """The events of one kind."""
        return [entry for entry in self.events if entry["event"] == event]

    @property
    def failed(self) -> bool:
        """Whether any cell failed."""
        return any(cell.did is Did.FAILED for cell in self.outcome.cells.values())


@dataclass(slots=True)
class Project:
    """A git repository and the stages declared in it."""

    root: Path
    python: str
    policy: PipelinePolicy = field(default_factory=lambda: PipelinePolicy(stages={}))
    on_event: Callable[[Event], None] | None = None
    """Called with every event while a run goes on, after it has been written."""
    addresses: Addresses | None = None
    """What looks addresses up, instead of what a user would have."""
    share: Callable[[Cache], SharedCache] | None = None
    """Gives each run a shared cache beside the local one."""
    tracer: str = "audit"
    """What watches the commands of `run`."""

    # -- files ------------------------------------------------------------------------

    def write(self, path: str, content: str | bytes) -> Path:
        """Write one file, with the folders above it."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    def read(self, path: str) -> str:
        """The text of one file."""
        return (self.root / path).read_text()

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        done = subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout

    def commit(self, message: str = "change") -> None:
        """Commit everything that is not ignored."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    # -- stages -----------------------------------------------------------------------

    def declare(self, *stages: StageSpec) -> None:
        """Replace the declared stages."""
        self.policy = replace(self.policy, stages={spec.name: spec for spec in stages})

    def set_params(self, **params: object) -> None:
        """Replace the parameters."""
        self.policy = replace(self.policy, params=params)

    def plan(self, *names: str) -> Plan:
        """The plan for the named stages with their producers, for all when none is named."""
        return self.prepared(*names).plan

    def prepared(self, *names: str) -> Prepared:
        """The plan with what it was made of."""
        with open_workspace(self.root, listener=_ignore) as workspace:
            return self._prepare(workspace, names)

    def run(self, *names: str, jobs: int = 2, paranoid: bool = False) -> Ran:
        """Plan and run the named stages with their producers, all when none is named."""
        events: list[Event] = []

        def listen(event: Event) -> None:
            events.append(event)
            if self.on_event is not None:
                self.on_event(event)

        with open_workspace(self.root, listener=listen, jobs=jobs) as workspace:
            if paranoid:
                workspace.cache.distrust()
            share = self.share
            if share is not None:
                workspace.cache.share_by(lambda: share(workspace.cache))
            prepared = self._prepare(workspace, names)
            run = workspace.new_run()
            folder = workspace.cache.runs / run
            log = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
            try:
                outcome = execute(workspace, prepared, run=run, folder=folder, events=log, tracer=self.tracer)
            finally:
                log.close()
        return Ran(outcome=outcome, events=tuple(events), folder=folder)

    def run_part(self, run: str, *names: str, jobs: int = 2) -> Candidate:
        """This machine's part of a run that several share."""

        def listen(event: Event) -> None:
            if self.on_event is not None:
                self.on_event(event)

        policy = ProjectPolicy(project="parts", pipeline=self.policy)
        with open_workspace(self.root, listener=listen, jobs=jobs) as workspace:
            workspace.settle(policy)
            return run_part(workspace, policy, Request(command="seatrial run", stages=names), run=run)

    def collect(self, run: str) -> Candidate:
        """The run, put together from what all machines did."""
        policy = ProjectPolicy(project="parts", pipeline=self.policy)
        with open_workspace(self.root, listener=_ignore) as workspace:
            workspace.settle(policy)
            return run_candidate(workspace, policy, Request(command="seatrial run", collect=run))

    def _prepare(self, workspace: Workspace, names: Sequence[str]) -> Prepared:
        if self.addresses is not None:
            workspace = replace(workspace, addresses=self.addresses)
        stages, pipeline = select_stages(self.policy, None, names)
        return prepare(workspace, stages, pipeline, tree=work_tree(workspace))


def _ignore(_event: Event) -> None:
    pass


def new_project(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Project:
    """A repository at `folder/tree` with one commit of the given files; `out` is ignored by git."""
    root = folder / "tree"
    root.mkdir(parents=True)
    project = Project(root=root, python=str(bare_python(folder)))
    project.policy = PipelinePolicy(stages={}, python=project.python, sources=("src", "."))
    project.git("init", "-q", "-b", "main", ".")
    for path, content in ({".gitignore": "out\n__pycache__\n"} | dict(files or {})).items():
        project.write(path, content)
    project.commit("first")
    return project


def bare_python(folder: Path) -> Path:
    """A virtual environment without any distribution, made by hand; its interpreter."""
    home = Path(os.path.realpath(sys.executable))
    (folder / "venv" / "bin").mkdir(parents=True)
    version = ".".join(map(str, sys.version_info[:3]))
    site = folder / "venv" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    site.mkdir(parents=True)
    (folder / "venv" / "pyvenv.cfg").write_text(
        f"home = {home.parent}\ninclude-system-site-packages = false\nversion = {version}\n"
    )
    (folder / "venv" / "bin" / "python").symlink_to(home)
    return folder / "venv" / "bin" / "python"


def site_packages(python: str) -> Path:
    """The folder where a bare interpreter has what is installed in it."""
    return next(Path(python).parent.parent.glob("lib/*/site-packages"))


def add_distribution(
    python: str,
    name: str,
    version: str,
    *,
    tag: str = "py3-none-any",
    imports: Sequence[str] = (),
    requires: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
) -> Path:
    """Install a distribution's metadata beside a bare interpreter: its `.dist-info`. With `imports` it also has modules
    of those names and says so; `requires` are lines as in METADATA, `notes` further files of the folder."""
    site = site_packages(python)
    info = site / f"{name}-{version}.dist-info"
    staged = Path(tempfile.mkdtemp(dir=site.parent))
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    (staged / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
    (staged / "WHEEL").write_text(f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
    for module in imports:
        (site / f"{module}.py").write_text(f"version = {version!r}\n")
    if imports:
        record = "".join(f"{module}.py,sha256=x,1\n" for module in imports)
        (staged / "RECORD").write_text(f"{record}{info.name}/METADATA,,\n")
    for file, text in (notes or {}).items():
        (staged / file).write_text(text)
    return staged.rename(info)


def remove_distribution(python: str, name: str) -> None:
    """Remove what `add_distribution` installed under a name, but for its modules."""
    for info in site_packages(python).glob(f"{name}-*.dist-info"):
        shutil.rmtree(info)

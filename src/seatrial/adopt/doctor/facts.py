"""What is known of a repository, its records and its CI, as values. Pure.

Filled in by `tree_look.py`, `record_look.py` and `ci_files.py`; the probes and patterns take nothing else. Everything
in here came from files that others wrote, so texts pass `report/escape.py` where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.data.policy import Contract
from seatrial.environment.pin_records import Pins
from seatrial.flows.policy import ProjectPolicy
from seatrial.registry.history import History
from seatrial.verdict import Verdict


class Command(Struct, frozen=True, kw_only=True):
    """One simple command of a CI file or a stage, as words, and its line."""

    words: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        return " ".join(self.words)


class Setting(Struct, frozen=True, kw_only=True):
    """A value of a CI file and the line it begins on."""

    value: str
    line: int


class CiStep(Struct, frozen=True, kw_only=True):
    """One step of a CI job: an action that is used, or commands."""

    line: int
    uses: Setting | None = None
    given: Mapping[str, Setting] = field(default_factory=dict)
    env: Mapping[str, Setting] = field(default_factory=dict)
    condition: str = ""
    commands: tuple[Command, ...] = ()


class CiJob(Struct, frozen=True, kw_only=True):
    """One job. `runs_on` are the labels (GitHub) or tags (GitLab) of its runner, `uses` a workflow that it calls."""

    name: str
    line: int
    runs_on: tuple[str, ...] = ()
    condition: str = ""
    needs: tuple[str, ...] = ()
    environment: bool = False
    steps: tuple[CiStep, ...] = ()
    env: Mapping[str, Setting] = field(default_factory=dict)
    uses: Setting | None = None
    triggers: frozenset[str] = frozenset()

    @property
    def commands(self) -> tuple[Command, ...]:
        return tuple(command for step in self.steps for command in step.commands)


class Workflow(Struct, frozen=True, kw_only=True):
    """One CI file. `triggers` are GitHub's words also for GitLab: `push`, `pull_request`, `schedule`, ..."""

    file: str
    triggers: frozenset[str] = frozenset()
    jobs: tuple[CiJob, ...] = ()
    env: Mapping[str, Setting] = field(default_factory=dict)


class DvcStage(Struct, frozen=True, kw_only=True):
    """One stage of a `dvc.yaml`."""

    file: str
    name: str
    commands: tuple[Command, ...] = ()
    deps: tuple[Setting, ...] = ()


class Call(Struct, frozen=True, kw_only=True):
    """A call in a Python file that makes a model known elsewhere; `what` says it in words."""

    file: str
    line: int
    what: str


class Spot(Struct, frozen=True, kw_only=True):
    """A line of a file, and what stands there in words."""

    file: str
    line: int
    what: str = ""


class Large(Struct, frozen=True, kw_only=True):
    """A file of the commit that is checked out, and its bytes in git."""

    file: str
    size: int


class Twin(Struct, frozen=True, kw_only=True):
    """Two files of the same bytes."""

    one: str
    other: str


class Tree(Struct, frozen=True, kw_only=True):
    """The files. `texts` are those that were read whole, by path. `tested` are the modules that tests import, each
    with the first file that does; `reached` are the Python files that stages run, None without a configuration; `twins`
    are equal data files; `canaries` declare a rollout by steps, `searches` search for hyperparameters."""

    paths: frozenset[str] = frozenset()
    in_git: bool = False
    large: tuple[Large, ...] = ()
    locks: tuple[Pins, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    tested: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    reached: frozenset[str] | None = None
    twins: tuple[Twin, ...] = ()
    canaries: tuple[Spot, ...] = ()
    searches: tuple[Spot, ...] = ()
    dvc: tuple[DvcStage, ...] = ()


class Project(Struct, frozen=True, kw_only=True):
    """What seatrial.yaml says, and the contracts that its datasets name, by dataset."""

    policy: ProjectPolicy
    contracts: Mapping[str, Contract] = field(default_factory=dict)


class FindingSeen(Struct, frozen=True, kw_only=True):
    """What a run, a version or a move recorded of one claim. `subject` is the model, or the stage that judged."""

    kind: str
    name: str
    reason: str
    verdict: str
    subject: str = ""

    @property
    def said_no(self) -> bool:
        return self.verdict == Verdict.FAIL


class CheckSeen(Struct, frozen=True, kw_only=True):
    """One dataset or one trial judged in a run."""

    stage: str
    dataset: str
    judges: str
    verdict: str
    findings: tuple[FindingSeen, ...] = ()


class StageSeen(Struct, frozen=True, kw_only=True):
    """What became of one cell in a run."""

    name: str
    action: str
    reason: str = ""

    @property
    def stage(self) -> str:
        return self.name.partition("[")[0]


class RunSeen(Struct, frozen=True, kw_only=True):
    """One run: when, under which tier, what ran, and what was found. `diverged` names curves that ended in no
    number."""

    run: str
    at: str
    tier: str | None = None
    stages: tuple[StageSeen, ...] = ()
    checks: tuple[CheckSeen, ...] = ()
    findings: tuple[FindingSeen, ...] = ()
    diverged: tuple[str, ...] = ()


class TwiceSeen(Struct, frozen=True, kw_only=True):
    """A stage that was run twice: in which run, when, and whether it made the same."""

    run: str
    at: str
    stage: str
    same: bool


class Records(Struct, frozen=True, kw_only=True):
    """What was recorded. Runs are the last ones, oldest first; histories are whole."""

    runs: tuple[RunSeen, ...] = ()
    twice: tuple[TwiceSeen, ...] = ()
    models: tuple[History, ...] = ()


class Facts(Struct, frozen=True, kw_only=True):
    """Everything that is looked at. `since` is the instant before which a record proves nothing any more."""

    tree: Tree
    workflows: tuple[Workflow, ...] = ()
    project: Project | None = None
    records: Records = Records()
    since: str = ""

"""What a doctor's visit comes to: points with their evidence, findings, the machine, the level, and next steps. Pure.

Made by `examine.py`, shown by `cli/doctor*.py` and drawn by `badge.py`. The words of the enumerations are part of the
JSON and do not change; docs/reference/doctor.md lists each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Section(StrEnum):
    """The four sections of the ML Test Score."""

    DATA = "data"
    MODEL = "model"
    INFRASTRUCTURE = "infrastructure"
    MONITORING = "monitoring"


class Strength(StrEnum):
    """How well a point is borne out, from nothing to a record that shows it said no once."""

    NOTHING = "nothing"
    DECLARED = "declared"
    PRESENT = "present"
    PROVEN = "proven"

    @property
    def score(self) -> float:
        """What it earns."""
        return _SCORES[self]

    @property
    def rank(self) -> int:
        """Its place among the others, 0 for nothing."""
        return list(Strength).index(self)


_SCORES: Mapping[Strength, float] = {
    Strength.NOTHING: 0.0,
    Strength.DECLARED: 0.0,
    Strength.PRESENT: 0.5,
    Strength.PROVEN: 1.0,
}


class Evidence(Struct, frozen=True, kw_only=True):
    """Why somebody should believe a claim: a sentence, and a line of a file, a run, or a record that shows it."""

    message: str
    strength: Strength
    file: str | None = None
    line: int | None = None
    run: str | None = None
    record: str | None = None

    @property
    def where(self) -> str:
        """`gates.yaml:4`, `run 01J...` or `ledger of digits, move 3`; empty where nothing can be named."""
        if self.file is not None:
            return self.file if self.line is None else f"{self.file}:{self.line}"
        return f"run {self.run}" if self.run is not None else self.record or ""


class Point(Struct, frozen=True, kw_only=True):
    """One of the 28. `most` is the strongest that can be seen from here, `nothing` where it must be answered by hand;
    `limit` says why, where that is less than proven."""

    id: str
    name: str
    section: Section
    title: str
    strength: Strength
    most: Strength
    limit: str = ""
    evidence: tuple[Evidence, ...] = ()


class Score(Struct, frozen=True, kw_only=True):
    """Sums by section; `final` is the lowest of them, `band` what the paper says of that."""

    sections: Mapping[Section, float]
    final: float
    lowest: Section
    band: str


class Need(Struct, frozen=True, kw_only=True):
    """One thing that a level asks for, and whether it was found."""

    level: int
    title: str
    met: bool
    evidence: str = ""


class Level(Struct, frozen=True, kw_only=True):
    """The level that is reached with all levels below it, and everything that levels ask for."""

    number: int
    title: str
    needs: tuple[Need, ...]


class Pattern(StrEnum):
    """What the documents warn of, as far as it can be seen in files."""

    EVERYTHING_ON_EVERY_PULL_REQUEST = "everything_on_every_pull_request"
    MODEL_IN_GIT = "model_in_git"
    LARGE_FILE_IN_GIT = "large_file_in_git"
    UNPINNED_DEPENDENCY = "unpinned_dependency"
    UNPINNED_ACTION = "unpinned_action"
    UNPINNED_IMAGE = "unpinned_image"
    EVALUATION_ON_TRAINING_DATA = "evaluation_on_training_data"
    NO_ROLLBACK = "no_rollback"
    PULL_REQUEST_TARGET = "pull_request_target_runs_head"
    CACHE_BY_WRONG_KEY = "cache_by_wrong_key"
    GPU_RUNNER_FOR_CPU_WORK = "gpu_runner_for_cpu_work"
    MODEL_BEHIND_THE_GATE = "model_behind_the_gate"
    JOB_THAT_NEVER_RUNS = "job_that_never_runs"
    SLEEP_THEN_PROMOTE = "sleep_then_promote"
    SECRET_IN_CLEAR = "secret_in_clear"
    STRANGERS_ON_OWN_RUNNER = "strangers_on_own_runner"


class Alarm(Struct, frozen=True, kw_only=True):
    """One place where a pattern was found: what is wrong there, and what to do."""

    pattern: Pattern
    file: str
    message: str
    mend: str
    line: int | None = None

    @property
    def where(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Health(StrEnum):
    """What a look at the machine came to."""

    FINE = "fine"
    NOTICE = "notice"
    TROUBLE = "trouble"
    """Seatrial cannot work like this."""
    UNKNOWN = "unknown"
    """It could not be looked at, or not in time."""


class Look(Struct, frozen=True, kw_only=True):
    """One thing looked at on this machine. `code` is the exit code that a trouble ends with: 2 where the user can mend
    it in the project, 5 where something outside must be mended."""

    name: str
    health: Health
    message: str
    next_step: str = ""
    code: int = 5


class Step(Struct, frozen=True, kw_only=True):
    """A next step: what it is for, what it gains in points, its cost class, and a command, lines to write, and what to
    type `then`."""

    title: str
    point: str
    gain: float
    cost: int
    command: str = ""
    lines: tuple[str, ...] = ()
    file: str = ""
    then: str = ""


class Visit(Struct, frozen=True, kw_only=True):
    """Everything. `problems` are mistakes of seatrial.yaml as text, `unseen` what could not be looked at, and why."""

    folder: str
    configured: bool
    problems: tuple[str, ...]
    level: Level
    score: Score
    points: tuple[Point, ...]
    alarms: tuple[Alarm, ...]
    machine: tuple[Look, ...]
    steps: tuple[Step, ...]
    unseen: tuple[str, ...] = ()

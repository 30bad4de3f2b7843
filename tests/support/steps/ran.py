"""What became of a run of a workflow, of its jobs and of their steps. Tests look at these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.steps.events import Event
from tests.support.steps.expressions import Open
from tests.support.steps.machine import Machine
from tests.support.steps.workflow_text import Workflow


@dataclass(kw_only=True)
class StepRun:
    """What became of a step: `success`, `failure` or `skipped`; `conclusion` forgives it with continue-on-error."""

    name: str
    outcome: str
    conclusion: str
    log: str = ""
    outputs: Mapping[str, str] = field(default_factory=Open)


@dataclass(kw_only=True)
class JobRun:
    """What became of a job, or of one cell of its matrix."""

    run: Run
    key: str
    matrix: Mapping[str, Any] = field(default_factory=dict)
    result: str = "skipped"
    permissions: Mapping[str, str] = field(default_factory=dict)
    runs_on: Any = None
    environment: str | None = None
    token: str = ""
    machine: Machine | None = None
    steps: list[StepRun] = field(default_factory=list)
    outputs: Mapping[str, str] = field(default_factory=dict)
    checked_out: list[str] = field(default_factory=list)
    summary: str = ""

    @property
    def log(self) -> str:
        """All that its steps printed."""
        return "\n".join(f"## {step.name} ({step.outcome})\n{step.log}" for step in self.steps)


@dataclass(kw_only=True)
class Run:
    """A run of one workflow file for one event."""

    id: int
    workflow: Workflow
    event: Event
    jobs: list[JobRun] = field(default_factory=list)

    def __getitem__(self, key: str) -> JobRun:
        """The only job of that key."""
        (found,) = self.cells(key)
        return found

    def cells(self, key: str) -> list[JobRun]:
        """Each cell of a job."""
        return [job for job in self.jobs if job.key == key]

    @property
    def results(self) -> dict[str, str]:
        """What became of each job; of a matrix, as for who needs it."""
        return {key: together([job.result for job in self.cells(key)]) for key in self.workflow.jobs}

    @property
    def conclusion(self) -> str:
        """`success` also where all was skipped, as GitHub says; `waiting` for a word on an environment."""
        return together([job.result for job in self.jobs if job.result != "skipped"] or ["success"])

    @property
    def log(self) -> str:
        """All that was printed, by job."""
        return "\n".join(f"# {job.key} {dict(job.matrix) or ''} {job.result}\n{job.log}" for job in self.jobs)


def together(results: list[str]) -> str:
    for each in ("waiting", "failure", "cancelled", "skipped"):
        if each in results:
            return each
    return "success"

"""Runs a workflow file as GitHub does: jobs by `needs`, an `if` and a matrix, each on a machine of its own.

Called by the hub (`hub.py`). Cells of a matrix run one after another, in the order in which they are written, and with
`fail-fast` those after a failure are cancelled.

What is subtle: a job whose ancestor, and not only whose `needs`, did not succeed is skipped unless its `if` has a
status function, as on GitHub.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.fake_github.world import REPO
from tests.support.steps.events import Event
from tests.support.steps.expressions import Open, Scope, opened
from tests.support.steps.machine import Machine
from tests.support.steps.ran import JobRun, Run
from tests.support.steps.stepping import Steps
from tests.support.steps.workflow_text import Workflow, WorkflowError

if TYPE_CHECKING:
    from tests.support.steps.hub import Hub

_LARGEST_MATRIX = 256


def run_workflow(hub: Hub, workflow: Workflow, event: Event, number: int) -> Run:
    """All jobs of a workflow."""
    run = Run(id=number, workflow=workflow, event=event)
    go_on(hub, run)
    return run


def go_on(hub: Hub, run: Run) -> None:
    """All jobs that have not run yet, those that waited among them."""
    run.jobs = [job for job in run.jobs if job.result != "waiting"]
    for key in run.workflow.jobs:
        if not run.cells(key):
            run.jobs += _Job(hub=hub, run=run, key=key).cells()


@dataclass(kw_only=True)
class _Job:
    hub: Hub
    run: Run
    key: str

    def __post_init__(self) -> None:
        self.text = self.run.workflow.jobs[self.key]
        results = self.run.results
        ancestors = [results[each] for each in self.run.workflow.ancestors(self.key)]
        self.status = {
            "success": all(each == "success" for each in ancestors),
            "failure": "failure" in ancestors,
            "cancelled": "cancelled" in ancestors,
            "always": True,
        }
        self.needs = {
            need: {"result": results[need], "outputs": self._outputs_of(need)}
            for need in self.run.workflow.needs(self.key)
        }

    def _outputs_of(self, need: str) -> Mapping[str, str]:
        """What a job declares; all of it is empty where the job did not run."""
        declared = self.run.workflow.jobs[need].get("outputs", {})
        made = {name: text for job in self.run.cells(need) for name, text in job.outputs.items()}
        return {name: made.get(name, "") for name in declared}

    def contexts(self) -> dict[str, Any]:
        """What each place of this job can see."""
        declared = self.run.workflow.on.get("workflow_dispatch", {}).get("inputs", {})
        given = self.run.event.payload.get("inputs", {})
        by_hand = self.run.event.name == "workflow_dispatch"  # else all inputs are null, whatever their defaults
        inputs = {name: _input(about or {}, given.get(name)) if by_hand else None for name, about in declared.items()}
        return {
            "github": self.hub.github_context(self.run, self.key),
            "needs": self.needs,
            "inputs": inputs,
            "vars": Open(self.hub.variables),
        }

    def cells(self) -> list[JobRun]:
        """The job, or each cell of its matrix."""
        scope = Scope(contexts=self.contexts(), status=self.status)
        if any(self.run.results[need] == "waiting" for need in self.needs):
            return [JobRun(run=self.run, key=self.key, result="waiting")]
        if not scope.holds(self.text.get("if", "success()")):
            return [JobRun(run=self.run, key=self.key)]
        strategy = self.text.get("strategy", {})
        cells = _matrix(scope, strategy["matrix"]) if "matrix" in strategy else [{}]
        if not 0 < len(cells) <= _LARGEST_MATRIX:
            return [JobRun(run=self.run, key=self.key, result="failure")]
        fail_fast = scope.value(strategy.get("fail-fast", True))
        ended: list[JobRun] = []
        for cell in cells:
            if fail_fast and any(job.result == "failure" for job in ended):
                ended.append(JobRun(run=self.run, key=self.key, matrix=cell, result="cancelled"))
            else:
                ended.append(self._cell(cell))
        return ended

    def _cell(self, matrix: Mapping[str, Any]) -> JobRun:
        contexts = {**self.contexts(), "matrix": matrix}
        scope = Scope(contexts=contexts)
        environment = self.text.get("environment")
        named = environment["name"] if isinstance(environment, Mapping) else environment
        job = JobRun(
            run=self.run,
            key=self.key,
            matrix=matrix,
            permissions=self._permissions(),
            runs_on=scope.value(self.text["runs-on"]),
            environment=None if named is None else scope.text(named) or None,
        )
        if job.environment in self.hub.guarded - self.hub.approved:
            job.result = "waiting"
            return job
        job.token = self.hub.token(job.permissions)
        number = len(self.run.jobs) + sum(1 for _ in self.hub.folder.glob(f"machines/{self.run.id}-*"))
        job.machine = Machine(folder=self.hub.folder / "machines" / f"{self.run.id}-{number}-{self.key}")
        Steps(hub=self.hub, job=job, machine=job.machine, text=self.text, contexts=contexts).run()
        return job

    def _permissions(self) -> Mapping[str, str]:
        """What its token may, the rights that it lacks left out. A stranger's run may only read."""
        given = self.text.get("permissions", self.run.workflow.document.get("permissions", {"contents": "read"}))
        if not isinstance(given, Mapping):
            raise WorkflowError(f"permissions of {self.key} are not listed one by one: {given}")
        rights = {name: level for name, level in given.items() if level != "none"}
        return {name: "read" for name in rights if name != "id-token"} if self.run.event.from_fork else rights


def _input(about: Mapping[str, Any], given: Any) -> Any:
    """An input of a run by hand: what was typed, or its default, in its type."""
    value = about.get("default") if given is None else given
    return str(value).lower() == "true" if about.get("type") == "boolean" else value


def _matrix(scope: Scope, declared: Any) -> list[dict[str, Any]]:
    """The cells: all combinations, and what `include` adds as cells of its own."""
    value = scope.value(declared)
    if not isinstance(value, Mapping):
        raise WorkflowError(f"a matrix is no mapping: {value!r}")
    axes = {name: scope.value(values) for name, values in value.items() if name not in ("include", "exclude")}
    if "exclude" in value or (axes and value.get("include")):
        raise WorkflowError("a matrix with exclude, or with axes and include, is not done here")
    if not axes:
        return [dict(scope.value(each)) for each in scope.value(value.get("include", []))]
    return [dict(zip(axes, each, strict=True)) for each in itertools.product(*axes.values())]


def github_context(hub: Hub, run: Run, job: str) -> Mapping[str, Any]:
    """The context `github`."""
    event = run.event
    owner = REPO.split("/")[0]
    return {
        "event": opened(json.loads(json.dumps(event.payload))),
        "event_name": event.name,
        "sha": event.sha,
        "ref": event.ref,
        "ref_name": event.ref_name,
        "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
        "head_ref": event.head_ref,
        "base_ref": event.base_ref if event.name == "pull_request" else "",
        "repository": REPO,
        "repository_owner": owner,
        "actor": event.actor,
        "run_id": str(run.id),
        "run_number": str(run.id),
        "run_attempt": "1",
        "workflow": run.workflow.name,
        "job": job,
        "server_url": hub.server_url,
        "api_url": hub.fake.api,
    }

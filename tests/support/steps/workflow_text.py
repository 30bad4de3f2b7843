"""Workflow files as GitHub reads them: YAML in which `on` is a word, and no key that this runner would pass over.

A key that is not listed here is an error of the test that uses it, so that nothing in a generated file is ignored.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_TOP = {"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
_JOB = {
    "name", "needs", "permissions", "runs-on", "environment", "concurrency", "outputs", "env", "defaults", "if",
    "steps", "timeout-minutes", "strategy",
}  # fmt: skip
_STEP = {"id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env", "continue-on-error"}
_STEP_TOO = {"timeout-minutes"}
_STRATEGY = {"matrix", "fail-fast", "max-parallel"}
_EVENTS = {
    "pull_request": {"types", "branches", "paths", "paths-ignore"},
    "merge_group": {"types", "branches"},
    "push": {"branches", "tags"},
    "schedule": set(),
    "workflow_dispatch": {"inputs"},
    "workflow_run": {"workflows", "types", "branches"},
    "issue_comment": {"types"},
    "release": {"types"},
    "repository_dispatch": {"types"},
}


class WorkflowError(Exception):
    """A file that GitHub would not take, or that asks for what this runner does not do."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2 as far as it matters: only `true` and `false` are booleans, and no key stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise WorkflowError(f"a key stands twice at {node.start_mark}")
        made: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return made


_Loader.yaml_implicit_resolvers = {
    sign: [(tag, found) for tag, found in known if not (tag.endswith(":bool") and sign in "yYnNoO")]
    for sign, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """One file. `jobs` in the order in which they may run."""

    path: str
    name: str
    on: Mapping[str, Any]
    document: Mapping[str, Any]
    jobs: Mapping[str, Mapping[str, Any]]

    def needs(self, job: str) -> tuple[str, ...]:
        """The jobs that one waits for."""
        found = self.jobs[job].get("needs", [])
        return (found,) if isinstance(found, str) else tuple(found)

    def ancestors(self, job: str) -> set[str]:
        """Those and all that they wait for."""
        return {each for near in self.needs(job) for each in {near} | self.ancestors(near)}


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action of the repository's own: its inputs with their defaults, and its steps."""

    inputs: Mapping[str, str]
    steps: tuple[Mapping[str, Any], ...]


def read_yaml(text: str) -> Any:
    """A document in the YAML of GitHub and GitLab."""
    return yaml.load(text, _Loader)


def read(path: str, text: str) -> Workflow:
    """A workflow file. Raises WorkflowError for what is not known."""
    document = read_yaml(text)
    _only(document, _TOP, path)
    for name, job in document["jobs"].items():
        _only(job, _JOB, f"{path}: job {name}")
        _only(job.get("strategy", {}), _STRATEGY, f"{path}: strategy of {name}")
        if "runs-on" not in job or not job.get("steps"):
            raise WorkflowError(f"{path}: job {name} has no runs-on or no steps")
        for number, step in enumerate(job["steps"]):
            _only(step, _STEP | _STEP_TOO, f"{path}: step {number} of {name}")
            if ("uses" in step) == ("run" in step):
                raise WorkflowError(f"{path}: step {number} of {name} has not just one of uses and run")
    return Workflow(
        path=path,
        name=document.get("name", path),
        on=_events(path, document["on"]),
        document=document,
        jobs=_ordered(path, document["jobs"]),
    )


def read_action(file: Path) -> Action:
    """An action made of steps. Raises WorkflowError for what is not known."""
    if not file.is_file():
        raise WorkflowError(f"there is no {file.name} in what is checked out")
    document = read_yaml(file.read_text())
    _only(document, {"name", "description", "inputs", "runs"}, file.name)
    _only(document["runs"], {"using", "steps"}, file.name)
    if document["runs"]["using"] != "composite":
        raise WorkflowError(f"{file.name} is not made of steps")
    for number, step in enumerate(document["runs"]["steps"]):
        _only(step, _STEP, f"{file.name}: step {number}")
        if "run" in step and "shell" not in step:
            raise WorkflowError(f"{file.name}: step {number} has no shell")
    inputs = document.get("inputs", {})
    for name, about in inputs.items():
        _only(about, {"description", "default"}, f"{file.name}: input {name}")
    return Action(
        inputs={name: about.get("default", "") for name, about in inputs.items()},
        steps=tuple(document["runs"]["steps"]),
    )


def _only(document: Any, known: set[str], where: str) -> None:
    if not isinstance(document, Mapping):
        raise WorkflowError(f"{where}: is no mapping")
    if strange := [str(key) for key in document if key not in known]:
        raise WorkflowError(f"{where}: {', '.join(strange)} is not known here")


def _events(path: str, on: Any) -> dict[str, Any]:
    if isinstance(on, str):
        on = [on]
    events = dict.fromkeys(on) if isinstance(on, list) else dict(on)
    for name, filters in events.items():
        if name not in _EVENTS:
            raise WorkflowError(f"{path}: the event {name} is not known here")
        if name != "schedule":
            _only(filters or {}, _EVENTS[name], f"{path}: on {name}")
    return {name: filters if filters is not None else {} for name, filters in events.items()}


def _ordered(path: str, jobs: Mapping[str, Any]) -> dict[str, Any]:
    left, ordered = dict(jobs), dict[str, Any]()
    while left:
        ready = [
            name
            for name, job in left.items()
            if set([job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])) <= set(ordered)
        ]
        if not ready:
            raise WorkflowError(f"{path}: {', '.join(left)} wait for each other, or for a job that is not there")
        ordered |= {name: left.pop(name) for name in ready}
    return ordered

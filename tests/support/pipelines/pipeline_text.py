"""Configurations of GitLab pipelines with their `include: local` and `extends` carried out, and no key passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.steps.workflow_text import read_yaml

_GLOBAL = {"include", "workflow", "stages", "variables", "default"}
_JOB = {
    "extends", "stage", "image", "tags", "inherit", "interruptible", "retry", "variables", "cache", "before_script",
    "script", "after_script", "artifacts", "timeout", "rules", "needs", "trigger", "parallel", "resource_group",
    "environment", "allow_failure",
}  # fmt: skip
_STAGES = ("build", "test", "deploy")
_MOST_NEEDS = 50


class PipelineError(Exception):
    """A file that GitLab would not take, or that asks for what this runner does not do."""


@dataclass(frozen=True, kw_only=True)
class PipelineText:
    """A whole configuration: jobs by name, hidden ones left out, in the order of their stages."""

    stages: tuple[str, ...]
    variables: Mapping[str, Any]
    default: Mapping[str, Any]
    workflow_rules: list[Mapping[str, Any]] | None
    jobs: Mapping[str, Mapping[str, Any]]


def read_pipeline(text: str, read: Callable[[str], str]) -> PipelineText:
    """A configuration; `read` gives a file of the repository by its path."""
    document = _included(read_yaml(text), read)
    stages = (".pre", *document.get("stages", _STAGES), ".post")
    jobs: dict[str, Mapping[str, Any]] = {}
    for name in document:
        if name in _GLOBAL:
            continue
        job = _extended(name, document, ())
        if strange := sorted(set(job) - _JOB):
            raise PipelineError(f"{name}: {', '.join(strange)} is not known here")
        if name.startswith("."):
            continue
        if job.get("stage", "test") not in stages:
            raise PipelineError(f"{name}: the chosen stage {job.get('stage', 'test')} does not exist")
        if ("script" in job) == ("trigger" in job):
            raise PipelineError(f"{name} has not just one of script and trigger")
        if len(job.get("needs", [])) > _MOST_NEEDS or len(name) > 255:
            raise PipelineError(f"{name} has too many needs, or too long a name")
        jobs[name] = job
    if not jobs:
        raise PipelineError("there is no job")
    workflow = document.get("workflow")
    return PipelineText(
        stages=stages,
        variables=document.get("variables", {}),
        default=document.get("default", {}),
        workflow_rules=None if workflow is None else workflow["rules"],
        jobs=dict(sorted(jobs.items(), key=lambda each: stages.index(each[1].get("stage", "test")))),
    )


def _included(document: Mapping[str, Any], read: Callable[[str], str]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    included = document.get("include", [])
    for each in [included] if isinstance(included, (str, Mapping)) else included:
        path = each if isinstance(each, str) else each["local"]
        merged = _merged(merged, _included(read_yaml(read(path)), read))
    return _merged(merged, {key: value for key, value in document.items() if key != "include"})


def _extended(name: str, document: Mapping[str, Any], seen: tuple[str, ...]) -> dict[str, Any]:
    if name not in document or name in seen:
        raise PipelineError(f"{' < '.join((*seen, name))} is extended and is not there, or is itself")
    job = dict(document[name])
    above = job.pop("extends", [])
    made: dict[str, Any] = {}
    for each in [above] if isinstance(above, str) else above:
        made = _merged(made, _extended(each, document, (*seen, name)))
    return _merged(made, job)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged key by key; anything else is replaced."""
    made = dict(below)
    for key, value in above.items():
        old = made.get(key)
        made[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return made

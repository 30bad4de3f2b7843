"""CI files as values: GitHub's workflows, and GitLab's pipeline in the same words. Pure.

Called by `examine.py` with the bytes of each file. Only what patterns and probes ask about is taken over. What cannot
be read raises `UnreadableError`, and is told as not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.adopt.doctor.facts import CiJob, CiStep, Command, Setting, Workflow
from seatrial.adopt.doctor.foreign_yaml import UnreadableError, Yaml, read_documents
from seatrial.adopt.doctor.shell_lines import commands_of

GITLAB = ".gitlab-ci.yml"
_FOLDER = ".github/workflows/"
_ACTIONS = ".github/actions/"
_GITLAB_KEYS = frozenset({
    "after_script", "before_script", "cache", "default", "image", "include", "pages", "services", "spec", "stages",
    "types", "variables", "workflow",
})  # fmt: skip
_MOST_JOBS = 500
_SOURCES = {
    "merge_request_event": "pull_request",
    "schedule": "schedule",
    "web": "workflow_dispatch",
    "trigger": "repository_dispatch",
    "api": "repository_dispatch",
    "pipeline": "repository_dispatch",
    "push": "push",
}
_ONLY = {
    "merge_requests": "pull_request",
    "schedules": "schedule",
    "web": "workflow_dispatch",
    "triggers": "repository_dispatch",
    "api": "repository_dispatch",
    "branches": "push",
    "pushes": "push",
    "tags": "push",
}


def is_ci_file(path: str) -> bool:
    """Whether a CI system runs what stands in a file of this name; actions of the repository's own are such files."""
    if path.startswith(_ACTIONS):
        return path.endswith(("/action.yml", "/action.yaml"))
    in_folder = path.startswith(_FOLDER) and path.count("/") == 2
    return path == GITLAB or (in_folder and path.endswith((".yml", ".yaml")))


def read_ci_file(path: str, data: bytes) -> Workflow:
    """One CI file. Raises UnreadableError."""
    documents = read_documents(data)
    if not documents:
        return Workflow(file=path)
    if path != GITLAB:
        return _github(path, documents[0])
    return _gitlab(path, documents[-1])  # one before it would be `spec:`


# -- GitHub --------------------------------------------------------------------------------------


def _github(path: str, root: Yaml) -> Workflow:
    triggers = _triggers(root.get("on"))
    jobs = tuple(_github_job(name, node, triggers) for name, node in list(root.get("jobs").keys().items())[:_MOST_JOBS])
    steps = tuple(_github_step(one) for one in root.get("runs", "steps").items())
    if steps:  # an action, whose steps run within the jobs that use it
        jobs = (CiJob(name=root.get("name").text(), line=root.line, steps=steps),)
    return Workflow(file=path, triggers=triggers, jobs=jobs, env=_settings(root.get("env")))


def _triggers(node: Yaml) -> frozenset[str]:
    return frozenset(node.keys()) | frozenset(one.text() for one in node.items() if one.text())


def _github_job(name: str, node: Yaml, triggers: frozenset[str]) -> CiJob:
    runs_on = node.get("runs-on")
    labels = runs_on.get("labels") if runs_on.keys() else runs_on
    uses = node.get("uses")
    return CiJob(
        name=name,
        line=node.line,
        runs_on=tuple(one.text() for one in labels.items()),
        condition=node.get("if").text(),
        needs=tuple(one.text() for one in node.get("needs").items()),
        environment=bool(node.get("environment")),
        steps=tuple(_github_step(one) for one in node.get("steps").items()),
        env=_settings(node.get("env")),
        uses=Setting(value=uses.text(), line=uses.line) if uses else None,
        triggers=triggers,
    )


def _github_step(node: Yaml) -> CiStep:
    uses, run = node.get("uses"), node.get("run")
    return CiStep(
        line=node.line,
        uses=Setting(value=uses.text(), line=uses.line) if uses else None,
        given=_settings(node.get("with")),
        env=_settings(node.get("env")),
        condition=node.get("if").text(),
        commands=_commands(run),
    )


def _settings(node: Yaml) -> Mapping[str, Setting]:
    return {
        name: Setting(value=value.text(), line=value.line)
        for name, value in node.keys().items()
        if isinstance(value.value, str)
    }


def _commands(node: Yaml) -> tuple[Command, ...]:
    return commands_of(node.text(), node.line + node.block, step=int(node.block)) if node else ()


# -- GitLab --------------------------------------------------------------------------------------


def _gitlab(path: str, root: Yaml) -> Workflow:
    jobs = tuple(
        _gitlab_job(name, node, root)
        for name, node in list(root.keys().items())[:_MOST_JOBS]
        if name not in _GITLAB_KEYS and not name.startswith(".") and node.keys()
    )
    triggers = frozenset(trigger for job in jobs for trigger in job.triggers)
    return Workflow(file=path, triggers=triggers, jobs=jobs, env=_settings(root.get("variables")))


def _gitlab_job(name: str, node: Yaml, root: Yaml) -> CiJob:
    parts = _with_parents(node, root)
    scripts = [
        line
        for key in ("before_script", "script", "after_script")
        for line in _flat(_first(key, [*parts, root.get("default"), root]))
    ]
    conditions = [part for part in parts if part.get("rules") or part.get("only")]
    return CiJob(
        name=name,
        line=node.line,
        runs_on=tuple(one.text() for one in _first("tags", [*parts, root.get("default")]).items()),
        condition=" ".join(rule.get("if").text() for part in conditions[:1] for rule in part.get("rules").items()),
        needs=tuple(one.text() or one.get("job").text() for one in _first("needs", parts).items()),
        environment=bool(_first("environment", parts)),
        steps=tuple(CiStep(line=line.line, commands=_commands(line)) for line in scripts),
        env=_settings(_first("variables", parts)),
        triggers=_gitlab_triggers(conditions[0] if conditions else root.get("workflow")),
    )


def _with_parents(node: Yaml, root: Yaml) -> list[Yaml]:
    """A job, then what it `extends`, the nearest first."""
    found, pending, seen = [node], list(node.get("extends").items()), set[str]()
    while pending and len(found) < 12:
        name = pending.pop(0).text()
        if name not in seen and (parent := root.get(name)):
            seen.add(name)
            found.append(parent)
            pending += parent.get("extends").items()
    return found


def _first(key: str, nodes: list[Yaml]) -> Yaml:
    return next((node.get(key) for node in nodes if node.get(key)), Yaml("", 0))


def _flat(node: Yaml) -> list[Yaml]:
    """The lines of a script; an entry may be a list of lines itself."""
    return [line for one in node.items() for line in one.items()]


def _gitlab_triggers(node: Yaml) -> frozenset[str]:
    """What starts a job. Without rules GitLab runs it on every push; a merge request has those pipelines too."""
    rules = " ".join(rule.get("if").text() for rule in node.get("rules").items() if rule.get("when").text() != "never")
    named = {trigger for word, trigger in _SOURCES.items() if f'"{word}"' in rules or f"'{word}'" in rules}
    only = node.get("only")
    refs = only.get("refs") if only.keys() else only
    named |= {_ONLY[one.text()] for one in refs.items() if one.text() in _ONLY}
    if named:
        return frozenset(named)
    if "$CI_COMMIT_TAG" in rules or "$CI_COMMIT_BRANCH ==" in rules or refs:
        return frozenset({"push"})
    return frozenset({"push", "pull_request"})


__all__ = ["UnreadableError", "is_ci_file", "read_ci_file"]

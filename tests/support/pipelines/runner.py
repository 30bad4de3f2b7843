"""Runs a pipeline as GitLab does: jobs by rules, stages and needs, in bash, with child pipelines from an artifact.

Called by the hub (`hub.py`). Each job has a machine of its own, with a clone of the served repository at the commit.

What is subtle: `before_script` and `script` are one shell with errexit and pipefail, `after_script` another one, which
knows nothing of what was exported and cannot make the job fail. Jobs without `needs` wait for all stages before.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.pipelines.pipeline_text import PipelineError, PipelineText, read_pipeline
from tests.support.pipelines.rules import holds
from tests.support.steps.keeping import copy_any
from tests.support.steps.machine import Machine

if TYPE_CHECKING:
    from tests.support.pipelines.hub import GitLabHub

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_INHERITED = ("image", "before_script", "after_script", "cache", "tags", "artifacts", "retry", "timeout")
_SHELL = "set -o errexit\nset -o pipefail\nset +o noclobber\n"


@dataclass(kw_only=True)
class PipelineJob:
    """What became of a job: `success`, `failed`, `skipped`, or `manual` while it waits for a person."""

    name: str
    key: str
    text: Mapping[str, Any]
    when: str
    allow_failure: bool
    matrix: Mapping[str, str] = field(default_factory=dict)
    status: str = "created"
    log: str = ""
    after_log: str = ""
    machine: Machine | None = None
    image: str = ""
    artifacts: Path | None = None
    reports: dict[str, Path] = field(default_factory=dict)
    child: Pipeline | None = None


@dataclass(kw_only=True)
class Pipeline:
    """One pipeline. `variables` are those that the whole of it has."""

    id: int
    sha: str
    variables: Mapping[str, str]
    text: PipelineText
    jobs: list[PipelineJob] = field(default_factory=list)

    def __getitem__(self, name: str) -> PipelineJob:
        (found,) = [job for job in self.jobs if job.name == name]
        return found

    @property
    def results(self) -> dict[str, str]:
        """What became of each job."""
        return {job.name: job.status for job in self.jobs}

    @property
    def status(self) -> str:
        """What became of it all."""
        counted = [job for job in self.jobs if not job.allow_failure]
        for each in ("failed", "manual"):
            if any(job.status == each for job in counted):
                return each
        return "success"

    @property
    def log(self) -> str:
        """All that was printed, by job, with that of child pipelines."""
        return "\n".join(
            f"# {job.name} {job.status}\n{job.log}\n{job.after_log}\n{job.child.log if job.child else ''}"
            for job in self.jobs
        )


def run_pipeline(hub: GitLabHub, text: str, *, number: int, sha: str, variables: Mapping[str, str]) -> Pipeline | None:
    """A pipeline; None where no job is in it, or `workflow:` says so."""
    read = read_pipeline(text, lambda path: hub.file_of(sha, path))
    pipeline = Pipeline(id=number, sha=sha, variables={**variables, "CI_PIPELINE_ID": str(number)}, text=read)
    if read.workflow_rules is not None and _rule(read.workflow_rules, pipeline.variables) is None:
        return None
    for key, described in read.jobs.items():
        pipeline.jobs += _chosen(key, described, pipeline)
    if not pipeline.jobs:
        return None
    for job in _in_order(pipeline):
        _Running(hub=hub, pipeline=pipeline, job=job).go()
    return pipeline


def _rule(rules: list[Mapping[str, Any]], variables: Mapping[str, str]) -> Mapping[str, Any] | None:
    """The first rule that holds, unless it is for staying away."""
    for rule in rules:
        if set(rule) - {"if", "when", "allow_failure", "interruptible"}:
            raise PipelineError(f"a rule with {', '.join(rule)} is not done here")
        if "if" not in rule or holds(rule["if"], variables):
            return None if rule.get("when") == "never" else rule
    return None


def _chosen(key: str, text: Mapping[str, Any], pipeline: Pipeline) -> Iterator[PipelineJob]:
    rule = _rule(text["rules"], pipeline.variables) if "rules" in text else {}
    if rule is None:
        return
    when = rule.get("when", "on_success")
    forgiven = bool(rule.get("allow_failure", text.get("allow_failure", False)))
    cells = [{}] if "parallel" not in text else list(_cells(text["parallel"]["matrix"]))
    for cell in cells:
        name = f"{key}: [{', '.join(cell.values())}]" if cell else key
        yield PipelineJob(name=name, key=key, text=text, when=when, allow_failure=forgiven, matrix=cell)


def _cells(matrix: list[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for each in matrix:
        axes = {name: values if isinstance(values, list) else [values] for name, values in each.items()}
        for values in itertools.product(*axes.values()):
            yield dict(zip(axes, map(str, values), strict=True))


def _needs(job: PipelineJob) -> list[Mapping[str, Any]] | None:
    given = job.text.get("needs")
    return None if given is None else [{"job": each} if isinstance(each, str) else each for each in given]


def _before(pipeline: Pipeline, job: PipelineJob) -> list[PipelineJob]:
    """The jobs that one waits for."""
    needs = _needs(job)
    if needs is None:
        stage = pipeline.text.stages.index(job.text.get("stage", "test"))
        return [each for each in pipeline.jobs if pipeline.text.stages.index(each.text.get("stage", "test")) < stage]
    found = []
    for need in needs:
        named = [each for each in pipeline.jobs if each.key == need["job"]]
        if not named:
            raise PipelineError(f"{job.name} needs {need['job']}, which is not in the pipeline")
        found += named
    return found


def _in_order(pipeline: Pipeline) -> list[PipelineJob]:
    left, ordered = list(pipeline.jobs), list[PipelineJob]()
    while left:
        ready = [job for job in left if all(each in ordered for each in _before(pipeline, job))]
        if not ready:
            raise PipelineError(f"{', '.join(job.name for job in left)} wait for each other")
        ordered += ready
        left = [job for job in left if job not in ready]
    return ordered


@dataclass(kw_only=True)
class _Running:
    """One job."""

    hub: GitLabHub
    pipeline: Pipeline
    job: PipelineJob

    def go(self) -> None:
        """Run it, or say why not."""
        before = _before(self.pipeline, self.job)
        well = all(each.status == "success" or (each.status == "failed" and each.allow_failure) for each in before)
        waits = any(each.status == "manual" and not each.allow_failure for each in before)
        if waits or (self.job.when != "always" and not well):
            self.job.status = "skipped"
        elif self.job.when == "manual" and self.job.name not in self.hub.pressed:
            self.job.status = "manual"
        elif "trigger" in self.job.text:
            self._start_child()
        else:
            self._run(before)

    # -- variables ----------------------------------------------------------------------

    def _variables(self) -> dict[str, str]:
        """What the job has in its environment; the later goes before the earlier."""
        declared = {**self.pipeline.text.variables, **self.job.text.get("variables", {})}
        known = {**self.hub.project_variables(self.pipeline.variables), **self.pipeline.variables}
        made = dict(known)
        raw = set()
        for name, value in declared.items():
            if name in self.pipeline.variables and not name.startswith("CI_"):
                continue  # what a pipeline was started with goes before what is written
            made[name] = str(value["value"] if isinstance(value, Mapping) else value)
            if isinstance(value, Mapping) and value.get("expand") is False:
                raw.add(name)
        made |= self.job.matrix
        made["CI_COMMIT_REF_SLUG"] = re.sub("[^a-z0-9]", "-", made.get("CI_COMMIT_REF_NAME", "").lower())[:63].strip(
            "-"
        )
        made |= {"CI_JOB_NAME": self.job.name, "CI_JOB_ID": str(self.pipeline.id * 100)}
        place = str(self.job.machine.work) if self.job.machine else ""
        made |= {"CI_PROJECT_DIR": place, "CI_JOB_URL": f"{self.hub.server_url}/jobs/{self.pipeline.id}"}
        return {name: value if name in raw else _filled(value, made) for name, value in made.items()}

    # -- a child pipeline -----------------------------------------------------------------

    def _start_child(self) -> None:
        trigger = self.job.text["trigger"]
        (about,) = trigger["include"]
        made_by = self.pipeline[about["job"]]
        if trigger.get("strategy") not in ("depend", "mirror") or made_by.artifacts is None:
            raise PipelineError(f"{self.job.name} does not wait for its child, or has no file for it")
        text = (made_by.artifacts / about["artifact"]).read_text()
        passed = {name: self._variables()[name] for name in self.job.text.get("variables", {})}
        self.job.child = self.hub.child(self.pipeline, text, passed)
        self.job.status = "failed" if self.job.child is None else self.job.child.status

    # -- a script -------------------------------------------------------------------------

    def _inherits(self, key: str) -> Any:
        if key in self.job.text or key not in _INHERITED:
            return self.job.text.get(key)
        inherit = self.job.text.get("inherit", {}).get("default", True)
        return self.pipeline.text.default.get(key) if inherit else None

    def _run(self, before: list[PipelineJob]) -> None:
        machine = Machine(folder=self.hub.folder / "machines" / f"{self.pipeline.id}-{self.hub.fresh()}")
        self.job.machine = machine
        variables = self._variables()
        self.job.image = _filled(self._inherits("image") or "ruby:3.1", variables)
        if self.job.image.startswith("python:"):
            machine.set_up_python()
        if variables.get("GIT_STRATEGY") != "none":
            self._clone(machine, int(variables.get("GIT_DEPTH", "20")))
        needs = _needs(self.job)
        fetched = {each["job"] for each in needs if each.get("artifacts", True)} if needs is not None else None
        for each in before:
            if each.artifacts is not None and (fetched is None or each.key in fetched):
                copy_any(each.artifacts, machine.work)
        caches = self._caches(machine)
        for key, paths in caches:
            for number, path in enumerate(paths):
                copy_any(self.hub.folder / "caches" / key / str(number), machine.work / path)
        lines = [*(self._inherits("before_script") or []), *self.job.text["script"]]
        ended = self._shell(machine, lines, variables)
        self.job.log = ended.log
        self.job.status = "failed" if ended.code else "success"
        if after := self._inherits("after_script"):
            self.job.after_log = self._shell(machine, after, {**variables, "CI_JOB_STATUS": self.job.status}).log
        if not ended.code:
            for key, paths in caches:
                for number, path in enumerate(paths):
                    target = self.hub.folder / "caches" / key / str(number)
                    shutil.rmtree(target, ignore_errors=True)
                    copy_any(machine.work / path, target)
        self._keep(machine)

    def _shell(self, machine: Machine, lines: list[str], variables: Mapping[str, str]) -> Any:
        script = machine.temp / f"{self.hub.fresh()}.sh"
        script.write_text(_SHELL + "\n".join(lines) + "\n")
        return machine.run(["bash", str(script)], variables)

    def _clone(self, machine: Machine, depth: int) -> None:
        work = machine.work
        machine.git("init", "-q", ".", at=work)
        machine.git("remote", "add", "origin", self.hub.url, at=work)
        refs = [f"+{self.pipeline.sha}:refs/pipelines/{self.pipeline.id}"]
        refs += [] if depth else ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
        shallow = [f"--depth={depth}"] if depth else []
        machine.git("fetch", "-q", "--no-tags", "--prune", *shallow, "origin", *refs, at=work)
        machine.git("checkout", "-q", "--force", "--detach", self.pipeline.sha, at=work)

    def _caches(self, machine: Machine) -> list[tuple[str, list[str]]]:
        """Key and paths of each cache; protected branches have theirs."""
        given = self._inherits("cache") or []
        found = []
        for each in [given] if isinstance(given, Mapping) else given:
            if set(each) - {"key", "paths", "unprotect"} or each.get("unprotect"):
                raise PipelineError(f"{self.job.name}: a cache with {', '.join(each)} is not done here")
            if any(path.startswith(("/", "~", "..")) for path in each["paths"]):
                raise PipelineError(f"{self.job.name}: GitLab keeps nothing outside of the repository: {each['paths']}")
            protected = self.pipeline.variables.get("CI_COMMIT_REF_PROTECTED") == "true"
            found.append((f"{_key(each['key'], machine)}-{'' if protected else 'non_'}protected", list(each["paths"])))
        return found

    def _keep(self, machine: Machine) -> None:
        about = self._inherits("artifacts")
        if about is None:
            return
        when = about.get("when", "on_success")
        if when != "always" and (when == "on_success") is not (self.job.status == "success"):
            return
        place = self.hub.folder / "artifacts" / str(self.hub.fresh())
        for path in about.get("paths", []):
            copy_any(machine.work / path, place / path)
        self.job.artifacts = place if place.exists() else None
        for kind, path in about.get("reports", {}).items():
            if (machine.work / path).is_file():
                self.job.reports[kind] = machine.work / path


def _key(key: Any, machine: Machine) -> str:
    if isinstance(key, str):
        return key
    if not 0 < len(key["files"]) <= 2:
        raise PipelineError(f"a key of {len(key['files'])} files")
    found = [machine.work / name for name in key["files"]]
    each = b"".join(hashlib.sha256(file.read_bytes()).digest() for file in found if file.is_file())
    return f"{key['prefix']}-{hashlib.sha256(each).hexdigest() if each else 'default'}"


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], ""), text)

"""The steps of one job of a workflow, in bash and by stand-ins of actions, with the files that steps write.

Called by the runner (`runner.py`). `run:` without a `shell` is `bash -e`, where the failure of a part of a pipe goes
unnoticed; only `shell: bash` has `pipefail`. GITHUB_TOKEN is in no environment that does not ask for it.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.steps.expressions import ExpressionError, Open, Scope
from tests.support.steps.keeping import KeepingError
from tests.support.steps.machine import Machine
from tests.support.steps.ran import JobRun, StepRun
from tests.support.steps.uses import Use, run_action
from tests.support.steps.workflow_text import WorkflowError, read_action

if TYPE_CHECKING:
    from tests.support.steps.hub import Hub

_SHELLS = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}


@dataclass(kw_only=True)
class Steps:
    """The steps of one job on its machine."""

    hub: Hub
    job: JobRun
    machine: Machine
    text: Mapping[str, Any]
    contexts: dict[str, Any]
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    after: list[Callable[[bool], None]] = field(default_factory=list)
    failed: bool = False
    environ: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """All of them; then what actions do at the end, and the outputs of the job."""
        known = {"token": self.job.token, "workspace": str(self.machine.work)}
        self.contexts["github"] = {**self.contexts["github"], **known}
        self.contexts["secrets"] = self.hub.secrets_of(self.job)
        self.contexts["runner"] = {"os": "Linux", "arch": "X64", "temp": str(self.machine.temp), "name": "runner"}
        self.contexts["steps"] = self.known
        self.environ |= self.hub.variables_of(self.job, self.machine)
        for where in (self.job.run.workflow.document, self.text):
            self.environ |= {name: self._scope().text(value) for name, value in where.get("env", {}).items()}
        for number, step in enumerate(self.text["steps"]):
            self._step(number, step)
        for act in reversed(self.after):
            act(not self.failed)
        self.job.result = "failure" if self.failed else "success"
        declared = self.text.get("outputs", {})
        self.job.outputs = {name: self._scope().text(value) for name, value in declared.items()}

    def _scope(self, environ: Mapping[str, str] | None = None) -> Scope:
        status = {"success": not self.failed, "failure": self.failed, "always": True, "cancelled": False}
        contexts = {**self.contexts, "env": environ or self.environ}
        contexts["job"] = {"status": "failure" if self.failed else "success"}
        return Scope(contexts=contexts, status=status, hash_files=self._hash_files)

    def _step(self, number: int | str, step: Mapping[str, Any]) -> None:
        scope = self._scope()
        name = str(step.get("name") or step.get("uses") or f"step {number}")
        if not scope.holds(step.get("if", "success()")):
            done = StepRun(name=name, outcome="skipped", conclusion="skipped")
        else:
            environ = {**self.environ, **{key: scope.text(value) for key, value in step.get("env", {}).items()}}
            if str(step.get("uses", "")).startswith("./"):
                done = self._composite(name, number, step, self._scope(environ))
            elif "uses" in step:
                done = self._uses(name, step, self._scope(environ))
            else:
                done = self._runs(name, number, step, environ)
            forgiven = scope.value(step.get("continue-on-error", False))
            done.conclusion = "success" if forgiven else done.outcome
            self.failed |= done.conclusion == "failure"
        self.job.steps.append(done)
        if "id" in step:
            about = {"outputs": done.outputs, "outcome": done.outcome, "conclusion": done.conclusion}
            self.known[step["id"]] = about

    def _uses(self, name: str, step: Mapping[str, Any], scope: Scope) -> StepRun:
        given = {key: scope.text(value) for key, value in step.get("with", {}).items()}
        use = Use(hub=self.hub, machine=self.machine, job=self.job, given=given)
        try:
            run_action(step["uses"], use)
        except (KeepingError, RuntimeError) as error:
            return StepRun(name=name, outcome="failure", conclusion="failure", log=str(error))
        self.after += use.after
        return StepRun(name=name, outcome="success", conclusion="success", outputs=Open(use.outputs))

    def _composite(self, name: str, number: int | str, step: Mapping[str, Any], scope: Scope) -> StepRun:
        """The steps of an action that lies in the work tree, with inputs of its own."""
        action = read_action(self.machine.work / step["uses"] / "action.yml")
        given = {key: scope.text(value) for key, value in step.get("with", {}).items()}
        if strange := set(given) - set(action.inputs):
            raise WorkflowError(f"{step['uses']} takes no {', '.join(sorted(strange))}")
        job = JobRun(run=self.job.run, key=self.job.key, token=self.job.token)
        inner = Steps(hub=self.hub, job=job, machine=self.machine, text={"steps": action.steps}, contexts={})
        inner.contexts |= {**self.contexts, "inputs": {**action.inputs, **given}, "steps": inner.known}
        inner.environ |= scope.contexts["env"]
        for at, each in enumerate(action.steps):
            inner._step(f"{number}.{at}", each)
        self.environ |= {key: value for key, value in inner.environ.items() if key not in step.get("env", {})}
        self.after += inner.after
        self.job.summary += job.summary
        outcome = "failure" if inner.failed else "success"
        return StepRun(name=name, outcome=outcome, conclusion=outcome, log=job.log)

    def _runs(self, name: str, number: int | str, step: Mapping[str, Any], environ: dict[str, str]) -> StepRun:
        scope = self._scope(environ)
        shell = step.get("shell") or self.text.get("defaults", {}).get("run", {}).get("shell")
        shell = shell or self.job.run.workflow.document.get("defaults", {}).get("run", {}).get("shell")
        if shell not in _SHELLS:
            raise WorkflowError(f"the shell {shell} is not known here")
        script = self.machine.temp / f"{number}.sh"
        script.write_text(scope.text(step["run"]))
        files = {
            key: self.machine.temp / f"{number}-{key.lower()}" for key in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY")
        }
        for file in files.values():
            file.touch()
        environ |= {f"GITHUB_{key}": str(file) for key, file in files.items()}
        place = self.machine.work / scope.text(step.get("working-directory", "."))
        ended = self.machine.run([*_SHELLS[shell], str(script)], environ, at=place)
        self.environ |= read_assignments(files["ENV"])
        self.machine.path[:0] = reversed(files["PATH"].read_text().splitlines())
        self.job.summary += files["STEP_SUMMARY"].read_text()
        outcome = "failure" if ended.code else "success"
        log = f"{ended.log}[exit {ended.code}]" if ended.code else ended.log
        return StepRun(
            name=name, outcome=outcome, conclusion=outcome, log=log, outputs=Open(read_assignments(files["OUTPUT"]))
        )

    def _hash_files(self, *patterns: str) -> str:
        """A digest of the files that some patterns match; nothing where they match none."""
        if any(pattern.startswith("!") for pattern in patterns):
            raise ExpressionError("hashFiles without files is not done here")
        found = sorted({file for pattern in patterns for file in self.machine.work.glob(pattern) if file.is_file()})
        each = b"".join(hashlib.sha256(file.read_bytes()).digest() for file in found)
        return hashlib.sha256(each).hexdigest() if found else ""


def read_assignments(file: Path) -> dict[str, str]:
    """What a step has written into GITHUB_OUTPUT or GITHUB_ENV."""
    lines = iter(file.read_text().splitlines())
    found: dict[str, str] = {}
    for line in lines:
        name, sign, rest = line.partition("<<") if "<<" in line.partition("=")[0] else line.partition("=")
        if not sign:
            raise WorkflowError(f"neither NAME=VALUE nor NAME<<END: {line!r}")
        if sign == "=":
            found[name] = rest
            continue
        found[name] = "\n".join(itertools.takewhile(rest.__ne__, lines))
    return found

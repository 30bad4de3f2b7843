"""Models that get out without a gate, and no way back. Pure.

Called by `patterns.py`. A push after `seatrial run`, `seatrial gate` or `seatrial models promote` in the same job, or
in a job that needs one with it, is none: that job would have ended. Nor is code that no stage reaches, where a
configuration says what stages reach: tools that people run by hand are theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.facts import CiJob, Command, Facts, Workflow
from seatrial.adopt.doctor.outcome import Alarm, Pattern
from seatrial.adopt.doctor.seatrial_words import judges, run_of
from seatrial.adopt.doctor.shell_lines import commands_of
from seatrial.flows.policy import CONFIG_FILE, LOCAL

_MEND = "let the stage only write its file; `on_pass: register` or `seatrial models promote` take it after the gate"


def gate_alarms(facts: Facts) -> Iterator[Alarm]:
    """What goes out past the gate, and what cannot be taken back."""
    for workflow in facts.workflows:
        for job in workflow.jobs:
            yield from _of_job(workflow, job)
            yield from _lost_state(facts, workflow, job)
    for file, command in (*_stage_commands(facts), *_dvc_commands(facts)):
        yield from _of_command(file, command)
    for call in facts.tree.calls:
        if facts.tree.reached is None or call.file in facts.tree.reached:
            yield _behind(call.file, call.line, call.what)


def _of_job(workflow: Workflow, job: CiJob) -> Iterator[Alarm]:
    judged = _judged_before(workflow, job)
    for command in job.commands:
        judged = judged or judges(command.words)
        if not judged:
            yield from _of_command(workflow.file, command)


def _judged_before(workflow: Workflow, job: CiJob) -> bool:
    """Whether some job that this one waits for ends with a failure unless a gate lets through."""
    jobs = {other.name: other for other in workflow.jobs}
    pending, seen = list(job.needs), set[str]()
    while pending:
        name = pending.pop()
        if name in seen or name not in jobs:
            continue
        seen.add(name)
        if any(judges(command.words) for command in jobs[name].commands):
            return True
        pending += jobs[name].needs
    return False


def _of_command(file: str, command: Command) -> Iterator[Alarm]:
    what = does.pushed_model(command)
    if what is None:
        return
    yield _behind(file, command.line, what)
    if does.overwrites(command):
        yield Alarm(
            pattern=Pattern.NO_ROLLBACK,
            file=file,
            line=command.line,
            message="the model before is overwritten: there is nothing to go back to",
            mend="an address of its own for each version, or `seatrial models promote`, which keeps every one",
        )


def _behind(file: str, line: int, what: str) -> Alarm:
    return Alarm(
        pattern=Pattern.MODEL_BEHIND_THE_GATE,
        file=file,
        line=line,
        message=f"{what}, before any gate has judged it",
        mend=_MEND,
    )


def _stage_commands(facts: Facts) -> Iterator[tuple[str, Command]]:
    """The commands of all stages, those of the configuration on the line where the stage stands."""
    if facts.project is None:
        return
    for spec in facts.project.policy.pipeline.stages.values():
        line = spec.lines.get("cmd") or (spec.place.line if spec.place is not None else None) or 1
        file = (spec.place.file if spec.place is not None else None) or CONFIG_FILE
        for command in commands_of(spec.cmd or spec.shell, line, step=0):
            yield file, command


def _dvc_commands(facts: Facts) -> Iterator[tuple[str, Command]]:
    for stage in facts.tree.dvc:
        yield from ((stage.file, command) for command in stage.commands)


def _lost_state(facts: Facts, workflow: Workflow, job: CiJob) -> Iterator[Alarm]:
    """A job that promotes into a state which ends with its runner."""
    if facts.project is None or facts.project.policy.state != LOCAL or "self-hosted" in job.runs_on:
        return
    for command in job.commands:
        rest = does.core(command.words)
        run = run_of(command.words)
        tier = facts.project.policy.tiers.get(run.tier) if run is not None and run.judges else None
        moves = tier is not None and (tier.on_pass.promote is not None or tier.on_pass.register)
        if moves or rest[:3] == ("seatrial", "models", "promote"):
            yield Alarm(
                pattern=Pattern.NO_ROLLBACK,
                file=workflow.file,
                line=command.line,
                message=f"job `{job.name}` registers or promotes, and the state lies only on its runner: with that "
                "machine go all earlier versions",
                mend="`state: git`, `state: s3://bucket/prefix`, or a folder that all machines share, in seatrial.yaml",
            )
            return

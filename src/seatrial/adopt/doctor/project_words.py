"""What kinds of stages a project has, and which of its CI does what. Pure.

Called by the probes and by `levels.py`; a stage is known by what it declares, a CI command by its words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.facts import CiJob, Command, Facts
from seatrial.adopt.doctor.seatrial_words import reached, run_of
from seatrial.adopt.doctor.shell_lines import commands_of
from seatrial.errors import Place
from seatrial.evidence.policy import OutKind
from seatrial.flows.policy import ModelPolicy, ProjectPolicy
from seatrial.gates.choice import DEFAULT_SET
from seatrial.gates.codes import Kind
from seatrial.gates.policy import GateSet
from seatrial.pipeline.policy import StageSpec

COMMITS = ("push", "pull_request", "pull_request_target", "merge_group")
"""What starts jobs for a commit."""
_FEEDS = {
    Kind.LATENCY: frozenset({OutKind.TIMINGS, OutKind.MEASUREMENT}),
    Kind.MEMORY: frozenset({OutKind.TIMINGS, OutKind.MEASUREMENT}),
    Kind.CONTRACT: frozenset({OutKind.CONTRACT}),
}
"""Gates that look at a model in service, and what else they take: without either they can only say ERROR."""


def ci_commands(facts: Facts, wanted: Callable[[Sequence[str]], bool], *triggers: str) -> Iterator[tuple[str, Command]]:
    """The CI commands that do something, in jobs that any of some triggers starts; each with its file."""
    for workflow in facts.workflows:
        for job in workflow.jobs:
            if not triggers or job.triggers & set(triggers):
                yield from ((workflow.file, command) for command in _unskipped(job) if wanted(command.words))


def _unskipped(job: CiJob) -> Sequence[Command]:
    return () if job.condition.strip() == "false" else job.commands


def ci_runs(facts: Facts, stages: Collection[str], *triggers: str) -> Iterator[tuple[str, Command]]:
    """The `seatrial run`s of CI that do any of some stages, as `ci_commands`; none without a configuration."""
    if facts.project is None:
        return
    policy = facts.project.policy

    def does_some(words: Sequence[str]) -> bool:
        run = run_of(words)
        return run is not None and not reached(run, policy).isdisjoint(stages)

    yield from ci_commands(facts, does_some, *triggers)


def ci_trainings(facts: Facts, *triggers: str) -> Iterator[tuple[str, Command]]:
    """The CI commands that make a model: by their words, and the runs that reach a stage which makes one."""
    yield from ci_commands(facts, does.trains, *triggers)
    if facts.project is not None:
        yield from ci_runs(facts, training(facts.project.policy), *triggers)


def specs(facts: Facts) -> tuple[StageSpec, ...]:
    """The stages, none without a configuration."""
    return () if facts.project is None else tuple(facts.project.policy.pipeline.stages.values())


def judging(facts: Facts, kind: str) -> tuple[StageSpec, ...]:
    """The stages with `uses: data`, or another built-in that judges."""
    return tuple(spec for spec in specs(facts) if spec.uses is not None and spec.uses.kind == kind)


def testing(facts: Facts) -> tuple[StageSpec, ...]:
    """The stages that run tests of code: by their command, or because they write results as JUnit has them."""
    found = []
    for spec in specs(facts):
        commands = commands_of(spec.cmd or spec.shell, 1, step=0)
        if any(does.tests(one.words) for one in commands) or any(out.kind is OutKind.JUNIT for out in spec.outs):
            found.append(spec)
    return tuple(found)


def training(policy: ProjectPolicy) -> frozenset[str]:
    """The stages that make models."""
    return frozenset(model.artifact.stage for model in policy.models.values())


def evaluating(policy: ProjectPolicy) -> frozenset[str]:
    """The stages that make the rows on which models are judged."""
    return frozenset(model.predictions.stage for model in policy.models.values() if model.predictions is not None)


def used_sets(policy: ProjectPolicy) -> frozenset[str]:
    """The gate sets that something judges by: those of tiers and aliases, and the set that stands for none."""
    named = {tier.gates for tier in policy.tiers.values() if tier.gates is not None}
    aliases = {tier.on_pass.promote for tier in policy.tiers.values() if tier.on_pass.promote is not None}
    aliases |= {tier.baseline for tier in policy.tiers.values()}
    return frozenset({*named, *aliases, DEFAULT_SET})


def gate_places(facts: Facts, kind: Kind) -> Iterator[tuple[str, bool, Place | None]]:
    """Each gate set that asks for a kind of gate: its name, whether something judges by it and has what this kind looks
    at, and where that stands."""
    if facts.project is None:
        return
    policy = facts.project.policy
    used = used_sets(policy)
    for model in policy.models.values():
        only = len(model.gates) == 1
        for name, gate_set in model.gates.items():
            rule = getattr(gate_set, kind.value)
            if rule:
                yield name, (only or name in used) and _is_fed(policy, model, kind), _place(rule, gate_set)


def _is_fed(policy: ProjectPolicy, model: ModelPolicy, kind: Kind) -> bool:
    """Whether a model has what this kind of gate looks at; those that read predictions say so in the configuration."""
    wanted = _FEEDS.get(kind)
    if wanted is None or model.serving is not None:
        return True
    stages = policy.pipeline.stages
    outs = {out.kind for one in model.evidence for out in stages[one.stage].outs if out.name == one.out}
    return not wanted.isdisjoint(outs)


def _place(rule: object, gate_set: GateSet) -> Place | None:
    if isinstance(rule, dict):
        rule = next(iter(rule.values()), None)
    place = getattr(rule, "place", None)
    return place if isinstance(place, Place) else gate_set.place

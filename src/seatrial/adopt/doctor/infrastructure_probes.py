"""The seven points about infrastructure, from facts to evidence. Pure. Called by `probes.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.data_probes import code_tests
from seatrial.adopt.doctor.evidence import Occasion, by_records, checks, declared, findings, present
from seatrial.adopt.doctor.facts import Facts
from seatrial.adopt.doctor.outcome import Evidence, Strength
from seatrial.adopt.doctor.project_words import (
    COMMITS,
    ci_commands,
    ci_runs,
    evaluating,
    gate_places,
    judging,
    training,
)
from seatrial.adopt.doctor.seatrial_words import feeding, reached, run_of
from seatrial.environment.pins import is_requirements
from seatrial.flows.policy import ProjectPolicy
from seatrial.gates.codes import Kind
from seatrial.registry.records import How
from seatrial.report.facts import TRIAL

_MODEL_CODE = re.compile(
    r"(?:\A|[._])(?:models?|nets?|networks?|modules?|layers?|train\w*|loss\w*|heads?|predict\w*|infer\w*|one_batch)(?:[._]|\Z)",
    re.IGNORECASE,
)


def reproducible_training(facts: Facts) -> Iterator[Evidence]:
    """infrastructure.1: a stage run twice makes the same."""
    names = training(facts.project.policy) if facts.project is not None else frozenset()
    twice = [one for one in facts.records.twice if one.stage.partition("[")[0] in names or not names]
    occasions = [Occasion(at=one.at, said_no=not one.same, run=one.run) for one in twice]
    yield from by_records("the same training twice", occasions, facts.since)
    for lock in facts.tree.locks:
        if not is_requirements(lock.path) or lock.hashed:
            yield declared("the environment is locked", file=lock.path)


def model_code_tests(facts: Facts) -> Iterator[Evidence]:
    """infrastructure.2: training on one batch, and tests of what models are made of."""
    yield from by_records("the training on one batch", checks(facts, TRIAL), facts.since)
    for spec in judging(facts, TRIAL):
        yield present(f"stage `{spec.name}` asks whether the model learns one batch", spec.place)
    yield from code_tests(facts, _MODEL_CODE, "code of the model")


def integration_test(facts: Facts) -> Iterator[Evidence]:
    """infrastructure.3: training and evaluation run together, in CI."""
    if facts.project is None:
        for file, command in ci_commands(facts, lambda words: does.core(words)[:2] == ("dvc", "repro")):
            yield present("CI runs the whole pipeline", file=file, line=command.line)
        return
    policy = facts.project.policy
    ends = training(policy) | evaluating(policy)
    if not ends:
        return
    yield from by_records("the whole pipeline", _whole(facts, policy), facts.since)
    for file, command in ci_runs(facts, ends, *COMMITS, "schedule"):
        run = run_of(command.words)
        if run is not None and not any(reached(run, policy).isdisjoint(side) for side in _sides(policy)):
            yield present("CI runs the pipeline from data to verdict", file=file, line=command.line)
    for name in sorted(ends):
        spec = policy.pipeline.stages.get(name)
        yield declared(f"stage `{name}` is part of a pipeline", spec.place if spec is not None else None)
        break


def _sides(policy: ProjectPolicy) -> list[frozenset[str]]:
    """What makes models, and what evaluates them: the whole pipeline has both, where there is both."""
    return [side for side in (training(policy), evaluating(policy)) if side]


def _whole(facts: Facts, policy: ProjectPolicy) -> Iterator[Occasion]:
    """Runs in which models were trained and evaluated, and later ones in which a stage on that way failed: what has
    never worked was broken by nobody."""
    sides, way = _sides(policy), feeding(training(policy) | evaluating(policy), policy)
    worked = False
    for run in facts.records.runs:
        done = {one.stage for one in run.stages if one.action in ("ran", "used")}
        failed = any(one.action == "failed" and one.stage in way for one in run.stages)
        whole = not failed and not any(done.isdisjoint(side) for side in sides)
        if whole or (failed and worked):
            yield Occasion(at=run.at, said_no=failed, run=run.run)
        passed = done | {one.stage for one in run.stages if one.action == "reused"}
        worked = worked or (not failed and not any(passed.isdisjoint(side) for side in sides))


def quality_gate(facts: Facts) -> Iterator[Evidence]:
    """infrastructure.4: a gate judges before anything is promoted, and has said FAIL."""
    every = frozenset(kind.value for kind in Kind)
    yield from by_records("a gate", findings(facts, lambda one: one.kind in every), facts.since)
    for kind in Kind:
        for name, used, place in gate_places(facts, kind):
            say = present if used else declared
            yield say(f"gate set `{name}` asks for {kind.value}", place)
            break


def canary(facts: Facts) -> Iterator[Evidence]:
    """infrastructure.6: a rollout by steps is declared."""
    for found in facts.tree.canaries:
        yield present("a rollout by canary steps is declared", file=found.file, line=found.line)


def rollback(facts: Facts) -> Iterator[Evidence]:
    """infrastructure.7: there is an earlier version, and somebody went back to it of late."""
    for history in facts.records.models:
        moves = list(enumerate(history.ledger, 1))
        for number, move in moves:
            if move.how is How.ROLLBACK:
                yield from by_records(
                    "a rollback",
                    [Occasion(at=move.at, said_no=True, record=f"ledger of {history.model}, move {number}")],
                    facts.since,
                )
        for number, move in reversed(moves):
            if move.previous is not None and history.aliases.get(move.alias) == move.version:
                said = f"{move.alias} of {history.model} can go back to version {move.previous}"
                record = f"ledger of {history.model}, move {number}"
                yield Evidence(message=said, strength=Strength.PRESENT, record=record)
                break
    if facts.project is not None:
        for model in facts.project.policy.models.values():
            yield declared(f"every version of {model.name} is kept", model.place)

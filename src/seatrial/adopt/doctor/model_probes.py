"""The seven points about models, from facts to evidence. Pure. Called by `probes.py`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.evidence import Occasion, by_records, declared, findings, present
from seatrial.adopt.doctor.facts import Facts
from seatrial.adopt.doctor.outcome import Evidence
from seatrial.adopt.doctor.project_words import ci_runs, gate_places, training
from seatrial.adopt.doctor.seatrial_words import run_of
from seatrial.errors import ConfigError
from seatrial.flows.policy import CONFIG_FILE, MAIN, ProjectPolicy, TierPolicy
from seatrial.gates.choice import choose
from seatrial.gates.codes import Kind

_OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_SIMPLE = re.compile(r"(?:\A|[-_.])(?:baseline|dummy|linear|logistic|majority|naive|simple|trivial)(?:[-_.]|\Z)")
_LUCK = re.compile(r"seed|fold|split|repeat")


def model_review(facts: Facts) -> Iterator[Evidence]:
    """model.1: versioned, and somebody else's word is asked for."""
    yield from by_records("the asking of approvals", _approvals(facts), facts.since)
    for path in _OWNERS:
        if path in facts.tree.paths:
            yield present("changes are reviewed by named owners", file=path)
    if facts.project is not None:
        for model in facts.project.policy.models.values():
            for alias in model.approvals:
                yield present(f"`{alias}` of {model.name} asks for approvals", model.place)
    if facts.tree.in_git and _has_training(facts):
        yield declared("what trains is in version control")


def _has_training(facts: Facts) -> bool:
    if facts.project is not None:
        return bool(facts.project.policy.models)
    return any(path.endswith(".py") and does.trains(("python", path)) for path in facts.tree.paths)


def _approvals(facts: Facts) -> Iterator[Occasion]:
    """An approval is a check that ran; one that was taken back is one that said no."""
    for history in facts.records.models:
        for one in history.approvals:
            record = f"approval of {history.model}@{one.approval.version} for {one.approval.alias}"
            yield Occasion(at=one.approval.at, said_no=one.revoked is not None, record=record)


def tuning(facts: Facts) -> Iterator[Evidence]:
    """model.3: a search over hyperparameters."""
    if facts.project is not None:
        for name in sorted(training(facts.project.policy)):
            spec = facts.project.policy.pipeline.stages.get(name)
            for axis, values in (spec.matrix if spec is not None else {}).items():
                if len(values) > 1 and not _LUCK.search(axis) and spec is not None:
                    yield present(f"stage `{name}` trains with {len(values)} values of `{axis}`", spec.place)
    for found in facts.tree.searches:
        yield present(f"a search is made with {found.what}", file=found.file, line=found.line)


def staleness_effect(facts: Facts) -> Iterator[Evidence]:
    """model.4: a fresh model is compared with the one in production, again and again."""
    if facts.project is None:
        return
    policy = facts.project.policy
    comparing = {name: tier for name, tier in policy.tiers.items() if tier.baseline != MAIN and _compares(policy, tier)}
    for file, command in ci_runs(facts, training(policy), "schedule"):
        run = run_of(command.words)
        tier = comparing.get(run.tier) if run is not None and run.judges else None
        if tier is not None:
            yield present(
                f"on a schedule, a fresh model is compared with `{tier.baseline}`", file=file, line=command.line
            )
    for tier in comparing.values():
        yield declared(f"tier `{tier.name}` compares with `{tier.baseline}`", tier.place)


def _compares(policy: ProjectPolicy, tier: TierPolicy) -> bool:
    """Whether a tier judges any model by a set with a gate on regressions: a baseline alone compares nothing."""
    for model in policy.models.values():
        with contextlib.suppress(ConfigError):  # a set that is not there; a run says so
            if choose(model.gates, tier.gates, model.gates_file).regression:
                return True
    return False


def simple_baseline(facts: Facts) -> Iterator[Evidence]:
    """model.5: a simpler model is made and judged beside the other."""
    if facts.project is not None:
        for model in facts.project.policy.models.values():
            if _SIMPLE.search(model.name) and len(facts.project.policy.models) > 1:
                yield present(f"`{model.name}` is judged beside the others", model.place)


def slices(facts: Facts) -> Iterator[Evidence]:
    """model.6: slices are gated."""
    yield from by_gate(facts, Kind.SLICES, "the gate on slices")


def fairness(facts: Facts) -> Iterator[Evidence]:
    """model.7: groups are gated."""
    yield from by_gate(facts, Kind.FAIRNESS, "the gate on fairness")


def by_gate(facts: Facts, kind: Kind, what: str) -> Iterator[Evidence]:
    """A kind of gate: what records show of it, and where it is asked for."""
    yield from by_records(what, findings(facts, lambda one: one.kind == kind), facts.since)
    yield from asked_for(facts, kind)


def asked_for(facts: Facts, kind: Kind) -> Iterator[Evidence]:
    """Where a kind of gate is asked for."""
    for name, used, place in gate_places(facts, kind):
        if used:
            yield present(f"gate set `{name}` asks for {kind.value}", place, file=CONFIG_FILE)
        else:
            yield declared(
                f"gate set `{name}` asks for {kind.value}, and nothing judges by it", place, file=CONFIG_FILE
            )

"""The seven points about monitoring, from facts to evidence. Pure. Called by `probes.py`.

Most of them end at half a point: what happens in production is not observed by Seatrial yet, and what is judged
before it is told for what it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.adopt.doctor.evidence import Occasion, by_records, declared, findings, present
from seatrial.adopt.doctor.facts import Facts
from seatrial.adopt.doctor.model_probes import asked_for, by_gate
from seatrial.adopt.doctor.outcome import Evidence
from seatrial.adopt.doctor.project_words import ci_trainings, judging, training
from seatrial.environment.pins import is_requirements
from seatrial.evidence.policy import OutKind
from seatrial.gates.codes import Kind, Reason
from seatrial.report.facts import DATA

_BOTS = (
    ".github/dependabot.yml", ".github/dependabot.yaml", "renovate.json", "renovate.json5", ".github/renovate.json",
    ".github/renovate.json5", ".renovaterc", ".renovaterc.json", ".gitlab/renovate.json",
)  # fmt: skip
_FILES = (OutKind.METRICS, OutKind.CURVE, OutKind.PREDICTIONS)


def dependency_news(facts: Facts) -> Iterator[Evidence]:
    """monitoring.1: somebody is told of new versions."""
    for path in _BOTS:
        if path in facts.tree.paths:
            yield present("new versions are proposed", file=path)
    lock = next((lock for lock in facts.tree.locks if lock.hashed or not is_requirements(lock.path)), None)
    if lock is not None:
        yield declared("a lock shows what changes", file=lock.path)


def input_invariants(facts: Facts) -> Iterator[Evidence]:
    """monitoring.2: new data is compared with what it was."""
    if facts.project is None:
        return
    judged = {spec.uses.dataset: spec for spec in judging(facts, DATA) if spec.uses is not None}
    for name, dataset in facts.project.policy.datasets.items():
        if dataset.reference is None:
            continue
        if name in judged:
            yield present(f"stage `{judged[name].name}` compares `{name}` with its reference", judged[name].place)
        else:
            yield declared(f"`{name}` has a reference, and no stage compares with it", dataset.place)


def serving_skew(facts: Facts) -> Iterator[Evidence]:
    """monitoring.3: the served model answers alike, alone and in a batch, before and after a start."""
    yield from by_gate(facts, Kind.CONTRACT, "the contract of the served model")


def model_age(facts: Facts) -> Iterator[Evidence]:
    """monitoring.4: models are made anew on a schedule."""
    for file, command in ci_trainings(facts, "schedule"):
        yield present("a model is trained on a schedule", file=file, line=command.line)
    if facts.project is not None:
        for tier in facts.project.policy.tiers.values():
            if tier.on_pass.register or tier.on_pass.promote:
                yield declared(f"tier `{tier.name}` registers what passes", tier.place)


def numeric_stability(facts: Facts) -> Iterator[Evidence]:
    """monitoring.5: metrics, curves and predictions that are no numbers are refused."""
    if facts.project is None:
        return
    bearing = [
        spec
        for name in sorted(training(facts.project.policy))
        if (spec := facts.project.policy.pipeline.stages.get(name)) is not None
        and any(out.kind in _FILES for out in spec.outs)
    ]
    if not bearing:
        return
    yield from by_records("the look for NaN and infinities", _numbers(facts), facts.since)
    yield present(f"what `{bearing[0].name}` writes is refused where it is no number", bearing[0].place)


def _numbers(facts: Facts) -> Iterator[Occasion]:
    for run in facts.records.runs:
        broken = bool(run.diverged) or any(one.reason == Reason.NOT_A_NUMBER for one in run.findings)
        if broken or run.findings:
            yield Occasion(at=run.at, said_no=broken, run=run.run)


def compute_speed(facts: Facts) -> Iterator[Evidence]:
    """monitoring.6: latency and memory are gated."""
    both = (Kind.LATENCY, Kind.MEMORY)
    yield from by_records("a gate on latency or memory", findings(facts, lambda one: one.kind in both), facts.since)
    for kind in both:
        yield from asked_for(facts, kind)
    if facts.project is not None:
        for tier in facts.project.policy.tiers.values():
            if tier.budget is not None:
                yield declared(f"tier `{tier.name}` has a time budget", tier.place)


def served_quality(facts: Facts) -> Iterator[Evidence]:
    """monitoring.7: a model is not worse than the one before it."""
    yield from by_gate(facts, Kind.REGRESSION, "the gate on regressions")

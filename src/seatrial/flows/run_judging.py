"""Judging the models of one run: evidence, baseline, gates, draft, and what the tier says about a pass.

Called by `candidate` once all stages are done. Every model that was judged leaves a draft, so that
it can be registered later from stored facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from seatrial.errors import EvidenceError, SeatrialError
from seatrial.flows import facts as reporting
from seatrial.flows.approvals_wanted import wanted
from seatrial.flows.base_rules import BaseGates, base_gates, held, in_doubt, under_base
from seatrial.flows.baselines import Baseline, BaselineFound
from seatrial.flows.contamination import seen_in_training
from seatrial.flows.debts import deferred_cells
from seatrial.flows.dossier import Dossier, cells_of, from_run
from seatrial.flows.handover import handed, keep_handed
from seatrial.flows.installed import installed_for
from seatrial.flows.judging import Judged, judge_model, missing_cells, trouble, unproven
from seatrial.flows.policy import ModelPolicy
from seatrial.flows.promote import Promotion, promote
from seatrial.flows.registering import draft_of, keep_draft, register
from seatrial.flows.reuse import candidates_judged
from seatrial.flows.run_baseline import anchor_of, baseline_of
from seatrial.flows.run_deferral import cells_deferred, not_judged
from seatrial.flows.under_way import Run, Unpromoted, moved_under
from seatrial.flows.unpinned import unpinned_behind
from seatrial.flows.votes import voted_against
from seatrial.gates import wear
from seatrial.gates.policy import GateSet
from seatrial.gates.rules import rules_of
from seatrial.pipeline.outcome import Did, RunOutcome
from seatrial.registry.promotion import Refused
from seatrial.registry.records import Version
from seatrial.replacing import replace
from seatrial.report.facts import ModelFact
from seatrial.verdict import Decision, Finding, Verdict


class _Asks(Protocol):
    """Gives both sides with what a gate set asks of them; the folder holds its test cases, if not the work tree."""

    def __call__(self, gate_set: GateSet, cases_in: Path | None = None, /) -> tuple[Dossier, Baseline]: ...


def judge(run: Run, model: ModelPolicy, gate_set: str, outcome: RunOutcome) -> ModelFact:
    """Judge one model, leave its draft, and do what the tier says about a pass."""
    if any(outcome.cells[name].did is Did.MISSING for name in cells_of(model, run.prepared.host.policy)):
        return _not_judged(model, gate_set, (missing_cells(outcome),))
    deferred = cells_deferred(run, model, outcome)
    if deferred:
        return not_judged(run, model, gate_set, deferred)
    cells = {cell.name: cell for cell in run.prepared.cells}
    dossier = from_run(model, run.prepared.host.policy, cells, outcome, run.workspace.cache.blobs)
    try:
        baseline = baseline_of(run, model, dossier, outcome)
        dossier = replace(dossier, voted_against=voted_against(run, dossier, baseline, outcome))
        anchor = anchor_of(run, model, model.gates[gate_set], dossier, outcome)
        asking = _asking(run, model, dossier, baseline)
        dossier, baseline = asking(model.gates[gate_set])
        answer = judge_model(run.workspace, model.gates[gate_set], dossier, baseline, anchor=anchor, pictured=True)
        judged = unproven(answer, outcome)
    except EvidenceError as error:
        return _not_judged(model, gate_set, _unreadable(error))
    run.events.add(
        "model_judged",
        model=model.name,
        gate_set=gate_set,
        verdict=judged.verdict.value,
        decision=judged.decision.value,
        gates=[[finding.name, finding.verdict.value, str(finding.reason)] for finding in judged.findings],
    )
    run.plots += judged.plots
    run.warnings += judged.troubles
    before = base_gates(run, model.name, model.gates[gate_set])
    other = None
    if isinstance(before, Finding):
        judged = in_doubt(judged, before)
    elif before is not None:
        older = anchor_of(run, model, before.gate_set, dossier, outcome)
        other = _under_base(run, before, asking, older, outcome)
        judged = replace(judged, decision=held(judged.decision, other.decision))
    found = baseline if isinstance(baseline, BaselineFound) else None
    data = _data(run, outcome)
    _warn_of_known_rows(run, data, found)
    worn = candidates_judged(run.workspace, model.name, dossier.test_set, dossier.artifact.digest)
    said = wear.warning(model.name, worn, judged.rows)
    run.warnings += [said] if said is not None else []
    draft = draft_of(
        run.workspace,
        run.policy,
        dossier,
        judged,
        run=run.id,
        tier=run.tier,
        overridden=run.request.overridden,
        commit=run.commit,
        dirty=run.dirty or moved_under(outcome),
        data=data,
        baseline=found,
        anchor=anchor if isinstance(anchor, BaselineFound) else None,
        deferred=deferred_cells(run.prepared.plan, outcome),
        unpinned=unpinned_behind(cells_of(model, run.prepared.host.policy), cells, outcome),
        rules=rules_of(model.gates[gate_set]),
        installed=installed_for(run.prepared.survey, dossier.environment),
    )
    keep_draft(run.folder, draft)
    keep_handed(run.folder, model.name, handed(dossier, baseline, gate_set=gate_set, rows=judged.rows))
    fact = reporting.model_fact(model.name, judged, found, model.gates[gate_set])
    if isinstance(before, BaseGates) and other is not None:
        fact = replace(fact, under_base=under_base(other, before.label))
    if run.tier is None or not judged.decision.lets_through:
        return fact
    if run.tier.on_pass.register or run.tier.on_pass.promote:
        version = register(run.workspace, draft, tags={}, links=())
        run.events.add("registered", model=model.name, version=version.number)
        fact = replace(fact, registered=version.number)
        return _promote(run, version, fact)
    return fact


def _under_base(run: Run, before: BaseGates, asking: _Asks, anchor: Baseline | None, outcome: RunOutcome) -> Judged:
    """The judgement under the base's gates. What it cannot read lets nothing through: a person decides."""
    rules = before.gate_set
    try:
        mine, theirs = asking(rules, before.cases_in)
        answer = judge_model(run.workspace, rules, mine, theirs, anchor=anchor, cases_in=before.cases_in)
    except EvidenceError as error:
        return Judged(
            gate_set=rules.name,
            verdict=Verdict.ERROR,
            decision=Decision.BLOCK,
            findings=_unreadable(error),
            metrics=(),
        )
    return unproven(answer, outcome)


def _asking(run: Run, model: ModelPolicy, dossier: Dossier, baseline: Baseline) -> _Asks:
    """What makes the evidence that a gate set asks of a served model, and gives both sides with it."""
    if model.serving is None:
        return lambda _gate_set, _cases_in=None: (dossier, baseline)
    from seatrial.flows.measuring import Asking  # starts servers, which few models have

    return Asking(run, model, model.serving, dossier, baseline)


def _warn_of_known_rows(run: Run, data: Mapping[str, str], found: BaselineFound | None) -> None:
    judged = {"the candidate": data}
    if found is not None and found.version is not None:
        judged[found.label] = found.version.data
    for who, trained in judged.items():
        said = seen_in_training(run.policy.datasets, data, trained, who)
        run.warnings += [warning for warning in said if warning not in run.warnings]


def _promote(run: Run, version: Version, fact: ModelFact) -> ModelFact:
    alias = run.tier.on_pass.promote if run.tier else None
    if alias is None:
        return fact
    said = f"{version.ref} was registered but not promoted to {alias}"
    try:
        done: Promotion = promote(run.workspace, run.policy, version, alias, first=False, override_reason=None)
    except SeatrialError as error:
        run.unpromoted.append(Unpromoted(model=fact.name, why=error))
        run.warnings.append(f"{said}: {error}")
        return fact
    if isinstance(done.permission, Refused):
        run.unpromoted.append(Unpromoted(model=fact.name, why=done.permission))
        waiting = wanted(done)
        run.waiting += [waiting] if waiting is not None else []
        run.warnings.append(f"{said}: {'; '.join(done.permission.reasons)}; next: {done.permission.next_step}")
        return fact
    return replace(fact, promoted_to=alias)


def _data(run: Run, outcome: RunOutcome) -> dict[str, str]:
    """The digest of every dataset, as the stages saw it."""
    digests: dict[str, str] = {}
    made = {
        out.path: outcome.cells[cell.name].result
        for cell in run.prepared.cells
        for out in cell.outs
        if cell.name in outcome.cells
    }
    names = {out.path: out.name for cell in run.prepared.cells for out in cell.outs}
    for dataset in run.policy.datasets.values():
        result = made.get(dataset.path)
        if result is not None:
            digests[dataset.name] = result.outs[names[dataset.path]].digest
            continue
        try:
            if run.prepared.survey.is_elsewhere(dataset.path):
                raise FileNotFoundError(dataset.path)  # the digest of a pointer says nothing about the rows
            digests[dataset.name] = run.prepared.survey.fingerprint(dataset.path).digest
        except OSError:
            run.warnings.append(f"dataset {dataset.name} is not there: {dataset.path}")
    return digests


def _unreadable(error: EvidenceError) -> tuple[Finding, ...]:
    """Evidence that cannot be read, problem by problem."""
    return tuple(
        trouble("evidence_unreadable", f"{problem}" + (f"; {_within(problem.next_step)}" if problem.next_step else ""))
        for problem in error.problems
    )


def _not_judged(model: ModelPolicy, gate_set: str, findings: tuple[Finding, ...]) -> ModelFact:
    """A model that could not be judged, which is an ERROR of its own."""
    return ModelFact(
        name=model.name, gate_set=gate_set, verdict=Verdict.ERROR, decision=Decision.BLOCK, findings=findings
    )


def _within(sentence: str) -> str:
    """A sentence as the end of another."""
    return sentence[:1].lower() + sentence[1:].removesuffix(".")

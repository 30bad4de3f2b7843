"""Judging again what a run of less trusted code has measured, under the rules that it could not change.

Called by `seatrial report --post --from`, in a job that has checked out the base of a pull request. Configuration,
gates, test cases and records are those of this work tree; only figures come from the run. What the run says of itself
(its verdicts, that a model needed no judging) is never believed: a model is judged from its evidence, and one that is
missing is asked of the two commits.

Subtle: whoever wrote the evidence could have made it up, and nothing can be done about that here. So the report says
where it comes from, and promotion measures again.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial import digest
from seatrial.errors import EvidenceError, UserError
from seatrial.flows.baselines import Baseline, BaselineFound, BaselineMissing, no_anchor, of_alias
from seatrial.flows.dossier import Dossier, from_record
from seatrial.flows.facts import model_fact
from seatrial.flows.handover import Handed, Received, dossier_of
from seatrial.flows.history import read_history, typical_seconds
from seatrial.flows.judging import Judged, judge_model, trouble
from seatrial.flows.policy import CONFIG_FILE, MAIN, ModelPolicy, ProjectPolicy, TierPolicy
from seatrial.flows.run_baseline import baseline_name
from seatrial.flows.selection import find_tier, judged_models, select_stages
from seatrial.flows.told_data import otherwise_judged
from seatrial.flows.unsaid import (
    CANNOT_TELL,
    PlanOf,
    Reached,
    claim_of,
    owed,
    put_off_rightly,
    told_stages,
    undecided,
    unsaid_checks,
)
from seatrial.flows.workspace import Workspace
from seatrial.gates.choice import choose
from seatrial.gates.evidence import AbsentReason
from seatrial.gates.policy import GateSet
from seatrial.replacing import replace
from seatrial.report.facts import ModelFact, RunFacts, StageFact
from seatrial.store.blobs import CorruptBlobError
from seatrial.verdict import Decision, Finding, Verdict

_MOST_NEW = 20
"""Models that a change may have which the base does not know."""


class Second(Struct, frozen=True, kw_only=True):
    """The run as it is judged here, and a sentence on where its figures come from. `known` are the models that the base
    knows: the others are the change's own invention, and as many as it likes."""

    facts: RunFacts
    known: tuple[str, ...]
    note: str


def look_again(
    workspace: Workspace,
    policy: ProjectPolicy,
    received: Received,
    *,
    sha: str,
    tier: str | None,
    plan_of: PlanOf,
) -> Second:
    """Judge what was handed over. `sha` is the commit that it is about, as the forge's event says, `tier` the one whose
    rules hold, as whoever calls this says.

    Raises UserError where the folder is of another project or tier, or where this work tree is the very code that is to
    be judged; StateError for records that cannot be read.
    """
    _refuse_what_is_not_meant(workspace, policy, received.facts, sha=sha, tier=tier)
    chosen = find_tier(policy, tier)
    stages, _ = select_stages(policy.pipeline, chosen, ())
    models = tuple(model for model in judged_models(policy, stages) if model.gates)
    reached = Reached(policy, plan_of, sha)
    told = replace(received.facts, stages=_stages(workspace, policy, chosen, received.facts, reached))
    facts = [fact for model in models if (fact := _of_model(workspace, model, chosen, received, told, reached))]
    known = {model.name for model in models}
    new = [_new(fact) for fact in received.facts.models if fact.name not in known]
    base = (workspace.git.commit() or "")[:12]
    return Second(
        facts=replace(
            told,
            run=workspace.new_run(),  # the run's own could be later than any that follows
            models=(*facts, *new),
            checks=(
                *told.checks,
                *otherwise_judged(workspace, policy, stages, told.checks, sha),
                *unsaid_checks(stages, told, reached),
            ),
            debt=owed(chosen, told),
            unpromoted=(),
            named=(),
            overridden=(),
            commit=sha,
            dirty=False,
        ),
        known=tuple(fact.name for fact in facts),
        note=f"Measured by a run of code that this repository does not trust, which could have made up any figure; "
        f"judged here under the configuration and the gates of {base}.",
    )


def _stages(
    workspace: Workspace, policy: ProjectPolicy, tier: TierPolicy | None, facts: RunFacts, reached: Reached
) -> tuple[StageFact, ...]:
    """The stages as the run tells of them, as far as that can be."""
    stages, pipeline = select_stages(policy.pipeline, tier, ())
    told = [stage.name.partition("[")[0] for stage in facts.stages if stage.action == "deferred"]
    seconds = typical_seconds(read_history(workspace.state), list(stages)) if told else {}
    rightly = put_off_rightly(stages, tier, pipeline.selection, seconds, told)
    return told_stages(stages, facts, reached, rightly)


def _refuse_what_is_not_meant(
    workspace: Workspace, policy: ProjectPolicy, facts: RunFacts, *, sha: str, tier: str | None
) -> None:
    if workspace.stranger or workspace.git.holds(sha):
        raise UserError(
            "this work tree holds the code that is to be judged, so its gates would be its own",
            next_step="check out the base of the pull request in this job",
        )
    changed = sorted(set(workspace.git.standing(()).dirty) & _rules_of(policy))
    if changed:
        raise UserError(
            f"{changed[0]} is not as it was committed, and the rules that count are those of the base",
            next_step="check out the base anew, and unpack the artifact into a folder of its own",
        )
    if len(facts.models) > len(policy.models) + _MOST_NEW:
        raise UserError(
            f"the report tells of {len(facts.models):,} models, and the base knows {len(policy.models):,}",
            next_step=f"declare at most {_MOST_NEW} new ones in a change",
        )
    if facts.project != policy.project:
        raise UserError(
            f"the report is of project {facts.project[:80]}, and this is {policy.project}",
            next_step="take the folder that a run of this project has packed",
        )
    if facts.tier != tier:
        ran, wanted = (f"tier {name[:80]}" if name else "no tier" for name in (facts.tier, tier))
        raise UserError(
            f"the report is of {ran}, and {wanted} is asked for",
            next_step="name the tier whose gates hold: --tier TIER, or none where the run had none",
        )


def _of_model(
    workspace: Workspace,
    model: ModelPolicy,
    tier: TierPolicy | None,
    received: Received,
    told: RunFacts,
    reached: Reached,
) -> ModelFact | None:
    """A model of the base; None where the change does not reach it. `told` is the report without what cannot be."""
    gate_set = choose(model.gates, tier.gates if tier else None, model.gates_file)
    one = received.models.get(model.name)
    said = next((fact for fact in received.facts.models if fact.name == model.name), None)
    if one is not None:
        return _judged(workspace, model, gate_set, tier, received, one)
    if said is not None and said.verdict is not Verdict.PASS:
        waiting = {stage.name for stage in told.stages if stage.action == "deferred"}
        return claim_of(said, may_wait=bool(waiting & set(reached.cells_of(model))))
    whether = reached.model(model)
    if said is None and whether is False:
        return None
    if said is None and whether is None:
        return _undecided(model.name, gate_set, "not_verified", f"it was not judged; {CANNOT_TELL}")
    return _error(
        model.name, gate_set, "not_handed_over", "the change reaches it, and no evidence of it was handed over"
    )


def _judged(
    workspace: Workspace,
    model: ModelPolicy,
    gate_set: GateSet,
    tier: TierPolicy | None,
    received: Received,
    one: Handed,
) -> ModelFact:
    # Whether two artifacts are the same is not the run's to say: the model itself was not handed over.
    candidate = _unlike(dossier_of(one.candidate, received.store))
    baseline = _baseline(workspace, candidate, baseline_name(tier), received, one)
    alias = gate_set.anchor_alias
    anchor = None if alias is None else _held(workspace, candidate, alias, received, one)
    try:
        judged = judge_model(workspace, gate_set, candidate, baseline, anchor=anchor, anew=True)
    except EvidenceError as error:
        return _error(model.name, gate_set, "unreadable", "; ".join(str(problem) for problem in error.problems[:3]))
    except CorruptBlobError:
        return _error(
            model.name, gate_set, "not_handed_over", "a part of its evidence was not handed over, or is damaged"
        )
    return model_fact(model.name, judged, baseline if isinstance(baseline, BaselineFound) else None, gate_set)


def _baseline(workspace: Workspace, candidate: Dossier, name: str, received: Received, one: Handed) -> Baseline:
    if name != MAIN:
        return _held(workspace, candidate, name, received, one)
    if one.baseline is None:
        reason = AbsentReason(one.missing) if one.missing is not None else AbsentReason.NOT_RESCORED
        return BaselineMissing(reason=reason, message=one.said)
    return BaselineFound(
        dossier=dossier_of(one.baseline, received.store),
        label="main, as the run itself tells it",
        rescored="its rows are those of the same run",
    )


def _held(workspace: Workspace, candidate: Dossier, alias: str, received: Received, one: Handed) -> Baseline:
    """The version that holds an alias in our own records, with its own rows where they are of the same evaluation, else
    with those that the run made with its artifact."""
    version = of_alias(workspace, candidate.model, alias)
    if version is None:
        missing = BaselineMissing(reason=AbsentReason.NO_BASELINE)
        return missing if alias == "production" else no_anchor(candidate.model, alias)
    label = f"{version.ref} ({alias})"
    own = from_record(version, workspace.state.blobs)
    if candidate.comparable_with(own):
        return BaselineFound(dossier=own, label=label, version=version)
    if one.baseline is not None and one.baseline.artifact.digest == version.artifact.digest:
        theirs = dossier_of(one.baseline, received.store)
        return BaselineFound(
            dossier=theirs, label=label, version=version, rescored="its rows are those of the same run"
        )
    return BaselineMissing(
        reason=AbsentReason.NOT_RESCORED,
        message=f"{label} was evaluated on other data or by other code, and the change's own run could not evaluate it",
        next_step="run the change in a branch of the repository itself",
    )


def _unlike(dossier: Dossier) -> Dossier:
    claimed = digest.of_record("claimed/1", {"artifact": dossier.artifact.digest})
    return replace(dossier, artifact=replace(dossier.artifact, digest=claimed))


def _rules_of(policy: ProjectPolicy) -> set[str]:
    """The files that say what counts."""
    found = {CONFIG_FILE, policy.params_file or CONFIG_FILE}
    for model in policy.models.values():
        found |= {model.gates_file or CONFIG_FILE}
        for gate_set in model.gates.values():
            found |= set(gate_set.behavioral.test_cases) if gate_set.behavioral is not None else set()
    return found | {dataset.contract for dataset in policy.datasets.values() if dataset.contract is not None}


def _new(fact: ModelFact) -> ModelFact:
    """A model that the base does not know: there are no rules for it that the change did not write itself."""
    text = "the base has no gates for it, so nothing but the change's own rules has judged it; a person decides"
    finding = undecided("not_in_base", text)
    verdict = Verdict.INCONCLUSIVE if fact.verdict is Verdict.PASS else fact.verdict
    decision = fact.decision if fact.decision is Decision.BLOCK else Decision.HOLD
    return replace(
        fact,
        verdict=verdict,
        decision=decision,
        findings=(finding, *fact.findings),
        registered=None,
        promoted_to=None,
        under_base=None,
    )


def _undecided(name: str, gate_set: GateSet, reason: str, text: str) -> ModelFact:
    return _without_evidence(name, gate_set, undecided(reason, text), Decision.HOLD)


def _error(name: str, gate_set: GateSet, reason: str, text: str) -> ModelFact:
    return _without_evidence(name, gate_set, trouble(reason, text), Decision.BLOCK)


def _without_evidence(name: str, gate_set: GateSet, finding: Finding, decision: Decision) -> ModelFact:
    judged = Judged(gate_set=gate_set.name, verdict=finding.verdict, decision=decision, findings=(finding,), metrics=())
    return model_fact(name, judged, None, gate_set)

"""The promotion flow: judge stored evidence anew against the alias's holder, then move the alias.

Called by `models promote` and by tiers that promote on a pass. No stored verdict is trusted: the
gate set that guards the alias is applied to stored rows now. Where the holder's rows were made by
another evaluation, the rows stored with the version for this very comparison are used, and if
there are none, the holder is evaluated again at the version's own commit. The alias then moves by
compare-and-swap on its holder: of two promotions at once one moves it, the other is told.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.clock import iso
from seatrial.errors import ConfigError, UsageError
from seatrial.evidence.policy import OutKind
from seatrial.flows.baselines import (
    Baseline,
    BaselineFound,
    BaselineMissing,
    FirstModel,
    Rescore,
    compared_with_version,
    no_anchor,
    of_alias,
)
from seatrial.flows.commit_runs import run_commit
from seatrial.flows.damage import explained
from seatrial.flows.debts import read_book
from seatrial.flows.dossier import Dossier, from_record, stored, stored_rows
from seatrial.flows.judging import Judged, judge_model
from seatrial.flows.own_code import OwnCode, evaluation_data
from seatrial.flows.policy import Code, ProjectPolicy
from seatrial.flows.registering import who
from seatrial.flows.rescoring import Rescoring
from seatrial.flows.workspace import Workspace
from seatrial.gates.choice import choose_for_alias
from seatrial.gates.evidence import AbsentReason
from seatrial.registry.promotion import Allowed, AlreadyThere, Refused, may_promote, rollback_target
from seatrial.registry.records import AliasMove, How, Version
from seatrial.registry.refs import NumberRef, check_alias
from seatrial.registry.registry import Registry
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact, CorruptBlobError


class Promotion(Struct, frozen=True, kw_only=True):
    """What a promotion came to. `move` is None when the alias did not move."""

    version: Version
    alias: str
    judged: Judged
    permission: Allowed | AlreadyThere | Refused
    baseline: str | None = None
    move: AliasMove | None = None


def promote(
    workspace: Workspace,
    policy: ProjectPolicy,
    version: Version,
    alias: str,
    *,
    first: bool,
    override_reason: str | None,
) -> Promotion:
    """Judge a version for an alias and, if it may, move the alias to it.

    Raises UsageError for a model that is not declared here or a name that cannot be an alias,
    ConflictError when the holder changed meanwhile, StateError when records or stored bytes are lost.
    """
    if version.model not in policy.models:
        raise UsageError(
            f"seatrial.yaml declares no model {version.model}, so nothing says which gates guard it",
            next_step="run this where the model is declared",
        )
    check_alias(alias)
    declared = policy.models[version.model]
    gate_set = choose_for_alias(declared.gates, alias, declared.gates_file)
    holder = of_alias(workspace, version.model, alias)
    candidate = from_record(version, workspace.state.blobs)
    try:
        baseline = _baseline(workspace, version, candidate, holder, alias, first=first)
        same = alias == gate_set.anchor_alias  # the anchor itself is named: there is no older one
        anchor = baseline if same else _anchor(workspace, version, candidate, gate_set.anchor_alias)
        judged = judge_model(workspace, gate_set, candidate, baseline, anchor=anchor, anew=True)
    except CorruptBlobError as error:
        raise explained(workspace, error) from error
    permission = may_promote(
        version,
        alias,
        holder=holder.number if holder else None,
        findings=judged.findings,
        decision=judged.decision,
        first=first,
        override_reason=override_reason,
        debt=read_book(workspace.state).owed_by(version),
    )
    promotion = Promotion(
        version=version,
        alias=alias,
        judged=judged,
        permission=permission,
        baseline=baseline.label if isinstance(baseline, BaselineFound) else None,
    )
    if not isinstance(permission, Allowed):
        return promotion
    _refuse_lost_bytes(workspace, version)
    move = Registry(workspace.state).move_alias(
        version.model,
        alias,
        version.number,
        expected_holder=holder.number if holder else None,
        how=permission.how,
        actor=who(workspace),
        at=iso(workspace.clock.now()),
        decision=judged.decision,
        findings=judged.findings,
        gate_set=judged.gate_set,
        reason=override_reason if permission.how is How.OVERRIDE else None,
    )
    return replace(promotion, move=move)


def roll_back(workspace: Workspace, model: str, alias: str, *, to: int | None, reason: str | None) -> AliasMove:
    """Move an alias back to an earlier holder. Nothing is judged: the way back must always be open.

    Raises UsageError when there is no earlier holder, StateError when its bytes are lost, ConflictError
    when the holder changed meanwhile.
    """
    registry = Registry(workspace.state)
    check_alias(alias)
    if model not in registry.models():
        known = ", ".join(registry.models()) or "none"
        raise UsageError(f"no model {model} is registered; models: {known}", next_step="seatrial models list")
    holder = registry.holder(model, alias)
    target = rollback_target(registry.ledger(model), alias, to=to)
    _refuse_lost_bytes(workspace, registry.version(NumberRef(model=model, number=target)))
    return registry.move_alias(
        model,
        alias,
        target,
        expected_holder=holder.number if holder else None,
        how=How.ROLLBACK,
        actor=who(workspace),
        at=iso(workspace.clock.now()),
        reason=reason,
    )


def _refuse_lost_bytes(workspace: Workspace, version: Version) -> None:
    """An alias never points at a model that is not there: verdicts are remembered, bytes may be lost since."""
    store = workspace.state.blobs
    for name in store.verify(version.artifact):
        missing = not store.has(Artifact(digest=name, kind="file", size=0))
        if not missing:
            store.quarantine(name)
        raise explained(workspace, CorruptBlobError(name, missing=missing))


def _baseline(
    workspace: Workspace, version: Version, candidate: Dossier, holder: Version | None, alias: str, *, first: bool
) -> Baseline:
    if holder is None:
        return FirstModel() if first else BaselineMissing(reason=AbsentReason.NO_BASELINE)
    return _held(workspace, version, candidate, holder, alias)


def _anchor(workspace: Workspace, version: Version, candidate: Dossier, alias: str | None) -> Baseline | None:
    """The older model that the gate set holds against too."""
    if alias is None:
        return None
    holder = of_alias(workspace, version.model, alias)
    return no_anchor(version.model, alias) if holder is None else _held(workspace, version, candidate, holder, alias)


def _held(workspace: Workspace, version: Version, candidate: Dossier, holder: Version, alias: str) -> Baseline:
    """The holder, with what was found out of it for this version's own judgement."""
    found = _comparable(workspace, version, candidate, holder, alias)
    answers = version.compared_answers.get(holder.artifact.digest)
    if answers is None or not isinstance(found, BaselineFound):
        return found
    others = [file for file in found.dossier.others if file.kind is not OutKind.ANSWERS]
    others.append(stored(answers, OutKind.ANSWERS, workspace.state.blobs))
    return replace(found, dossier=replace(found.dossier, others=tuple(others)))


def _comparable(workspace: Workspace, version: Version, candidate: Dossier, holder: Version, alias: str) -> Baseline:
    kept = version.compared.get(holder.artifact.digest)
    if kept is not None:
        rows = stored_rows(kept, workspace.state.blobs)
        dossier = replace(
            from_record(holder, workspace.state.blobs),
            predictions=rows,
            evaluation=candidate.evaluation,
            test_set=candidate.test_set,
        )
        return BaselineFound(
            dossier=dossier, label=f"{holder.ref} ({alias})", version=holder, rescored="stored with the version"
        )
    return compared_with_version(workspace, candidate, holder, alias, _rescore_at_commit(workspace, version, holder))


def _rescore_at_commit(workspace: Workspace, version: Version, holder: Version) -> Rescore | None:
    """Evaluates another artifact the way `version` was evaluated, at the version's own commit."""
    commit = version.commit
    if commit is None or version.dirty or version.overridden:
        return None

    def rescore(other: Dossier) -> Dossier:
        run = workspace.new_run()
        folder = workspace.cache.runs / run
        with run_commit(workspace, commit, version.model, tier=version.tier, run=run, folder=folder) as made:
            mine = made.dossier(workspace)
            if not mine.comparable_with(from_record(version, workspace.state.blobs)):
                raise ConfigError(
                    f"{version.ref} cannot be evaluated again as it was: its test data or its environment are not "
                    "what they were at registration",
                    next_step="seatrial run && seatrial models register, then promote the new version",
                )
            if made.model.code is Code.OWN and holder.commit is not None:
                own = OwnCode(
                    workspace=workspace,
                    commit=holder.commit,
                    tier=holder.tier,
                    candidate=mine,
                    data=evaluation_data(workspace, made.model, made.prepared, made.outcome.cells),
                    run=run,
                    folder=folder,
                )
                return own(other)
            again = Rescoring(
                workspace=workspace,
                model=made.model,
                prepared=made.prepared,
                cells=made.outcome.cells,
                run=run,
                folder=folder,
            )
            return again(other)

    return rescore

"""A version judged anew for an alias, with everything that decides whether it may take it.

Called by `promote`, which then moves the alias, and by `approving`, which shows it to a person. Both must see the very
same, since an approval is bound to what was shown.

No stored verdict is trusted: the gate set that guards the alias is applied to stored rows now, and the one that main
has for it as well, so that a branch cannot lower what guards production. Where the holder's rows
were made by another evaluation, the rows stored with the version for this very comparison are used, and if there are
none, the holder is evaluated again at the version's own commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import ConfigError, UsageError
from seatrial.evidence.policy import OutKind
from seatrial.flows.approval_rules import rule_for
from seatrial.flows.authors import authors_of
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
from seatrial.flows.case_files import test_cases
from seatrial.flows.commit_runs import run_commit
from seatrial.flows.committed_rules import refuse_uncommitted_rules
from seatrial.flows.damage import explained
from seatrial.flows.debts import read_book
from seatrial.flows.dossier import Dossier, from_record, stored, stored_rows
from seatrial.flows.judging import Judged, judge_model
from seatrial.flows.main_guard import guarded_by_main
from seatrial.flows.own_code import OwnCode, evaluation_data
from seatrial.flows.policy import Code, ProjectPolicy
from seatrial.flows.rescoring import Rescoring
from seatrial.flows.workspace import Workspace
from seatrial.gates.choice import choose_for_alias
from seatrial.gates.evidence import AbsentReason
from seatrial.gates.policy import GateSet
from seatrial.gates.rules import rules_of
from seatrial.registry.approval import Standing, standing
from seatrial.registry.approval_evidence import findings_digest, grounds, policy_digest
from seatrial.registry.approval_policy import ApprovalRule
from seatrial.registry.debt import Debt
from seatrial.registry.people import Authors
from seatrial.registry.promotion import unfit
from seatrial.registry.records import Version
from seatrial.registry.refs import check_alias
from seatrial.registry.registry import Registry
from seatrial.replacing import replace
from seatrial.store.blobs import CorruptBlobError


class ForAlias(Struct, frozen=True, kw_only=True):
    """What is known of a version that is to take an alias. `shown` are the digests of what a person would be shown,
    `policy` that of the gates and the rule they are shown under; `rules` is the gate set as plain values."""

    version: Version
    alias: str
    holder: Version | None
    judged: Judged
    baseline: str | None
    debt: tuple[Debt, ...]
    rule: ApprovalRule | None
    rules: Mapping[str, Json]
    authors: Authors
    shown: Mapping[str, str]
    policy: str
    standing: Standing


def judge_for_alias(
    workspace: Workspace, policy: ProjectPolicy, version: Version, alias: str, *, first: bool
) -> ForAlias:
    """Judge a version for an alias. `first` says that there is nothing to compare with, if nobody holds the alias.

    Raises UsageError for a model that is not declared here, a name that cannot be an alias, or rules that are not
    committed; StateError when records or stored bytes are lost.
    """
    if version.model not in policy.models:
        raise UsageError(
            f"seatrial.yaml declares no model {version.model}, so nothing says which gates guard it",
            next_step="run this where the model is declared",
        )
    check_alias(alias)
    declared = policy.models[version.model]
    gate_set = choose_for_alias(declared.gates, alias, declared.gates_file)
    rule = None
    if not unfit(version):  # which is refused whatever the rules say, and even where nobody can read them
        refuse_uncommitted_rules(workspace, policy, gate_set)
        rule = rule_for(workspace, policy, version.model, alias)
    holder = of_alias(workspace, version.model, alias)
    candidate = from_record(version, workspace.state.blobs)
    try:
        baseline = _baseline(workspace, version, candidate, holder, alias, first=first)

        def judged_by(by: GateSet, cases_in: Path | None = None) -> Judged:
            same = alias == by.anchor_alias  # the anchor itself is named: there is no older one
            anchor = baseline if same else _anchor(workspace, version, candidate, by.anchor_alias)
            return judge_model(workspace, by, candidate, baseline, anchor=anchor, anew=True, cases_in=cases_in)

        judged = judged_by(gate_set)
        if not unfit(version):
            judged = guarded_by_main(workspace, policy, version.model, alias, gate_set, judged, judged_by)
    except CorruptBlobError as error:
        raise explained(workspace, error) from error
    debt = read_book(workspace.state).owed_by(version)
    rules = rules_of(gate_set)
    under = policy_digest(rules, test_cases(workspace.git.root, gate_set).digests, rule)
    history = Registry(workspace.state).history(version.model)
    shown = {
        **grounds(version, alias, holder=holder, ledger=history.ledger, debt=debt),
        "findings": findings_digest(judged.findings, judged.decision),
    }
    authors = authors_of(workspace, version, holder)
    return ForAlias(
        version=version,
        alias=alias,
        holder=holder,
        judged=judged,
        baseline=baseline.label if isinstance(baseline, BaselineFound) else None,
        debt=debt,
        rule=rule,
        rules=rules,
        authors=authors,
        shown=shown,
        policy=under,
        standing=standing(
            history.approvals_of(version.number, alias),
            rule,
            evidence=shown,
            policy=under,
            now=workspace.clock.now(),
            authors=authors,
        ),
    )


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

"""The candidate flow: plan, run, judge, report, register.

Called by `seatrial run`. Nothing else joins the slices: stages know nothing of gates, gates know
nothing of the registry. What a run did is in its event log before anybody acts on it, and every
model that was judged leaves a draft, so that it can be registered later from stored facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from seatrial.clock import iso
from seatrial.digest import Json
from seatrial.errors import ConfigError, EvidenceError, SeatrialError, UsageError
from seatrial.flows import facts as reporting
from seatrial.flows.baselines import Baseline, BaselineFound, BaselineMissing, compared_with_version, of_alias
from seatrial.flows.contamination import seen_in_training
from seatrial.flows.damage import explained
from seatrial.flows.dossier import Dossier, from_run
from seatrial.flows.engine import Prepared, execute, prepare, work_tree
from seatrial.flows.judging import judge_model, unproven
from seatrial.flows.main_branch import main_baseline
from seatrial.flows.own_code import OwnCode, evaluation_data
from seatrial.flows.policy import MAIN, Code, ModelPolicy, ProjectPolicy, TierPolicy
from seatrial.flows.promote import Promotion, promote
from seatrial.flows.registering import draft_of, keep_draft, register
from seatrial.flows.request import Candidate, Request
from seatrial.flows.rescoring import Rescoring
from seatrial.flows.selection import find_tier, judged_models, select_stages
from seatrial.flows.timings import record_run
from seatrial.flows.uncommitted import uncommitted
from seatrial.flows.workspace import Workspace
from seatrial.gates.choice import choose
from seatrial.gates.evidence import AbsentReason
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.expand import expand
from seatrial.pipeline.outcome import Did, RunOutcome
from seatrial.registry.promotion import Refused
from seatrial.registry.records import Version
from seatrial.report.facts import ModelFact
from seatrial.store.blobs import CorruptBlobError
from seatrial.verdict import Decision, Finding, Verdict

DEFAULT_ALIAS = "production"
_MOST_NAMED = 3


def run_candidate(workspace: Workspace, policy: ProjectPolicy, request: Request) -> Candidate:
    """Do everything that `seatrial run` does.

    Raises ConfigError and UsageError before anything runs. A stage that fails and evidence that
    cannot be read are part of the result.
    """
    tier = find_tier(policy, request.tier)
    stages, pipeline = select_stages(policy.pipeline, tier, request.stages)
    if not stages:
        raise UsageError("no stage is selected", next_step="seatrial config --show")
    prepared = prepare(workspace, stages, pipeline, tree=work_tree(workspace))
    declared = () if request.stages else judged_models(policy, stages)
    models = tuple(model for model in declared if model.gates)
    gate_sets = {model.name: choose(model.gates, tier.gates if tier else None, model.gates_file) for model in models}
    _refuse_to_judge_nothing(policy, tier, models)
    _look_at_records(workspace, tier, models)
    run = _Run(workspace, policy, request, tier, prepared)
    run.warnings += [
        f"model {model.name} has no `gates:`, so it was not judged and cannot be registered"
        for model in declared
        if not model.gates
    ]
    try:
        outcome = run.execute()
        judged: list[ModelFact] = []
        while not outcome.failed and len(judged) < len(models):
            model = models[len(judged)]
            try:
                judged.append(run.judge(model, gate_sets[model.name].name, outcome))
            except CorruptBlobError as error:
                outcome = run.execute_again(error, outcome)
        return run.finish(outcome, tuple(judged))
    finally:
        run.events.close()


def _refuse_to_judge_nothing(policy: ProjectPolicy, tier: TierPolicy | None, models: tuple[ModelPolicy, ...]) -> None:
    """A tier that names gates and runs no model's stages would end green without having judged."""
    if tier is not None and tier.gates is not None and policy.models and not models:
        raise ConfigError(
            f"tier {tier.name} names the gate set {tier.gates}, but the stages of no model belong to it",
            place=tier.place,
            next_step=f"take `gates:` out of tier {tier.name}, or add the tier to `tiers:` of the model's stages",
        )


def _look_at_records(workspace: Workspace, tier: TierPolicy | None, models: tuple[ModelPolicy, ...]) -> None:
    """Lost or damaged records are found before hours of training, not after them. Raises StateError."""
    alias = tier.baseline if tier else DEFAULT_ALIAS
    for model in models:
        if alias != MAIN:
            of_alias(workspace, model.name, alias)


class _Run:
    """One run under way: its folder, its log, and what is the same for all of its models."""

    def __init__(
        self,
        workspace: Workspace,
        policy: ProjectPolicy,
        request: Request,
        tier: TierPolicy | None,
        prepared: Prepared,
    ) -> None:
        self.workspace = workspace
        self.policy = policy
        self.request = request
        self.tier = tier
        self.prepared = prepared
        self.id = workspace.new_run()
        self.folder = workspace.cache.runs / self.id
        self.events = EventLog(self.folder / "events.jsonl", workspace.clock, workspace.listener)
        self.started = workspace.clock.now()
        self.clock_start = workspace.clock.monotonic()
        standing = workspace.git.standing(_all_outs(policy))
        self.commit = standing.commit
        self.dirty = bool(standing.dirty) or uncommitted(workspace, policy, prepared, standing.commit)
        self.warnings: list[str] = []
        self.unpromoted: list[Refused | SeatrialError] = []
        self._damaged: set[str] = set()
        self.events.add(
            "run_started",
            run=self.id,
            command=request.command,
            commit=self.commit,
            dirty=self.dirty,
            tier=tier.name if tier else None,
            machine=workspace.machine,
            plan=[
                {"cell": cell.cell.name, "action": cell.action.value, "reason": cell.reason}
                for cell in prepared.plan.cells
            ],
        )

    def execute(self) -> RunOutcome:
        """Do what the plan says."""
        return execute(self.workspace, self.prepared, run=self.id, folder=self.folder, events=self.events)

    def execute_again(self, damage: CorruptBlobError, before: RunOutcome) -> RunOutcome:
        """After damaged bytes were met and set aside: those of the cache are made, or stored, again.

        Raises StateError when that does not bring them back, because they are not the cache's.
        """
        if damage.blob in self._damaged:
            raise explained(self.workspace, damage) from damage
        self._damaged.add(damage.blob)
        self.events.add("evidence_damaged", message=str(damage))
        after = self.execute()
        # What this run already did stays what it did: that it could be reused a moment later is no news.
        cells = {name: before.cells[name] if cell.did is Did.REUSED else cell for name, cell in after.cells.items()}
        return RunOutcome(cells=cells)

    def judge(self, model: ModelPolicy, gate_set: str, outcome: RunOutcome) -> ModelFact:
        """Judge one model, leave its draft, and do what the tier says about a pass."""
        cells = {cell.name: cell for cell in self.prepared.cells}
        dossier = from_run(model, self.prepared.host.policy, cells, outcome, self.workspace.cache.blobs)
        try:
            baseline = self._baseline(model, dossier, outcome)
            judged = judge_model(self.workspace, model.gates[gate_set], dossier, baseline)
            if _moved_under(outcome):
                judged = unproven(judged, outcome)
        except EvidenceError as error:
            return _unreadable(model, gate_set, error)
        self.events.add(
            "model_judged",
            model=model.name,
            gate_set=gate_set,
            verdict=judged.verdict.value,
            decision=judged.decision.value,
            gates=[[finding.name, finding.verdict.value, str(finding.reason)] for finding in judged.findings],
        )
        found = baseline if isinstance(baseline, BaselineFound) else None
        data = self._data(outcome)
        self._warn_of_known_rows(data, found)
        draft = draft_of(
            self.workspace,
            self.policy,
            dossier,
            judged,
            run=self.id,
            tier=self.tier,
            overridden=self.request.overridden,
            commit=self.commit,
            dirty=self.dirty or _moved_under(outcome),
            data=data,
            baseline=found,
        )
        keep_draft(self.folder, draft)
        fact = reporting.model_fact(model.name, judged, found)
        if self.tier is None or judged.decision not in (Decision.ALLOW, Decision.WARN):
            return fact
        if self.tier.on_pass.register or self.tier.on_pass.promote:
            version = register(self.workspace, draft, tags={}, links=())
            self.events.add("registered", model=model.name, version=version.number)
            fact = replace(fact, registered=version.number)
            return self._promote(version, fact)
        return fact

    def _warn_of_known_rows(self, data: Mapping[str, str], found: BaselineFound | None) -> None:
        judged = {"the candidate": data}
        if found is not None and found.version is not None:
            judged[found.label] = found.version.data
        for who, trained in judged.items():
            said = seen_in_training(self.policy.datasets, data, trained, who)
            self.warnings += [warning for warning in said if warning not in self.warnings]

    def _promote(self, version: Version, fact: ModelFact) -> ModelFact:
        alias = self.tier.on_pass.promote if self.tier else None
        if alias is None:
            return fact
        said = f"{version.ref} was registered but not promoted to {alias}"
        try:
            done: Promotion = promote(self.workspace, self.policy, version, alias, first=False, override_reason=None)
        except SeatrialError as error:
            self.unpromoted.append(error)
            self.warnings.append(f"{said}: {error}")
            return fact
        if isinstance(done.permission, Refused):
            self.unpromoted.append(done.permission)
            self.warnings.append(f"{said}: {'; '.join(done.permission.reasons)}; next: {done.permission.next_step}")
            return fact
        return replace(fact, promoted_to=alias)

    def _baseline(self, model: ModelPolicy, dossier: Dossier, outcome: RunOutcome) -> Baseline:
        name = self.tier.baseline if self.tier else DEFAULT_ALIAS
        rescore = None
        if model.input is not None:
            rescore = Rescoring(
                workspace=self.workspace,
                model=model,
                prepared=self.prepared,
                cells=outcome.cells,
                run=self.id,
                folder=self.folder,
            )
        if name == MAIN:
            return main_baseline(
                self.workspace,
                self.policy,
                dossier,
                tier=self.tier.name if self.tier else None,
                dirty=self.dirty,
                rescore=rescore,
                run=self.id,
                folder=self.folder,
            )
        version = of_alias(self.workspace, model.name, name)
        if version is None:
            return BaselineMissing(reason=AbsentReason.NO_BASELINE)
        if model.code is Code.OWN and model.input is not None and version.commit is not None:
            own = OwnCode(
                workspace=self.workspace,
                commit=version.commit,
                tier=version.tier,
                candidate=dossier,
                data=evaluation_data(self.workspace, model, self.prepared, outcome.cells),
                run=self.id,
                folder=self.folder,
            )
            return compared_with_version(self.workspace, dossier, version, name, own, same_code=False)
        return compared_with_version(self.workspace, dossier, version, name, rescore)

    def _data(self, outcome: RunOutcome) -> dict[str, str]:
        """The digest of every dataset, as the stages saw it."""
        digests: dict[str, str] = {}
        made = {
            out.path: outcome.cells[cell.name].result
            for cell in self.prepared.cells
            for out in cell.outs
            if cell.name in outcome.cells
        }
        names = {out.path: out.name for cell in self.prepared.cells for out in cell.outs}
        for dataset in self.policy.datasets.values():
            result = made.get(dataset.path)
            if result is not None:
                digests[dataset.name] = result.outs[names[dataset.path]].digest
                continue
            try:
                digests[dataset.name] = self.prepared.survey.fingerprint(dataset.path).digest
            except OSError:
                self.warnings.append(f"dataset {dataset.name} is not there: {dataset.path}")
        return digests

    def _undeclared(self, outcome: RunOutcome) -> list[str]:
        """Files that appeared beside the declared outs: nothing will restore or remove them."""
        if all(cell.did is Did.REUSED for cell in outcome.cells.values()):
            return []
        outs = _all_outs(self.policy)
        listed = self.workspace.git.files()
        bare = [out for out in outs if any(path == out or path.startswith(out + "/") for path in listed)]
        ignored = [f"git does not ignore {', '.join(bare[:_MOST_NAMED])}; add your outs to .gitignore"] if bare else []
        new = [
            path
            for path in sorted(set(listed) - self.prepared.tree.paths)
            if not any(path == out or path.startswith(out + "/") for out in outs)
        ]
        more = f" and {len(new) - _MOST_NAMED} more" if len(new) > _MOST_NAMED else ""
        named = ", ".join(new[:_MOST_NAMED]) + more
        stray = [f"during the run {named} appeared, which no stage declares as an out"] if new else []
        return [*ignored, *stray]

    def finish(self, outcome: RunOutcome, models: tuple[ModelFact, ...]) -> Candidate:
        """Write the report and the record of the run."""
        seconds = self.workspace.clock.monotonic() - self.clock_start
        evidence = reporting.read_evidence(self.workspace, self.prepared, outcome)
        self.warnings += self._undeclared(outcome)
        facts = reporting.run_facts(
            self.policy.project,
            self.id,
            started=iso(self.started),
            seconds=seconds,
            request_command=self.request.command,
            commit=self.commit,
            dirty=self.dirty or _moved_under(outcome),
            tier=self.tier.name if self.tier else None,
            machine=self.workspace.machine,
            outcome=outcome,
            order=tuple(cell.name for cell in self.prepared.cells),
            models=models,
            evidence=evidence,
            warnings=(*self.warnings, *evidence.warnings),
            fit=not (self.request.overridden or (self.tier and self.tier.params)),
            instead=next((refused.next_step for refused in self.unpromoted if refused.next_step), None),
        )
        failed = bool(outcome.failed)
        record: dict[str, Json] = {"failed": failed, "seconds": round(seconds, 3)}
        self.events.add("run_ended", **record)
        reporting.write_report(self.folder, facts)
        facts = replace(facts, warnings=(*facts.warnings, *record_run(self.workspace.state, facts)))
        return Candidate(
            facts=facts,
            folder=self.folder,
            failed=failed,
            python=str(self.prepared.host.python),
            unpromoted=tuple(self.unpromoted),
        )


def _unreadable(model: ModelPolicy, gate_set: str, error: EvidenceError) -> ModelFact:
    """Evidence that cannot be read: nothing was judged, which is an ERROR of its own."""
    findings = tuple(
        Finding(
            name="evidence",
            kind="evidence",
            metric=None,
            verdict=Verdict.ERROR,
            reason="evidence_unreadable",
            message=f"{problem}" + (f"; {_within(problem.next_step)}" if problem.next_step else ""),
        )
        for problem in error.problems
    )
    return ModelFact(
        name=model.name, gate_set=gate_set, verdict=Verdict.ERROR, decision=Decision.BLOCK, findings=findings
    )


def _within(sentence: str) -> str:
    """A sentence as the end of another."""
    return sentence[:1].lower() + sentence[1:].removesuffix(".")


def _moved_under(outcome: RunOutcome) -> bool:
    """Whether inputs changed while a stage ran: what it made belongs to no commit, whatever git says now."""
    return any(cell.did is Did.USED for cell in outcome.cells.values())


def _all_outs(policy: ProjectPolicy) -> tuple[str, ...]:
    return tuple(out.path for cell in expand(policy.pipeline.stages) for out in cell.outs)

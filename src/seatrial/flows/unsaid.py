"""What a run of less trusted code had to tell of and does not: models, judged data, stages that it put off.

Called by `second_look`. The simplest way to have nothing fail is to leave it out, so what a run is silent about is
asked of the two commits: whether the change reaches it, by their objects alone, without running anything.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from seatrial.flows.change_plan import ChangePlan
from seatrial.flows.dossier import cells_of
from seatrial.flows.judging import trouble
from seatrial.flows.policy import MergeWithDebt, ModelPolicy, ProjectPolicy, TierPolicy, WeakEvidence
from seatrial.pipeline.policy import OutSource, Over, SelectionPolicy, StageSpec, UrlSource
from seatrial.replacing import replace
from seatrial.report.facts import DATA, TRIAL, CheckFact, DebtFact, DetailFact, ModelFact, RunFacts, StageFact
from seatrial.verdict import Decision, Finding, Verdict

FETCH = "fetch the head of the pull request in this job, without checking it out: git fetch origin refs/pull/N/head"
CANNOT_TELL = f"whether the change reaches it cannot be told here: {FETCH}"

MISSING = "missing"
"""What a stage is called that nobody is known to have done."""

PlanOf = Callable[[str], ChangePlan | None]
"""What the change of a commit reaches, by the objects of the repository alone; None where its commit is not here."""


class Reached:
    """Whether a change reaches what had to be judged. The plan is made when it is first asked for."""

    def __init__(self, policy: ProjectPolicy, plan_of: PlanOf, sha: str) -> None:
        self._policy, self._plan_of, self._sha = policy, plan_of, sha
        self._reached: Mapping[str, bool] | None = None
        self._asked = False

    def model(self, model: ModelPolicy) -> bool | None:
        """Whether it reaches what a model is judged from; None where nobody can tell."""
        return self.cells(self.cells_of(model))

    def cells_of(self, model: ModelPolicy) -> tuple[str, ...]:
        """The cells that a model is judged from."""
        return cells_of(model, self._policy.pipeline)

    def cells(self, names: Sequence[str]) -> bool | None:
        """Whether it reaches any of some cells; None where nobody can tell."""
        if not self._asked:
            plan, self._asked = self._plan_of(self._sha), True
            self._reached = None if plan is None or plan.unknown else _reached(plan)
        if self._reached is None:
            return None
        # A cell that the change takes away is reached by it.
        return any(self._reached.get(name, True) for name in names)


def _reached(plan: ChangePlan) -> dict[str, bool]:
    """Which cells a change reaches, itself or by way of their producers. That a result of one lies here says nothing:
    what was made once need not be what is judged today."""
    found: dict[str, bool] = {}
    for cell in plan.cells:
        behind = any(found.get(producer, True) for producer in cell.planned.cell.producers)
        found[cell.planned.cell.name] = behind or bool(cell.evidence)
    return found


def unsaid_checks(stages: Mapping[str, StageSpec], facts: RunFacts, reached: Reached) -> list[CheckFact]:
    """Stages of the base that judge data, or a training on one batch, and of which a run tells nothing."""
    told = {check.name for check in facts.checks}
    told |= {stage.name for stage in facts.stages if stage.action == "deferred"}
    found = []
    for name, spec in stages.items():
        if spec.uses is None or name in told:
            continue
        whether = reached.cells([name])
        if whether is False:
            continue
        finding = (
            trouble("not_handed_over", "the change reaches it, and the run tells nothing of it")
            if whether
            else undecided("not_verified", f"the run tells nothing of it; {CANNOT_TELL}")
        )
        trial = spec.uses.trial
        found.append(_check(name, spec.uses.dataset if trial is None else trial.target, finding, is_trial=bool(trial)))
    return found


def told_stages(
    stages: Mapping[str, StageSpec], facts: RunFacts, reached: Reached, rightly_put_off: Container[str]
) -> tuple[StageFact, ...]:
    """The stages as the run tells of them, but for what cannot be true or is left out: that nobody did. A stage that is
    said to be skipped must not be reached, and one that was put off must be one that may be."""
    found = []
    for stage in facts.stages:
        name = stage.name.partition("[")[0]
        reason = None
        if stage.action == "skipped" and name in stages and reached.cells([stage.name]) is not False:
            reason = "the run says that it was skipped, and the change may reach it"
        elif stage.action == "deferred" and name not in rightly_put_off:
            reason = "the run says that it was put off, and nothing here says why"
        found.append(stage if reason is None else replace(stage, action=MISSING, reason=reason))
    told = {stage.name.partition("[")[0] for stage in facts.stages}
    silent = [name for name in stages if name not in told]
    return (*found, *(StageFact(name=name, action=MISSING, reason="the run tells nothing of it") for name in silent))


def put_off_rightly(
    stages: Mapping[str, StageSpec],
    tier: TierPolicy | None,
    selection: SelectionPolicy,
    seconds: Mapping[str, float],
    told: Iterable[str],
) -> frozenset[str]:
    """The stages that a run of a stranger may put off, by the base's own word: what needs a secret, an address or a
    device, what is dear, what waits for one of these, and anything where the tier lets time or weak evidence put off.
    `seconds` are what stages usually take, `told` those that the run says were put off."""
    by_tier = tier is not None and (
        (tier.budget is not None and tier.budget.over is Over.DEFER) or tier.weak_evidence is WeakEvidence.DEFER
    )
    found = {
        name
        for name, spec in stages.items()
        if by_tier
        or spec.secrets
        or selection.is_dear(spec.resources, seconds.get(name))
        or any(isinstance(dep.source, UrlSource) for dep in spec.deps or ())
    }
    waiting = [name for name in told if name in stages and name not in found]
    for _ in range(len(waiting)):  # as deep as they can wait for each other
        found |= {name for name in waiting if _waits_for(stages[name], stages, found)}
    return frozenset(found)


def _waits_for(spec: StageSpec, stages: Mapping[str, StageSpec], found: Container[str]) -> bool:
    """Whether a stage needs one of some others, by name or for what they make."""
    paths = {out.path: name for name, other in stages.items() for out in other.outs}
    behind = set(spec.needs)
    for dep in spec.deps or ():
        source = dep.source
        if isinstance(source, OutSource):
            behind.add(source.stage)
        else:
            behind |= {name for path, name in paths.items() if path == getattr(source, "path", None)}
    return any(name in found for name in behind)


def claim_of(said: ModelFact, *, may_wait: bool) -> ModelFact:
    """What is kept of a model that has no evidence here, and of which the run says anything but PASS. That it says no
    needs no proof; whether it may go on is not the run's to say. `may_wait`: it waits for what was rightly put off."""
    waits = said.verdict is Verdict.INCONCLUSIVE and may_wait
    decision = {Verdict.INCONCLUSIVE: Decision.WARN if waits else Decision.HOLD}.get(said.verdict, Decision.BLOCK)
    return replace(said, decision=decision, registered=None, promoted_to=None, under_base=None)


def _check(name: str, about: str, finding: Finding, *, is_trial: bool) -> CheckFact:
    return CheckFact(
        name=name,
        dataset=about,
        identity="",
        rows=0,
        verdict=finding.verdict,
        decision=Decision.BLOCK if finding.verdict is Verdict.ERROR else Decision.HOLD,
        findings=(finding,),
        details=(DetailFact(severity="error"),),
        passed=0,
        judges=TRIAL if is_trial else DATA,
    )


def owed(tier: TierPolicy | None, facts: RunFacts) -> DebtFact | None:
    """What a run put off, by what the base's tier says to that; None where nothing was."""
    if not any(stage.action == "deferred" for stage in facts.stages):
        return None
    merge = tier.merge_with_debt if tier is not None else MergeWithDebt.ALLOW
    held = merge is not MergeWithDebt.ALLOW
    said = (
        f"held by debt, since the tier says `merge_with_debt: {merge.value}`: what code from a fork may not do is done "
        "once the change is in a branch of the repository"
    )
    return replace(facts.debt or DebtFact(), merge=merge.value, held=held, lifted_by=said if held else None)


def undecided(reason: str, text: str) -> Finding:
    """A finding that nobody can decide here."""
    return replace(trouble(reason, text), verdict=Verdict.INCONCLUSIVE)

"""What a run of less trusted code had to tell of and does not: models, judged data, stages that it put off.

Called by `second_look`. The simplest way to have nothing fail is to leave it out, so what a run is silent about is
asked of the two commits: whether the change reaches it, by their objects alone, without running anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from seatrial.flows.change_plan import ChangePlan
from seatrial.flows.dossier import cells_of
from seatrial.flows.judging import trouble
from seatrial.flows.policy import MergeWithDebt, ModelPolicy, ProjectPolicy, TierPolicy
from seatrial.pipeline.policy import StageSpec
from seatrial.replacing import replace
from seatrial.report.facts import DATA, TRIAL, CheckFact, DebtFact, DetailFact, RunFacts
from seatrial.verdict import Decision, Finding, Verdict

CANNOT_TELL = (
    "whether the change reaches it cannot be told here: fetch the head of the pull request in this job, without "
    "checking it out: git fetch origin refs/pull/N/head"
)

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
        return self.cells(cells_of(model, self._policy.pipeline))

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

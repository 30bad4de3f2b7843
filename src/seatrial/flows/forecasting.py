"""Before a run: what it will take and whether that fits the tier's budget. After it: how right that was.

Called by `candidate` and `seatrial plan`. History is read only where something has to run, so that a
run with nothing to do pays nothing for it. A history that cannot be read costs the forecast, never the
run; whoever decides about models reads the records for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import UserError
from seatrial.flows.durations import durations
from seatrial.flows.engine import Prepared
from seatrial.flows.forecast import Assessment, Fit, Forecast, assess, blame, forecast
from seatrial.flows.foreseeing import foresee
from seatrial.flows.history import read_history, typical_seconds
from seatrial.flows.makespan import Capacity, Work
from seatrial.flows.policy import TierPolicy
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.outcome import Did, RunOutcome
from seatrial.pipeline.policy import Budget, Over
from seatrial.pipeline.select import Action
from seatrial.replacing import replace
from seatrial.report.expectation import budgeted, expected
from seatrial.report.facts import ForecastFact, PathFact

_ONE = Capacity(jobs=1)
_ENDED_WELL = (Did.RAN, Did.USED, Did.REUSED)


class Outlook(Struct, frozen=True, kw_only=True):
    """What is expected of a plan. `seconds` are the medians by cell, where there is history; `usual` the same
    from however little there is, which is enough to put cells in order. `deferred` is why this machine will
    have to put cells off."""

    fact: ForecastFact
    deferred: Mapping[str, str]
    budget: Budget | None
    seconds: Mapping[str, float] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)
    work: tuple[Work, ...] = ()
    capacity: Capacity = _ONE

    @property
    def time_left(self) -> float | None:
        """Seconds after which what runs is ended; None where nothing is."""
        return self.budget.time if self.budget is not None and self.budget.over is Over.STOP else None


def look_ahead(workspace: Workspace, prepared: Prepared, tier: TierPolicy | None) -> Outlook:
    """The outlook of a plan. Nothing is refused here."""
    plan, machine = prepared.plan, prepared.host.policy.machine
    deferred = foresee(workspace, prepared)
    running = frozenset(
        planned.cell.name
        for planned in plan.cells
        if planned.action is not Action.REUSE and planned.cell.name not in deferred
    )
    budget = tier.budget if tier else None
    if not running:
        nothing = assess(Forecast(), (), {}, _ONE, budget.time) if budget else None
        return Outlook(fact=_fact(Forecast(), budget, nothing), deferred=deferred, budget=budget)
    work = tuple(
        Work(
            cell=planned.cell.name,
            stage=planned.cell.stage,
            before=planned.cell.before,
            cpus=planned.cell.spec.resources.cpus,
            gpus=planned.cell.spec.resources.gpus,
        )
        for planned in plan.cells
    )
    cores = machine.cpus if machine.cpus is not None else max(workspace.hardware.cores, float(workspace.jobs))
    capacity = Capacity(jobs=workspace.jobs, cpus=cores, gpus=machine.gpus)
    pairs = [(one.cell, one.stage) for one in work if one.cell in running]
    history = read_history(workspace.state)
    known = durations(pairs, history, machine=workspace.machine, tier=tier.name if tier else None)
    found = forecast(work, running, known, capacity)
    held = assess(found, work, known, capacity, budget.time) if budget else None
    return Outlook(
        fact=_fact(found, budget, held),
        seconds={cell: duration.p50 for cell, duration in known.items()},
        usual=typical_seconds(history, [cell for cell, _ in pairs]),
        deferred=deferred,
        work=work,
        capacity=capacity,
        budget=budget,
    )


def nothing_ahead() -> Outlook:
    """The outlook of a run whose cells other machines did: nothing is run here."""
    return Outlook(fact=_fact(Forecast(), None, None), deferred={}, budget=None)


def refuse_what_will_not_fit(outlook: Outlook, tier: TierPolicy | None) -> None:
    """Raise UserError where the tier says `over: stop` and more likely than not its time will not do.

    The median decides and not the 90 % figure: one slow night in ten must not close a tier whose
    running stages are ended at its budget anyway. What has no history refuses nothing.
    """
    fact = outlook.fact
    if tier is None or outlook.time_left is None or fact.fit != Fit.WILL_NOT:
        return
    named = fact.blame or "its stages"
    raise UserError(
        f"tier {tier.name} {budgeted(fact)}; nothing was started (`over: stop`). Expected: {expected(fact)}",
        place=tier.place,
        next_step=f"make {named} shorter (a smaller parameter for this tier under `params:`), take it out of the tier, "
        f"run another tier with `--tier`, or raise `budget:` of tier {tier.name}",
    )


def looked_back(outlook: Outlook, outcome: RunOutcome, took: float) -> ForecastFact | None:
    """The outlook with what really became of it; over budget, the blame is that of the run itself. None where
    nothing had to run and no budget was set: then there is nothing to say."""
    if not outlook.fact.cells and outlook.budget is None:
        return None
    well = all(cell.did in _ENDED_WELL for cell in outcome.cells.values())
    fact = replace(outlook.fact, took=took, complete=well)
    if fact.budget is None or took <= fact.budget:
        return fact
    spent = {
        name: cell.seconds
        for name, cell in outcome.cells.items()
        if cell.did in (Did.RAN, Did.USED, Did.FAILED) and cell.seconds > 0
    }
    worst = blame(outlook.work, spent, outlook.capacity, fact.budget)
    return replace(
        fact,
        over_by=took - fact.budget,
        blame=worst.stage if worst else None,
        gain=worst.gain if worst else 0.0,
        alone=worst.alone if worst else False,
    )


def announced(outlook: Outlook) -> dict[str, Json]:
    """The fields of a run's `forecast` event."""
    fact = outlook.fact
    return {
        "text": "; ".join(filter(None, (expected(fact), budgeted(fact)))),
        "p50": fact.p50,
        "p90": fact.p90,
        "unknown": list(fact.unknown),
        "path": [{"stage": one.stage, "seconds": one.seconds, "share": one.share} for one in fact.path],
        "budget": fact.budget,
        "fit": fact.fit,
        "blame": fact.blame,
    }


def _fact(found: Forecast, budget: Budget | None, held: Assessment | None) -> ForecastFact:
    worst = held.blame if held else None
    return ForecastFact(
        p50=found.p50,
        p90=found.p90,
        cells=found.cells,
        unknown=found.unknown,
        path=tuple(PathFact(stage=one.stage, seconds=one.seconds, share=one.share) for one in found.path),
        bases=tuple(found.bases.items()),
        budget=budget.time if budget else None,
        over=budget.over.value if budget else None,
        fit=held.fit.value if held else None,
        over_by=held.over if held else 0.0,
        blame=worst.stage if worst else None,
        gain=worst.gain if worst else 0.0,
        alone=worst.alone if worst else False,
    )

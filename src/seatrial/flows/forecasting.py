"""Before a run: what it will take, and what of it the tier's budget puts off. After it: how right that was.

Called by `candidate` and `seatrial plan`. History is read only where something has to run, so that a
run with nothing to do pays nothing for it. A history that cannot be read costs the forecast, never the
run; whoever decides about models reads the records for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import UserError
from seatrial.flows.budgeting import does_not_fit
from seatrial.flows.durations import OTHER_TIERS, Duration, durations
from seatrial.flows.engine import Prepared
from seatrial.flows.forecast import Assessment, Fit, Forecast, assess, blame, forecast
from seatrial.flows.foreseeing import foresee
from seatrial.flows.history import read_history
from seatrial.flows.makespan import Capacity, Work
from seatrial.flows.ordering import order_of
from seatrial.flows.policy import TierPolicy
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.calling_off import behind_deferred
from seatrial.pipeline.deferral import Bounds, Cause, Deferral
from seatrial.pipeline.outcome import Did, RunOutcome
from seatrial.pipeline.plan import Plan
from seatrial.pipeline.policy import Budget, Over
from seatrial.pipeline.rank import Order, worths
from seatrial.pipeline.select import Action
from seatrial.replacing import replace
from seatrial.report.expectation import budgeted, expected
from seatrial.report.facts import ForecastFact, PathFact
from seatrial.report.numbers import duration

_ONE = Capacity(jobs=1)
_ENDED_WELL = (Did.RAN, Did.USED, Did.REUSED)
_NOTHING: Mapping[str, Deferral] = {}


class Outlook(Struct, frozen=True, kw_only=True):
    """What is expected of a plan. `seconds` are the medians by cell, where there is history; `order` has the same
    from however little there is, which is enough to put cells in order. `deferred` is why cells will be put off,
    by this machine, the budget or whoever decided so; `put_off` are those among them that the scheduler
    would not put off by itself. `named`: the user named the stages, so no budget puts any of them off."""

    fact: ForecastFact
    deferred: Mapping[str, str]
    budget: Budget | None
    put_off: Mapping[str, Deferral] = field(default_factory=dict)
    named: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    order: Order = Order()
    work: tuple[Work, ...] = ()
    capacity: Capacity = _ONE

    @property
    def time_left(self) -> float | None:
        """Seconds after which what runs is ended; None where nothing is."""
        return self.budget.time if self.budget is not None and self.budget.over is Over.STOP else None

    def bounds(self, took: float) -> Bounds:
        """What a run of this plan may not do that has taken so many seconds already."""
        budget = self.budget
        if budget is None or budget.over is Over.REPORT or (budget.over is Over.DEFER and self.named):
            return Bounds(deferrals=self.put_off)
        left = max(0.0, budget.time - took)
        if budget.over is Over.STOP:
            return Bounds(deferrals=self.put_off, end_after=left)
        used_up = f"the tier's budget of {duration(budget.time)} was used up before it could begin"
        return Bounds(deferrals=self.put_off, start_for=left, out_of_time=used_up)


def look_ahead(
    workspace: Workspace,
    prepared: Prepared,
    tier: TierPolicy | None,
    *,
    named: bool = False,
    decided: Mapping[str, Deferral] = _NOTHING,
) -> Outlook:
    """The outlook of a plan. Nothing is refused here.

    `named`: the user named the stages. `decided` are cells that are put off for a reason known before, such as the
    grade of the evidence: what waits for them is put off too, and neither counts against the budget.
    """
    plan, machine = prepared.plan, prepared.host.policy.machine
    deferred = {**foresee(workspace, prepared)}
    put_off = {name: one for name, one in decided.items() if name not in deferred}
    _close(plan, deferred, put_off)
    wanted = [planned.cell for planned in plan.cells if planned.action is not Action.REUSE]
    running = frozenset(cell.name for cell in wanted if cell.name not in deferred)
    budget = tier.budget if tier else None
    if not wanted:
        nothing = assess(Forecast(), (), {}, _ONE, budget.time) if budget else None
        return Outlook(fact=_fact(Forecast(), budget, nothing), deferred=deferred, budget=budget)
    history = read_history(workspace.state)
    known = durations(
        [(cell.name, cell.stage) for cell in wanted],
        history,
        machine=workspace.machine,
        tier=tier.name if tier else None,
    )
    seconds = {cell: one.p50 for cell, one in known.items()}
    order = order_of(wanted, history, prepared.host.policy.selection, expected=seconds)
    worth = worths([cell.name for cell in wanted], order)
    work = tuple(
        Work(
            cell=planned.cell.name,
            stage=planned.cell.stage,
            before=planned.cell.before,
            cpus=planned.cell.spec.resources.cpus,
            gpus=planned.cell.spec.resources.gpus,
            worth=worth.get(planned.cell.name, 0.0),
            dear=planned.cell.name in order.dear,
        )
        for planned in plan.cells
    )
    cores = machine.cpus if machine.cpus is not None else max(workspace.hardware.cores, float(workspace.jobs))
    capacity = Capacity(jobs=workspace.jobs, cpus=cores, gpus=machine.gpus)
    if tier is not None and budget is not None and budget.over is Over.DEFER and not named:
        mine = {cell: one.p50 for cell, one in known.items() if cell in running and _says_enough(one, tier)}
        over = {
            cell: Deferral(reason=_over(budget, mine[cell]), cause=Cause.BUDGET)
            for cell in does_not_fit(work, mine, capacity, budget.time)
        }
        put_off |= over
        _close(plan, deferred, over)
        running -= deferred.keys()
    known = {cell: one for cell, one in known.items() if cell in running}
    found = forecast(work, running, known, capacity)
    held = assess(found, work, known, capacity, budget.time) if budget else None
    return Outlook(
        fact=_fact(found, budget, held),
        seconds=seconds,
        order=order,
        put_off=put_off,
        named=named,
        deferred=deferred,
        work=work,
        capacity=capacity,
        budget=budget,
    )


def _says_enough(known: Duration, tier: TierPolicy) -> bool:
    """Whether a duration may put a cell off. Where a tier changes parameters, other tiers did other work; a stage that
    is never run for what they took would never show what it takes here."""
    return not tier.params or OTHER_TIERS not in known.basis


def _over(budget: Budget, seconds: float) -> str:
    beside = "" if seconds > budget.time else " with what goes before it"
    return f"over the tier's budget of {duration(budget.time)}{beside} (expected {duration(seconds)})"


def _close(plan: Plan, deferred: dict[str, str], put_off: Mapping[str, Deferral]) -> None:
    """Add cells that are put off to those that will be, with all that waits for them, as the scheduler does."""
    for planned in plan.cells if put_off else ():
        name = planned.cell.name
        if planned.action is Action.REUSE or name in deferred:
            continue
        behind = [other for other in planned.cell.before if other in deferred]
        if behind:
            deferred[name] = behind_deferred(behind)
        elif name in put_off:
            deferred[name] = put_off[name].reason


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

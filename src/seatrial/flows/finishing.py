"""The end of a run: its report, its record, and what it came to.

Called by `candidate`, and by `part_run` for one machine's part, also when stages failed: a run that failed
has a report like any other.
"""

from __future__ import annotations

import shlex

from seatrial.clock import iso
from seatrial.digest import Json
from seatrial.errors import ConflictError, OutsideError, SeatrialError
from seatrial.flows import facts as reporting
from seatrial.flows.appeared import undeclared
from seatrial.flows.audit_records import selection_fact
from seatrial.flows.base_contracts import under_base
from seatrial.flows.data_checks import DataChecks, read_checks, record_looks
from seatrial.flows.doubts import doubts
from seatrial.flows.forecasting import looked_back
from seatrial.flows.history import flaky_now, read_history
from seatrial.flows.merging import debt_of, is_merge_queue
from seatrial.flows.request import Candidate
from seatrial.flows.settling import settle
from seatrial.flows.timings import record_run
from seatrial.flows.under_way import Run, Unpromoted, moved_under
from seatrial.flows.unpinned import unpinned_warnings
from seatrial.pipeline.outcome import RunOutcome
from seatrial.replacing import replace
from seatrial.report.curve_plots import beside
from seatrial.report.expectation import overrun
from seatrial.report.facts import DebtFact, ModelFact, RunFacts, UnpromotedFact
from seatrial.report.plot_facts import CURVE, MOST_PLOTS, PlotFact


def finish(run: Run, outcome: RunOutcome, models: tuple[ModelFact, ...]) -> Candidate:
    """Write the report and the record of the run."""
    failed = bool(outcome.failed)
    seconds = run.workspace.clock.monotonic() - run.clock_start
    evidence = reporting.read_evidence(run.workspace, run.prepared, outcome)
    data = read_checks(run.workspace, run.prepared, outcome)
    checks = (*data.checks, *under_base(run, outcome, data.checks))
    run.warnings += record_looks(run.workspace, data, run=run.id, commit=None if run.dirty else run.commit)
    run.warnings += [*undeclared(run, outcome), *doubts(run.workspace.cache, outcome.cells.values())]
    run.warnings += unpinned_warnings(outcome)
    forecast = looked_back(run.outlook, outcome, run.took)
    run.warnings += filter(None, [overrun(forecast) if forecast is not None else None])
    run.warnings += flaky_now(run.workspace.state, run.id, outcome)
    if run.workspace.cache.shared is not None:
        run.warnings += run.workspace.cache.shared.warnings
    debt = _debt(run, outcome)
    run.warnings += [debt.lifted_by] if debt is not None and debt.lifted_by else []
    facts = RunFacts(
        project=run.policy.project,
        run=run.id,
        started=iso(run.started),
        seconds=seconds,
        repeat=run.request.command,
        commit=run.commit,
        dirty=run.dirty or moved_under(outcome),
        tier=run.tier.name if run.tier else None,
        machine=run.workspace.machine,
        models=models,
        checks=checks,
        # In the order of the plan, not in that of their ends.
        stages=tuple(
            reporting.stage_fact(outcome.cells[cell.name], gpus=cell.spec.resources.gpus, folder=run.folder)
            for cell in run.prepared.cells
            if cell.name in outcome.cells
        ),
        curves=(*evidence.curves, *data.curves),
        tests=evidence.tests,
        plots=_plots(run, evidence, data),
        warnings=(*run.warnings, *evidence.warnings),
        next_step=_next_step(run, outcome, models),
        forecast=forecast,
        debt=debt,
        selection=selection_fact(run.workspace.state),
        unpromoted=tuple(map(_unpromoted, run.unpromoted)),
        named=run.request.stages,
        overridden=tuple(run.request.overridden),
    )
    record: dict[str, Json] = {"failed": failed, "seconds": round(seconds, 3)}
    run.events.add("run_ended", **record)
    reporting.write_report(run.folder, facts)
    if not run.collected:  # else each machine has recorded what its part took
        facts = replace(facts, warnings=(*facts.warnings, *record_run(run.workspace.state, facts)))
    settle(run, outcome, facts)
    return Candidate(
        facts=facts,
        folder=run.folder,
        failed=failed,
        python=str(run.prepared.host.python),
        waiting=tuple(run.waiting),
    )


def _unpromoted(one: Unpromoted) -> UnpromotedFact:
    """Why a promotion did not take place, as a report keeps it."""
    match one.why:
        case ConflictError():
            kind = "conflict"
        case OutsideError():
            kind = "outside"
        case SeatrialError():
            kind = "fix"
        case refused:
            return UnpromotedFact(kind=refused.refusal.value, reason="; ".join(refused.reasons), model=one.model)
    return UnpromotedFact(kind=kind, reason=str(one.why), model=one.model)


def _plots(run: Run, evidence: reporting.EvidenceFacts, data: DataChecks) -> tuple[PlotFact, ...]:
    """All pictures, as many as a report holds: of the models first, then curves with the baselines' beside them."""
    ofs = [plot for plot in run.plots if plot.kind != CURVE]
    curves = beside(evidence.plots, [plot for plot in run.plots if plot.kind == CURVE])
    return (*ofs, *curves, *data.plots)[:MOST_PLOTS]


def _debt(run: Run, outcome: RunOutcome) -> DebtFact | None:
    """What was put off, and what the tier says to that."""
    seconds = run.outlook.order.seconds
    return debt_of(
        outcome.deferred,
        run.owed,
        {cell.name: (cell.spec.resources.gpus, seconds.get(cell.name)) for cell in run.prepared.cells},
        run.tier,
        command=run.request.command,
        in_queue=is_merge_queue(run.workspace.environ),
    )


def _next_step(run: Run, outcome: RunOutcome, models: tuple[ModelFact, ...]) -> str | None:
    """What to type now: what a refused promotion asks for, else what was known before, else what follows."""
    for one in run.unpromoted:
        if one.why.next_step:
            return one.why.next_step
    if run.then and not outcome.failed:
        return run.then
    fit = not (run.request.overridden or (run.tier and run.tier.params))
    step = reporting.next_step(
        run.id, outcome, models, command=run.request.command, fit=fit, again=lambda cell: _again(run, cell)
    )
    broken = next((cell.cell for cell in outcome.failed), None)
    if step is None or broken is None or run.dirty or not _passed_before(run, broken):
        return step
    return f"{step}; which merges may have broken it: seatrial suspects {shlex.quote(broken)}"


def _again(run: Run, cell: str) -> str:
    """The command that repeats a stage under the same parameters: what feeds it is reused."""
    if run.request.overridden:
        return run.request.command
    tier = ["--tier", run.tier.name] if run.tier is not None else []
    return shlex.join(["seatrial", "run", *tier, cell.partition("[")[0]])


def _passed_before(run: Run, cell: str) -> bool:
    """Whether any run recorded here ended a cell well: else no merge can be suspected of having broken it."""
    return any(row.cell == cell and row.ended_well for row in read_history(run.workspace.state))

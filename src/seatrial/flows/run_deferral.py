"""What a run says of a model whose stages were deferred: nothing was judged, and that holds nothing but itself.

Called by `run_judging`. The verdict is INCONCLUSIVE with the reason `deferred`; no gate set's
`on_inconclusive` is asked, because no evidence was too weak: there is none yet. The run goes on with a
warning (decision 0013), what holds promotion is the debt. No draft is left, so nothing can be registered.
A tier that was to promote has not done what it says, and its run is held.
"""

from __future__ import annotations

from seatrial.flows.dossier import cells_of
from seatrial.flows.merging import how_to_settle
from seatrial.flows.policy import ModelPolicy
from seatrial.flows.under_way import Run, Unpromoted
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.registry.promotion import Refusal, Refused
from seatrial.report.facts import ModelFact
from seatrial.verdict import Decision, Finding, Verdict


def cells_deferred(run: Run, model: ModelPolicy, outcome: RunOutcome) -> tuple[CellOutcome, ...]:
    """The cells that make up a model and were deferred."""
    cells = [outcome.cells[name] for name in cells_of(model, run.prepared.host.policy)]
    return tuple(cell for cell in cells if cell.did is Did.DEFERRED)


def not_judged(run: Run, model: ModelPolicy, gate_set: str, missing: tuple[CellOutcome, ...]) -> ModelFact:
    """The fact of a model that waits for what was deferred."""
    first = missing[0]
    said = f"{', '.join(cell.cell for cell in missing)} {'was' if len(missing) == 1 else 'were'} deferred"
    step = f"run {how_to_settle(missing, run.request.command)}"
    run.events.add("model_deferred", model=model.name, gate_set=gate_set, cells=[cell.cell for cell in missing])
    alias = run.tier.on_pass.promote if run.tier else None
    if alias is not None:
        reason = f"{model.name} was not promoted to {alias}: {said}"
        held = Refused(refusal=Refusal.HELD, reasons=(reason,), next_step=step)
        run.unpromoted.append(Unpromoted(model=model.name, why=held))
        run.warnings.append(reason)
    finding = Finding(
        name="evidence",
        kind="evidence",
        metric=None,
        verdict=Verdict.INCONCLUSIVE,
        reason="deferred",
        # A headline quotes a message up to its first semicolon.
        message=f"{said} ({first.reason.replace(';', ',')}), so there is nothing to judge yet; {step}",
    )
    return ModelFact(
        name=model.name,
        gate_set=gate_set,
        verdict=Verdict.INCONCLUSIVE,
        decision=Decision.WARN,
        findings=(finding,),
    )

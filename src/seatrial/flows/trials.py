"""What the trials of a run came to, each a training on one batch, as facts for its report. Pure.

Called by `data_checks`, which takes the records out of the store. The curve of a trial that failed is shown from its
record: a stage that fails stores no outs, and that curve is the one to look at.
"""

from __future__ import annotations

import math

from seatrial.evidence.trials import TrialRecord
from seatrial.pipeline.expand import Cell
from seatrial.report.curve_plots import Drawn, curve_plots
from seatrial.report.facts import TRIAL, CheckFact, CurveFact, DetailFact
from seatrial.report.plot_facts import PlotFact
from seatrial.verdict import Decision, Verdict


def trial_fact(cell: Cell, record: TrialRecord) -> CheckFact:
    """What a report says of one trial. One whose code raised has no verdict, and is an ERROR wherever one is asked."""
    verdict = record.verdict or Verdict.ERROR
    told = () if verdict is Verdict.PASS else record.findings
    return CheckFact(
        name=cell.name,
        dataset=record.target,
        identity="",  # no dataset was seen, so no history of one is told of it
        rows=record.taken,
        verdict=verdict,
        decision=Decision.ALLOW if verdict is Verdict.PASS else Decision.BLOCK,
        findings=told,
        details=(DetailFact(severity="error"),) * len(told),
        passed=int(verdict is Verdict.PASS),
        next_step=record.next_step,
        judges=TRIAL,
    )


def trial_curve(cell: Cell, record: TrialRecord) -> CurveFact | None:
    """The losses of one trial, None where there are none."""
    if not record.losses:
        return None
    step, last = record.losses[-1]
    return CurveFact(
        name=f"{cell.name} loss",
        values=tuple(loss for _, loss in record.losses),
        diverged_at=None if math.isfinite(last) else float(step),
    )


def trial_plots(cell: Cell, record: TrialRecord) -> tuple[PlotFact, ...]:
    """The same curve as a picture."""
    if not record.losses:
        return ()
    steps, losses = zip(*record.losses, strict=True)
    return curve_plots([Drawn(cell=cell.name, column="loss", steps=tuple(map(float, steps)), values=losses)])

"""The fairness gate, simulated: its own judgement of groups whose true recalls are known.

Called by `simulation`. The gate is asked as a flow asks it, with the rows of a replicate in place of a file's.
"""

from __future__ import annotations

import numpy as np

from benchmarks.gates import drawing
from benchmarks.gates.grid import AT_THE_MARGIN, Cell
from benchmarks.gates.judging import ALPHA, Tally
from seatrial.gates.evidence import Absent, AbsentReason, Case, Evidence
from seatrial.gates.fairness import judge
from seatrial.gates.looking import Looking
from seatrial.gates.policy import Fairness, GateSet
from seatrial.metrics.measure import Measuring
from seatrial.verdict import Verdict

RECALL = 0.8


class _Drawn(Looking):
    """Rows of one model that were drawn."""

    def __init__(self, gate_set: GateSet, rows: Measuring) -> None:
        super().__init__(gate_set, Case(candidate=Evidence(), baseline=Absent(reason=AbsentReason.NO_BASELINE)))
        self.rows = rows

    def alone(self) -> Measuring:
        """Those rows."""
        return self.rows


def of_fairness(cell: Cell, rng: np.random.Generator) -> dict[str, Tally]:
    """`n` positives in each group; at the limit one group's recall is lower by exactly that."""
    rule = Fairness(
        protected=((drawing.REPLICATE,),), metrics=("equal_opportunity",), max_disparity=cell.margin, alpha=ALPHA
    )
    gate_set = GateSet(name="drawn", fairness=rule)
    recall = np.full(cell.groups, RECALL)
    recall[0] -= cell.margin * (cell.truth == AT_THE_MARGIN)
    tally = Tally()
    for _ in range(cell.replicates):
        right = rng.binomial(cell.n, recall)
        (finding,) = judge.judge(gate_set, _Drawn(gate_set, drawing.of_groups(right, cell.n)))
        tally.replicates += 1
        tally.count("passed", finding.verdict is Verdict.PASS)
        tally.count("failed", finding.verdict is Verdict.FAIL)
        tally.count("naive_blocked", int(right.max() - right.min()) > cell.margin * cell.n)
    return {cell.metrics[0]: tally}

"""The slices gate, simulated: a family of slices in each replicate, corrected as the gate corrects it.

Called by `simulation`. Every slice of every replicate is one group of one sample. What is counted of a replicate is
whether the gate would block it, under both of its rules, and whether a rule of points or of uncorrected tests would.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.gates import drawing, populations
from benchmarks.gates.grid import ONE_WORSE, Cell
from benchmarks.gates.judging import ALPHA, Tally, known, remembering
from seatrial.gates import comparison
from seatrial.gates.comparison import Compared
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Comparing
from seatrial.metrics.figures import Figure
from seatrial.verdict import Verdict

WORSE, APART = 0.05, 0.07
"""By how much the one slice is worse, and in which share of its rows the models then disagree."""


def of_slices(cell: Cell, rng: np.random.Generator) -> dict[str, Tally] | None:
    """`failed` and `declined` are samples in which a slice is blocked, beyond the margin or for any decline; with one
    worse slice, those in which that slice is."""
    metric, margin = known(cell.metrics[0]), Margin(value=cell.margin)
    rules = {
        name: Comparing(margin=margin, alpha=ALPHA, block_on=on)
        for name, on in (("failed", BlockOn.MARGIN), ("declined", BlockOn.DECLINE))
    }
    drawn = _drawn(cell, rng)
    if drawn is None:
        return None
    figures = drawing.of_counts(drawn).figures(metric, drawing.REPLICATE)
    tally, first = Tally(), cell.what == ONE_WORSE
    for start in range(0, len(figures), cell.groups):
        family = [figure for figure in figures[start : start + cell.groups] if figure.undefined is None]
        tally.replicates += 1
        for name, rule in rules.items():
            alone = [remembering(metric, figure, margin, rule, many=True) for figure in family]
            together = comparison.corrected(alone, rule)
            asked = together[:1] if first else together
            tally.count(name, any(each.verdict is Verdict.FAIL for each in asked))
            if name == "failed":
                tally.count("passed", all(each.verdict is Verdict.PASS for each in together))
            else:
                tally.count("uncorrected", _uncorrected(alone[:1] if first else alone))
        tally.count("naive_blocked", _points(family[:1] if first else family, cell.margin))
    return {cell.metrics[0]: tally}


def _drawn(cell: Cell, rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]] | None:
    """Counts of all slices, those of one replicate beside each other."""
    if cell.metrics == ("accuracy",):
        table = populations.of_accuracy(cell.disagreement, 0.0)
    else:
        table = populations.of_cell(cell)
    if table is None:
        return None
    counts = drawing.drawn_counts(table, cell.n, cell.replicates * cell.groups, rng)
    if cell.what == ONE_WORSE:
        worse = populations.of_accuracy(APART, WORSE)
        assert worse is not None
        counts[:: cell.groups] = drawing.drawn_counts(worse, cell.n, cell.replicates, rng)
    return counts


def _uncorrected(slices: Sequence[Compared]) -> bool:
    return any(each.p_value <= ALPHA for each in slices)


def _points(slices: Sequence[Figure], margin: float) -> bool:
    return any((figure.difference or 0.0) < -margin for figure in slices)

"""Draws judged by the gates' own comparison, and by the rule that others use, and what came of it.

Called by `simulation`. A figure goes to `gates.comparison.compare`, as the regression gate sends it; the rule of others
is that the candidate's point is at least the baseline's less the margin. Whether the interval that is shown holds the
true difference is counted on the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from benchmarks.gates import drawing, populations
from benchmarks.gates import scored_populations as scored
from benchmarks.gates.grid import AT_THE_MARGIN, Cell
from seatrial.gates import comparison
from seatrial.gates.comparison import Compared
from seatrial.gates.looking import Trouble
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Comparing
from seatrial.metrics.catalog import Metric, find
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from seatrial.stats import newcombe
from seatrial.stats.noninferiority import Method
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict

ALPHA = 0.05
LEVEL = 1 - 2 * ALPHA

Compare = Callable[..., Compared]


@dataclass(slots=True)
class Tally:
    """What came of the replicates of one metric in one cell, by what is counted. `bounded` had an interval that the
    gate trusts, `covered` of them hold the truth; `naive` passed by the rule of others."""

    replicates: int = 0
    counts: dict[str, float] = field(default_factory=dict)

    def count(self, name: str, by: float = 1.0) -> None:
        """One more of something."""
        self.counts[name] = self.counts.get(name, 0.0) + by

    def add(self, other: Tally) -> None:
        """The replicates of both."""
        self.replicates += other.replicates
        for name, count in other.counts.items():
            self.count(name, count)

    def share(self, name: str) -> float:
        """Of the replicates; `covered` is of those that were bounded. NaN where there are none."""
        of = self.counts.get("bounded", 0.0) if name == "covered" else self.replicates
        return self.counts.get(name, 0.0) / of if of else math.nan

    def error(self, name: str) -> float:
        """The standard error of a share."""
        of = self.counts.get("bounded", 0.0) if name == "covered" else self.replicates
        share = self.share(name)
        return math.sqrt(share * (1 - share) / of) if of else math.nan


def judged(
    metric: Metric,
    figures: Iterable[Figure],
    margin: Margin,
    truth: float | None,
    *,
    sparing: bool = False,
    compare: Compare | None = None,
) -> Tally:
    """Figures against a margin, where candidate minus baseline truly is `truth`; None where an interval is of something
    else. No value, no verdict."""
    tally, rule = Tally(), Comparing(margin=margin, alpha=ALPHA)
    compare = compare or remembering
    for figure in figures:
        tally.replicates += 1
        if figure.undefined is not None or figure.baseline is None:
            continue
        answer = compare(metric, figure, margin, rule, many=sparing)
        tally.count("passed", answer.verdict is Verdict.PASS)
        tally.count("failed", answer.verdict is Verdict.FAIL)
        limit = margin.value * (abs(figure.baseline) if margin.relative else 1.0)
        lost = (figure.baseline - figure.candidate) * (1 if metric.higher_is_better else -1)
        tally.count("naive", lost <= limit)
        if answer.result.method in (Method.FEW, Method.UNSEEN):
            continue
        tally.count("bounded")
        if truth is not None:
            tally.count("covered", answer.interval.lower <= truth <= answer.interval.upper)
    return tally


def remembering(metric: Metric, figure: Figure, margin: Margin, rule: Comparing, *, many: bool) -> Compared:
    """`comparison.compare`, which equal counts are asked once: there are few, and an exact test takes a while."""
    if figure.paired is None or margin.relative:
        return comparison.compare(metric, figure, margin, rule, many=many)
    return _of_paired(metric, figure.paired, margin, rule.block_on, many)


@lru_cache(maxsize=1 << 16)
def _of_paired(metric: Metric, counts: PairedCounts, margin: Margin, block_on: BlockOn, many: bool) -> Compared:
    stands_for = Figure(n=counts.n, candidate=0.0, baseline=0.0, support=0.0, own=None, paired=counts)
    return comparison.compare(
        metric, stands_for, margin, Comparing(margin=margin, alpha=ALPHA, block_on=block_on), many=many
    )


def of_accuracy(cell: Cell, rng: np.random.Generator) -> dict[str, Tally] | None:
    """Tango, and Newcombe's interval on the same draws."""
    table = populations.of_cell(cell)
    if table is None:
        return None
    counts = drawing.drawn_counts(table, cell.n, cell.replicates, rng)
    truth = -cell.truth * cell.margin
    metric, margin = known("accuracy"), Margin(value=cell.margin)
    tally = judged(metric, figures_of(drawing.of_counts(counts), metric, margin), margin, truth)
    tally.count("newcombe", _newcombe(counts, truth))
    return {"accuracy": tally}


def _newcombe(counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]], truth: float) -> int:
    """How often Newcombe's paired interval of the accuracies holds the truth."""
    right = counts[:, 1] + counts[:, 0, ::-1, ::-1]  # by right answers of candidate and baseline
    found, times = np.unique(right.reshape(len(counts), 4), axis=0, return_counts=True)
    held = 0
    for (neither, behind, ahead, both), count in zip(found.tolist(), times.tolist(), strict=True):
        interval = newcombe.paired(both, ahead, behind, neither, alpha=ALPHA)
        held += count * (interval.lower <= truth <= interval.upper)
    return held


def of_counts(cell: Cell, rng: np.random.Generator) -> dict[str, Tally] | None:
    """Metrics of counts. Recall is judged on samples with a fixed number of positives, and as slices are: the exact
    test is asked where it could decide."""
    table = populations.of_cell(cell)
    if table is None:
        return None
    draw = drawing.drawn_by_label if cell.metrics == ("recall",) else drawing.drawn_counts
    rows = drawing.of_counts(draw(table, cell.n, cell.replicates, rng))
    margin, found = Margin(value=cell.margin, relative=cell.relative), {}
    for name in cell.metrics:
        metric = known(name)
        truth = None if cell.relative else populations.difference(table, name)
        found[name] = judged(metric, figures_of(rows, metric, margin), margin, truth, sparing=True)
    return found


def of_scores(cell: Cell, rng: np.random.Generator) -> dict[str, Tally]:
    """Losses and ranks on the same rows. Each margin is what the candidate truly loses; of equal models, what a
    candidate at the margin would lose."""
    better = scored.figures_of(cell.base_rate, cell.disagreement)
    worse = scored.figures_of(cell.base_rate, scored.noise_for(cell.base_rate, cell.disagreement, cell.margin))
    found = {name: Tally() for name in cell.metrics}
    for replicates in drawing.batches(cell):
        rows = drawing.scores(cell, replicates, rng)
        for name, tally in found.items():
            metric, margin = known(name), Margin(value=abs(worse[name] - better[name]))
            truth = worse[name] - better[name] if cell.truth == AT_THE_MARGIN else 0.0
            tally.add(judged(metric, figures_of(rows, metric, margin), margin, truth))
    return found


def of_numbers(cell: Cell, rng: np.random.Generator) -> dict[str, Tally]:
    """The mean absolute error."""
    found, metric, margin = Tally(), known("mae"), Margin(value=cell.margin)
    for replicates in drawing.batches(cell):
        figures = figures_of(drawing.numbers(cell, replicates, rng), metric, margin)
        found.add(judged(metric, figures, margin, cell.truth * cell.margin))
    return {"mae": found}


def figures_of(rows: Measuring, metric: Metric, margin: Margin) -> tuple[Figure, ...]:
    """One figure for each replicate, as gates ask for them."""
    found = comparison.figures_for(rows, metric, margin, drawing.REPLICATE)
    if isinstance(found, Trouble):
        raise TypeError(found.message)
    return found


def known(name: str) -> Metric:
    """A metric of the catalogue."""
    metric = find(name)
    if metric is None:
        raise KeyError(name)
    return metric

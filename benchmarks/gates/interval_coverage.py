"""Intervals of shares and of quantiles: how often they hold the truth.

Called by `simulation`. The exact ones are counted over all that can happen, without chance, since what they promise has
no tolerance: Clopper and Pearson's, and the ranks that bound a quantile. Newcombe's of two groups is drawn.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from benchmarks.gates.grid import Cell
from benchmarks.gates.judging import ALPHA, Tally
from seatrial.stats import newcombe
from seatrial.stats.order_quantile import quantile_bounds
from seatrial.stats.proportion import clopper_pearson

_FAR = 9.0  # standard deviations of a count beyond which nothing is to be counted


def of_interval(cell: Cell, rng: np.random.Generator) -> dict[str, Tally]:
    """By the name that stands for the metric."""
    share, n = cell.disagreement, cell.n
    tally = Tally(replicates=cell.replicates)
    tally.count("bounded", cell.replicates)
    match cell.metrics[0]:
        case "clopper_pearson":
            tally.count("covered", cell.replicates * clopper_pearson_coverage(n, share))
        case "order_statistics":
            tally.count("covered", cell.replicates * quantile_coverage(n, share))
        case "newcombe_of_groups":
            tally.count("covered", sum(_held(n, *pair) for pair in rng.binomial(n, share, (cell.replicates, 2))))
    return {cell.metrics[0]: tally}


def _held(n: int, first: int, second: int) -> bool:
    interval = newcombe.unpaired(int(first), n, int(second), n, alpha=ALPHA)
    return interval.lower <= 0.0 <= interval.upper


def clopper_pearson_coverage(n: int, share: float) -> float:
    """The chance that the interval holds the share, over all counts."""
    counts, chance = _binomial(n, share)
    held = [
        interval.lower <= share <= interval.upper
        for interval in (clopper_pearson(count, n, alpha=ALPHA) for count in counts.tolist())
    ]
    return math.fsum(chance[np.array(held)])


def quantile_coverage(n: int, share: float) -> float:
    """The chance that the interval holds the quantile of any continuous distribution: the value at rank r lies below it
    where more than r values do, counted from 0."""
    bounds = quantile_bounds([float(rank) for rank in range(n)], share, alpha=ALPHA)
    below, chance = _binomial(n, share)
    held = np.ones(len(below), dtype=bool)
    if bounds.lower is not None:
        held &= below > bounds.lower
    if bounds.upper is not None:
        held &= below <= bounds.upper
    return math.fsum(chance[held])


def _binomial(n: int, share: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The counts that occur, and how likely each is."""
    spread = _FAR * math.sqrt(n * share * (1 - share)) + _FAR
    counts = np.arange(max(0, math.floor(n * share - spread)), min(n, math.ceil(n * share + spread)) + 1)
    whole = math.lgamma(n + 1)
    logs = [
        whole - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(share) + (n - k) * math.log1p(-share)
        for k in counts.tolist()
    ]
    return counts, np.exp(logs)

"""Populations whose true figures are known: eight cells of label and two answers, moved until the candidate is worse by
exactly what is asked.

Called by `drawing`. Values are computed here by formulas of their own, not by Seatrial's, so that a simulation would
show a wrong formula as a wrong error rate.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.gates.grid import LOST, Cell
from seatrial.stats.interval import crossing

Table = NDArray[np.float64]
"""Shares of rows by label, answer of the candidate, answer of the baseline: shape (2, 2, 2)."""

ACCURACY = 0.9
RECALL = PRECISION = 0.8
"""Of the baseline, in all populations."""

_ROUNDING = 1e-12


def value(table: Table, metric: str, model: int) -> float:
    """The true figure of the candidate (0) or the baseline (1)."""
    shares = table.sum(axis=2 - model)
    hit, alarm, missed, left = shares[1, 1], shares[0, 1], shares[1, 0], shares[0, 0]
    answered, labelled = hit + alarm, hit + missed
    match metric:
        case "accuracy":
            found = hit + left
        case "precision":
            found = hit / answered
        case "recall":
            found = hit / labelled
        case "f1":
            found = 2 * hit / (answered + labelled)
        case "balanced_accuracy":
            found = (hit / labelled + left / (left + alarm)) / 2
        case "mcc":
            below = answered * labelled * (1 - answered) * (1 - labelled)
            found = (hit - answered * labelled) / np.sqrt(below)
        case _:
            raise ValueError(metric)
    return float(found)


def difference(table: Table, metric: str, *, relative: float = 0.0) -> float:
    """Candidate minus baseline, or minus what a relative margin leaves of it."""
    return value(table, metric, 0) - (1 - relative) * value(table, metric, 1)


def of_accuracy(disagreement: float, loss: float, *, base_rate: float = 0.5) -> Table | None:
    """Right answers of one model alone in `disagreement` of the rows, the candidate worse by `loss`; None if it cannot
    be."""
    ahead, behind = (disagreement - loss) / 2, (disagreement + loss) / 2
    right = np.array([[1 - ACCURACY - ahead, behind], [ahead, ACCURACY - behind]])  # by right candidate, baseline
    return _possible(np.stack([right[::-1, ::-1] * (1 - base_rate), right * base_rate]))


def of_counts(disagreement: float, base_rate: float, loss: float, missed: float) -> Table | None:
    """Two equal models that answer differently `disagreement` of the positives, and as many negatives. Then the
    candidate errs in `loss` more, as a share of the positives: a share `missed` of these are positives that it
    misses, the others negatives that it takes for positives."""
    apart, alarm = disagreement / 2, RECALL * base_rate * (1 / PRECISION - 1)
    table = np.empty((2, 2, 2))
    table[1] = base_rate * np.array([[1 - RECALL - apart, apart], [apart, RECALL - apart]])
    table[0] = np.array([[1 - base_rate - alarm, 0.0], [0.0, alarm]])
    table[0] += base_rate * apart * np.array([[-1.0, 1.0], [1.0, -1.0]])
    moved, alarmed = loss * missed * base_rate, loss * (1 - missed) * base_rate
    table[1, 0, 1] += moved
    table[1, 1, 1] -= moved
    table[0, 1, 0] += alarmed
    table[0, 0, 0] -= alarmed
    return _possible(table)


def of_cell(cell: Cell) -> Table | None:
    """The table of a cell of accuracy or counts; None where none is so bad, or models disagree too little for it."""
    if cell.part == "accuracy":
        return of_accuracy(cell.disagreement, cell.truth * cell.margin, base_rate=cell.base_rate)
    metric, missed = cell.metrics[0], LOST.get(cell.what, 0.5)
    asked = cell.truth * cell.margin
    if asked == 0.0:
        return of_counts(cell.disagreement, cell.base_rate, 0.0, missed)

    def beyond(loss: float) -> float:
        table = of_counts(cell.disagreement, cell.base_rate, loss, missed)
        if table is None:
            return -1.0
        return difference(table, metric, relative=asked) if cell.relative else difference(table, metric) + asked

    worst = _largest(lambda loss: of_counts(cell.disagreement, cell.base_rate, loss, missed) is not None)
    if worst == 0.0 or beyond(worst) > 0.0:
        return None
    return of_counts(cell.disagreement, cell.base_rate, crossing(beyond, 0.0, worst, precision=1e-14), missed)


def _largest(possible: Callable[[float], bool]) -> float:
    low, high = 0.0, 4.0
    if not possible(low):
        return 0.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if possible(middle) else (low, middle)
    return low


def _possible(table: Table) -> Table | None:
    return np.maximum(table, 0.0) if float(table.min()) >= -_ROUNDING else None

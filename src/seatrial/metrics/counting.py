"""Labels and answers as counts: one table for all metrics of counts, for all groups and both models.

Called by `measure`. A cell is a group, a label, the candidate's answer and the baseline's answer. One `bincount`
over the rows finds all cells; where classes are so many that a full table would be larger than the rows, the
cells that occur are found by sorting. Everything later works on cells, of which there are few.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real, Side, Whole
from seatrial.metrics.sums import sum_by

_FULL_TABLE = 1 << 22  # cells; 32 MB of counts


class Cells(Struct, frozen=True, kw_only=True):
    """The cells that occur, all arrays of one length. `baseline` equals `candidate` where there is no baseline."""

    groups: int
    classes: int
    group: NDArray[np.int64]
    label: NDArray[np.int64]
    candidate: NDArray[np.int64]
    baseline: NDArray[np.int64]
    count: Real

    def answer(self, side: int) -> NDArray[np.int64]:
        """The answers of the candidate (0) or the baseline (1), by cell."""
        return self.candidate if side == 0 else self.baseline


class Margins(Struct, frozen=True, kw_only=True):
    """Of one model: right answers, answers and labels by group and class, and rows by group."""

    right: Real
    answered: Real
    labelled: Real
    rows: Real


class Tally(Struct, frozen=True, kw_only=True):
    """How many rows each code of a cell has, codes ascending: group, then the answers from the last side to the first,
    then label, as digits. Tallies of pieces add up to the tally of all rows."""

    found: NDArray[np.int64]
    count: NDArray[np.int64]

    def plus(self, other: Tally) -> Tally:
        """The tally of the rows of both."""
        if np.array_equal(self.found, other.found):
            return Tally(found=self.found, count=self.count + other.count)
        found = np.union1d(self.found, other.found)
        count = np.zeros(len(found), dtype=np.int64)
        for each in (self, other):
            count[np.searchsorted(found, each.found)] += each.count
        return Tally(found=found, count=count)


def tally_of(labels: Whole, sides: tuple[Side, ...], classes: int, group: Whole | None, groups: int) -> Tally:
    """Of rows whose answers and labels are there. `group` gives each row's group, None for one group."""
    axes = [labels, *(side.answers for side in sides if side.answers is not None)]
    code = np.zeros(len(labels), dtype=np.int64) if group is None else group.astype(np.int64)
    for axis in axes:
        code *= classes
        code += axis
    size = groups * classes ** len(axes)
    if size <= max(_FULL_TABLE, 4 * len(labels)):
        table = np.bincount(code, minlength=size)
        found = np.flatnonzero(table)
        return Tally(found=found, count=table[found])
    found, count = np.unique(code, return_counts=True)
    return Tally(found=found, count=count)


def cells_of(labels: Whole, sides: tuple[Side, ...], classes: int, group: Whole | None, groups: int) -> Cells:
    """The cells of rows whose answers and labels are there."""
    return cells_from(tally_of(labels, sides, classes, group, groups), len(sides), classes, groups)


def cells_from(tally: Tally, sides: int, classes: int, groups: int) -> Cells:
    """The cells of a tally."""
    digits = []
    rest = tally.found.astype(np.int64)
    for _ in range(1 + sides):
        rest, digit = np.divmod(rest, classes)
        digits.append(digit)
    *answers, label = digits
    return Cells(
        groups=groups,
        classes=classes,
        group=rest,
        label=label,
        candidate=answers[-1],
        baseline=answers[0],
        count=tally.count.astype(np.float64),
    )


def margins_of(cells: Cells, side: int) -> Margins:
    """What the metrics of one model need; arrays of shape (groups, classes), rows of shape (groups,)."""
    answer = cells.answer(side)
    shape = (cells.groups, cells.classes)

    def summed(at: NDArray[np.int64], weight: Real) -> Real:
        return sum_by(cells.group * cells.classes + at, shape[0] * shape[1], weight).reshape(shape)

    return Margins(
        right=summed(answer, np.where(answer == cells.label, cells.count, 0.0)),
        answered=summed(answer, cells.count),
        labelled=summed(cells.label, cells.count),
        rows=sum_by(cells.group, cells.groups, cells.count),
    )

"""From cells of counts to figures: values, paired counts and spreads of every metric of counts.

Called by `measure`. Without clusters a metric on a million rows costs as much as there are cells: the influence of a
row is the same for all rows of a cell. With clusters rows are looked at once, since what a cluster adds is a sum over
rows of different cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real, Sample, Whole
from seatrial.metrics.counting import Cells, margins_of
from seatrial.metrics.counts import FORMULAS, Slope
from seatrial.metrics.figures import Figure, UnitSums, by_unit, unit_sums
from seatrial.metrics.sums import sum_by
from seatrial.replacing import replace
from seatrial.stats.tango import PairedCounts


class _Event(Struct, frozen=True):
    """A share of rows: among rows whose label `of` the positive class (None: any), those whose answer `is` it (None:
    equals the label)."""

    of: bool | None
    positive_answer: bool | None


_EVENTS: Mapping[str, _Event] = MappingProxyType(
    {
        "accuracy": _Event(None, None),
        "recall": _Event(True, True),
        "specificity": _Event(False, False),
        "false_positive_rate": _Event(False, True),
        "false_negative_rate": _Event(True, False),
        "selection_rate": _Event(None, True),
    }
)
"""Metrics whose denominator the labels fix, so that two models share it."""

_OF_ANSWERS = ("precision", "npv")
"""Shares of the rows that were answered so: each model has its own denominator."""

_NOTHING = {
    "precision": "the positive class is never answered",
    "npv": "the negative class is never answered",
    "recall": "no row has the positive class as label",
    "false_negative_rate": "no row has the positive class as label",
    "specificity": "no row has another label than the positive class",
    "false_positive_rate": "no row has another label than the positive class",
    "mcc": "labels or answers are all of one class",
    "kappa": "labels and answers are all of one class",
}


def figures_of_cells(
    name: str, positive: int | None, cells: Cells, sample: Sample, group: Whole | None, ratio: float
) -> tuple[Figure, ...]:
    """The figures of one metric, by group."""
    margins = [margins_of(cells, side) for side in range(len(sample.sides))]
    slopes = [FORMULAS[name](each, positive) for each in margins]
    swing, carried = slopes[0].swing(margins[0].labelled)
    swing = swing * margins[0].rows ** 2
    rows = sum_by(cells.group, cells.groups, cells.count)
    paired = len(slopes) == 2
    if sample.clusters is None:
        own = unit_sums(_of_cells(slopes[0], cells, 0, rows), cells.group, cells.groups, weight=cells.count)
        both = _difference_of_cells(slopes, cells, rows, ratio) if paired else None
    else:
        own, both = _by_cluster(slopes, sample, group, cells.groups, rows, ratio)
    counts = _shares(name, positive, cells, paired) if name in _EVENTS else None
    reach = slopes[0].reach() * rows
    made = [_figure(name, at, slopes, rows, (own, both), counts, sample, ratio) for at in range(cells.groups)]
    return tuple(
        replace(figure, swing=float(moved), carried=float(share), reach=float(most))
        for figure, moved, share, most in zip(made, swing, carried, reach, strict=True)
    )


def _figure(
    name: str,
    at: int,
    slopes: list[Slope],
    rows: Real,
    sums: tuple[UnitSums, UnitSums | None],
    counts: tuple[Real, Real, Real, Real] | None,
    sample: Sample,
    ratio: float,
) -> Figure:
    values = [float(slope.value[at]) for slope in slopes]
    defined = bool(np.isfinite(values).all())
    own, both = sums
    size = float(rows[at])
    share = paired = None
    fixed = False
    if name in _OF_ANSWERS and sample.clusters is None and np.isfinite(values[0]):
        answered = float(slopes[0].support[at])
        share = (round(values[0] * answered), round(answered))
    if counts is not None and counts[0][at] > 0 and sample.clusters is None:
        n, right, ahead, behind = (int(each[at]) for each in counts)
        share, fixed = (right, n), True
        paired = PairedCounts(n=n, candidate_only=ahead, baseline_only=behind) if len(slopes) == 2 else None
    return Figure(
        n=int(rows[at]),
        candidate=values[0],
        baseline=values[1] if len(values) == 2 else None,
        support=min(float(slope.support[at]) for slope in slopes),
        own=own.moments(at, size, values[0]),
        apart=None if both is None else both.moments(at, size, values[0] - ratio * values[1]),
        paired=paired,
        share=share,
        fixed=fixed,
        undefined=None if defined else _NOTHING.get(name, "neither labels nor answers have the positive class"),
    )


def _of_cells(slope: Slope, cells: Cells, side: int, rows: Real) -> Real:
    """The influence of a row of each cell."""
    answer, group, label = cells.answer(side), cells.group, cells.label
    return _influence(slope, group, label, answer, rows)


def _influence(
    slope: Slope, group: NDArray[np.int64], label: NDArray[np.int64], answer: NDArray[np.int64], rows: Real
) -> Real:
    by_row = np.where(label == answer, slope.right[group, label], 0.0)
    by_row = by_row + slope.answered[group, answer] + slope.labelled[group, label] + slope.rows[group]
    made: Real = np.nan_to_num(by_row * rows[group])
    return made


def _difference_of_cells(slopes: list[Slope], cells: Cells, rows: Real, ratio: float) -> UnitSums:
    added = _of_cells(slopes[0], cells, 0, rows) - ratio * _of_cells(slopes[1], cells, 1, rows)
    return unit_sums(added, cells.group, cells.groups, weight=cells.count)


def _by_cluster(
    slopes: list[Slope], sample: Sample, group: Whole | None, groups: int, rows: Real, ratio: float
) -> tuple[UnitSums, UnitSums | None]:
    clusters, labels = sample.clusters, sample.labels
    assert clusters is not None  # noqa: S101 - the caller has looked
    assert labels is not None  # noqa: S101 - as above
    at = np.zeros(sample.n, dtype=np.int64) if group is None else group.astype(np.int64)
    added = [
        _influence(slope, at, labels.astype(np.int64), side.answers.astype(np.int64), rows)
        for slope, side in zip(slopes, sample.sides, strict=True)
        if side.answers is not None
    ]
    unit = clusters.codes.astype(np.int64)

    def summed(values: Real) -> UnitSums:
        sums, where = by_unit(values, at, groups, unit, len(clusters.names))
        return unit_sums(sums, where, groups)

    return summed(added[0]), summed(added[0] - ratio * added[1]) if len(added) == 2 else None


def _shares(name: str, positive: int | None, cells: Cells, paired: bool) -> tuple[Real, Real, Real, Real]:
    """By group: rows in question, those the candidate has, those it alone has, those the baseline alone has."""
    event = _EVENTS[name]
    at = -1 if positive is None else positive
    asked = np.ones(len(cells.count), dtype=bool) if event.of is None else (cells.label == at) == event.of

    def has(answer: NDArray[np.int64]) -> NDArray[np.bool_]:
        met: NDArray[np.bool_] = answer == (cells.label if event.positive_answer is None else at)
        return ~met if event.positive_answer is False else met

    ours, theirs = has(cells.candidate), has(cells.baseline) if paired else has(cells.candidate)

    def counted(which: NDArray[np.bool_]) -> Real:
        return sum_by(cells.group, cells.groups, np.where(which, cells.count, 0.0))

    return counted(asked), counted(asked & ours), counted(asked & ours & ~theirs), counted(asked & ~ours & theirs)

"""Scores against outcomes, in bins of equally many rows: what calibration is judged by, and what a reliability plot
shows.

Called by the calibration gate. With one score for each class the score is that of the class which scores highest, and
the outcome whether it is the label (Guo et al. 2017, ICML, section 2). Rows with equal scores stay in one bin.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real, Sample, Side
from seatrial.metrics import losses
from seatrial.metrics.figures import by_unit
from seatrial.metrics.measure import Measuring, members_of
from seatrial.metrics.sums import sum_by
from seatrial.metrics.trouble import MetricError, Why
from seatrial.stats.calibration import Bin

FEWEST = 20
"""Rows of a bin: below, its share is too coarse to be compared with anything."""


class Reliability(Struct, frozen=True, kw_only=True):
    """The bins of one group of rows. `design` is how much larger the variance of the overall gap is for the clusters
    than it would be for as many independent rows."""

    n: int
    bins: tuple[Bin, ...]
    design: float


def reliability(rows: Measuring, bins: int, grouping: str | None = None) -> tuple[Reliability, ...]:
    """The candidate's bins by group. Raises MetricError without labels and probabilities."""
    sample = rows.whole("bins of equally many scores")
    if sample.labels is None:
        raise MetricError(Why.LABELS_MISSING, "these rows have no labels")
    score, outcome = _scored(rows, sample.candidate, sample)
    groups = rows.groups(grouping)
    return tuple(
        _binned(score[members], outcome[members], bins, sample, members) for members in members_of(sample.n, groups)
    )


def _scored(rows: Measuring, side: Side, sample: Sample) -> tuple[Real, Real]:
    labels = sample.labels
    assert labels is not None  # noqa: S101 - the caller has looked
    if side.scores and side.score is None:
        table = losses.probabilities(side, sample.classes, labels)
        best = table.argmax(axis=1)
        right = best == losses.column_of_label(side, sample.classes, labels)
        return table[np.arange(sample.n), best], right.astype(np.float64)
    positive = rows.positive()
    name = sample.classes[positive or 0]
    return losses.probability_of_positive(side, name), (labels == positive).astype(np.float64)


def _binned(score: Real, outcome: Real, bins: int, sample: Sample, members: NDArray[np.int64]) -> Reliability:
    n = len(score)
    count = max(1, min(bins, n // FEWEST))
    ordered = np.sort(score)
    edges = np.unique(ordered[(np.arange(1, count) * n) // count])
    at = np.searchsorted(edges, score, side="right")
    there = np.unique(at)
    if len(there) != len(edges) + 1:  # an edge at the least score leaves an empty bin before it
        at = np.searchsorted(there, at)
    size = sum_by(at, len(there))
    shares, scores = sum_by(at, len(there), outcome) / size, sum_by(at, len(there), score) / size
    made = tuple(
        Bin(n=int(k), score=float(s), share=float(y)) for k, s, y in zip(size, scores, shares, strict=True) if k >= 2
    )
    return Reliability(n=n, bins=made, design=_design(outcome - score, sample, members))


def _design(gap: Real, sample: Sample, members: NDArray[np.int64]) -> float:
    if sample.clusters is None or len(gap) < 2:
        return 1.0
    off = gap - gap.mean()
    unit = sample.clusters.codes[members].astype(np.int64)
    sums, _ = by_unit(off, np.zeros(len(off), dtype=np.int64), 1, unit, len(sample.clusters.names))
    alone = float((off * off).sum())
    return max(1.0, float((sums * sums).sum()) / alone) if alone > 0 else 1.0

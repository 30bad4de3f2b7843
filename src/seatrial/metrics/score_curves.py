"""ROC and precision-recall curves as a few points each: what a picture of scores shows.

Called where pictures are made. All thresholds count towards the areas, and the points that are kept are thresholds of
the data, spaced evenly along the curve, so that a million scores cost one sort and two hundred points. Rows of equal
score share a threshold (Fawcett 2006, Pattern Recognition Letters 27:861, algorithm 1); the area under the ROC curve is
that of `ranks.auc`, and the other is average precision, without interpolation, as `ranks.average_precision`.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real, Sample

POINTS = 180
"""Points that are kept of a curve, at most, beside its ends."""


class ScoreCurves(Struct, frozen=True, kw_only=True):
    """Both curves: shares of negatives and positives found, and precision by recall; with the areas under them."""

    false_positives: tuple[float, ...]
    true_positives: tuple[float, ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    area: float
    average_precision: float


def score_curves(score: Real, positive: NDArray[np.bool_], points: int = POINTS) -> ScoreCurves | None:
    """The curves of scores; None where all rows are of one class or a score is no number."""
    hits = int(positive.sum())
    misses = len(score) - hits
    if not hits or not misses or bool(np.isnan(score).any()):
        return None
    order = np.argsort(-score, kind="stable")
    ordered, hit = score[order], positive[order]
    last = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(score) - 1)  # of each run of equal scores
    found = np.cumsum(hit, dtype=np.float64)[last]
    seen = last + 1.0
    right, wrong = found / hits, (seen - found) / misses
    precision = found / seen
    before, earlier = np.append(0.0, right[:-1]), np.append(0.0, wrong[:-1])
    roc = _along(right + wrong, points)
    by_recall = _along(right, points)
    return ScoreCurves(
        false_positives=(0.0, *wrong[roc].tolist()),
        true_positives=(0.0, *right[roc].tolist()),
        recall=tuple(right[by_recall].tolist()),
        precision=tuple(precision[by_recall].tolist()),
        area=float(((wrong - earlier) * (right + before) / 2).sum()),
        average_precision=float(((right - before) * precision).sum()),
    )


def pooled_curves(sample: Sample) -> ScoreCurves | None:
    """The curves over every row and class, each class against the rest, as if they were rows of one model (the micro
    average); None as above, or where rows have no label or no score for each class."""
    side, labels = sample.candidate, sample.labels
    if labels is None or not side.scores:
        return None
    codes = {name: at for at, name in enumerate(sample.classes)}
    positive = np.concatenate([labels == codes.get(name, -1) for name in side.scores])
    return score_curves(np.concatenate(list(side.scores.values())), positive)


def _along(way: Real, points: int) -> NDArray[np.int64]:
    """The first place at or beyond each of so many even steps of a way that never goes back, and both ends."""
    steps = np.linspace(way[0], way[-1], points)
    at = np.minimum(np.searchsorted(way, steps), len(way) - 1)
    return np.unique(np.concatenate([[0], at, [len(way) - 1]]))

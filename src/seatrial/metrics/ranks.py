"""Metrics of how scores rank the rows: AUC and average precision, each as a value and the influence of every row.

Called by `measure`, once for each model and group. AUC's influence is DeLong's placements (DeLong, DeLong and
Clarke-Pearson 1988, Biometrics 44:837), found by sorting once, in O(n log n) (after Sun and Xu 2014, IEEE Signal
Processing Letters 21:1389). The same rows ranked by two models have correlated placements, so that the difference of
two AUCs has the variance of the difference of placements: pairing costs nothing.

Average precision as a functional of the joint distribution of label and score,

    AP = 1/pi * integral of A(t) / B(t) dA(t),   A(t) = P(y = 1, s >= t),   B(t) = P(s >= t),

is differentiable, and its influence has three terms (from the measure, from A and from B); cf. Hampel (1974).
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real


class Ranked(Struct, frozen=True, kw_only=True):
    """A figure and what each row adds to it: mean zero over the rows, its variance corrected for finite classes."""

    value: float
    influence: Real


class Placements(Struct, frozen=True, kw_only=True):
    """An area, and what a row of each class adds to it, by run of tied scores."""

    area: float
    of_positive: Real
    of_negative: Real


def placements(positives: Real, negatives: Real) -> Placements:
    """From how many rows of both classes each run of ties holds, lowest score first; both classes must occur.

    Influences are scaled by sqrt(m / (m - 1)) in each class, so that their mean square over n is DeLong's variance.
    """
    m, rest = int(positives.sum()), int(negatives.sum())
    n = m + rest
    below = np.cumsum(negatives) - negatives  # negatives with a lower score, by tie
    beyond = m - np.cumsum(positives)  # positives with a higher one
    of_positive = (below + negatives / 2) / rest
    of_negative = (beyond + positives / 2) / m
    area = float((of_positive * positives).sum() / m)
    return Placements(
        area=area,
        of_positive=(of_positive - area) * (n / m * _finite(m)),
        of_negative=(of_negative - area) * (n / rest * _finite(rest)),
    )


def auc(score: Real, positive: NDArray[np.bool_]) -> Ranked:
    """The area under the ROC curve; both classes must occur. Ties count half."""
    ties = _Ties.of(score, positive)
    found = placements(ties.positives, ties.negatives)
    return Ranked(value=found.area, influence=ties.by_row(found.of_positive, found.of_negative))


class _Ties(Struct, frozen=True, kw_only=True):
    """Rows in the order of their score, and the runs of equal scores: how many positives and negatives each holds, and
    which one each row in order is in (None where every row is one by itself, as with most scores)."""

    order: NDArray[np.int64]
    hit: NDArray[np.bool_]
    tie: NDArray[np.int64] | None
    positives: Real
    negatives: Real

    @staticmethod
    def of(score: Real, positive: NDArray[np.bool_]) -> _Ties:
        order = np.argsort(score)
        ordered, hit = score[order], positive[order]
        new = ordered[1:] != ordered[:-1]
        if new.all():
            return _Ties(
                order=order, hit=hit, tie=None, positives=hit.astype(np.float64), negatives=(~hit).astype(np.float64)
            )
        starts = np.flatnonzero(np.append(True, new))
        hits = np.add.reduceat(hit.astype(np.float64), starts)
        sizes = np.diff(np.append(starts, len(score)))
        tie = np.append(0, np.cumsum(new))
        return _Ties(order=order, hit=hit, tie=tie, positives=hits, negatives=sizes - hits)

    def by_row(self, of_positives: Real, of_negatives: Real) -> Real:
        """What stands for each tie, by its class, brought back to the rows."""
        if self.tie is not None:
            of_positives, of_negatives = of_positives[self.tie], of_negatives[self.tie]
        values = np.empty(len(self.order))
        values[self.order] = np.where(self.hit, of_positives, of_negatives)
        return values


def _finite(count: int) -> float:
    """With one row in a class its placement cannot be seen to vary; the figure's support says so."""
    return (count / (count - 1)) ** 0.5 if count > 1 else 1.0


def average_precision(score: Real, positive: NDArray[np.bool_]) -> Ranked:
    """The mean precision over the positives, each at the threshold of its own score; ties share one threshold.

    The figure is scikit-learn's `average_precision_score`. At least one row must be positive.
    """
    n = len(score)
    ties = _Ties.of(score, positive)
    fresh = ties.positives[::-1]  # positives that each threshold adds, from the highest down
    found = np.cumsum(fresh)  # positives at or above it
    seen = found + np.cumsum(ties.negatives[::-1])  # rows at or above it
    share = found[-1] / n
    precision = found / seen
    value = float((fresh * precision).sum() / found[-1])
    # A row is at or above every threshold from its own down: sums run from there to the end.
    of_positive = (precision - value + _from_here(fresh / seen)) / share
    of_all = _from_here(fresh * precision / seen) / share
    influence = ties.by_row((of_positive - of_all)[::-1], -of_all[::-1])
    return Ranked(value=value, influence=influence - influence.mean())


def _from_here(values: Real) -> Real:
    return np.cumsum(values[::-1])[::-1]

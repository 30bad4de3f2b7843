"""What each row loses: log loss, Brier score, errors of numbers, and whether the label is among the first k.

Called by `measure`, which turns rows into a mean and its influence. Conventions are scikit-learn's, with one
exception: a probability outside of [0, 1], or classes that do not sum to 1, is refused and never rescaled, since a
model that gives such scores has something to mend.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from seatrial.evidence.sample import Real, Sample, Side, Whole
from seatrial.metrics.trouble import MetricError, Why

_LEAST = float(np.finfo(np.float64).eps)
"""A probability that is told from 0 in a log loss; scikit-learn's."""
_SUM = 1e-3
"""How far the probabilities of all classes may be from 1 together; float16 scores of a hundred classes fit."""


def probability_of_positive(side: Side, positive: str | None) -> Real:
    """The positive class's score of each row, as a probability. Raises MetricError."""
    score = side.score
    if score is None and positive is not None:
        score = side.scores.get(positive)
    if score is None:
        raise MetricError(Why.SCORE_MISSING, "no column holds the score of the positive class")
    if float(score.min()) < 0 or float(score.max()) > 1:
        outside = int(((score < 0) | (score > 1)).sum())
        raise MetricError(
            Why.SCORE_OUT_OF_RANGE, f"{outside:,} scores lie outside 0 to 1, so they are no probabilities"
        )
    return score


def probabilities(side: Side, classes: Sequence[str], labels: Whole) -> Real:
    """Probabilities of all classes, shape (rows, classes). Raises MetricError where a label has no column."""
    columns = tuple(side.scores)
    lacking = sorted({classes[at] for at in np.unique(labels)} - set(columns))
    if lacking:
        raise MetricError(Why.SCORE_MISSING, f"no column holds the score of the class {lacking[0]!r}")
    table = np.stack([side.scores[name] for name in columns], axis=1)
    off = np.abs(table.sum(axis=1) - 1) > _SUM
    if float(table.min()) < 0 or float(table.max()) > 1 or bool(off.any()):
        raise MetricError(
            Why.SCORE_OUT_OF_RANGE,
            f"scores of the classes are no probabilities: {int(off.sum()):,} rows do not sum to 1"
            if bool(off.any())
            else "scores of the classes lie outside 0 to 1, so they are no probabilities",
        )
    return table


def column_of_label(side: Side, classes: Sequence[str], labels: Whole) -> Whole:
    """For each row, which column of `probabilities` is its label's."""
    at = {name: position for position, name in enumerate(side.scores)}
    return np.array([at.get(name, -1) for name in classes], dtype=np.int32)[labels]


def log_loss(side: Side, sample: Sample, labels: Whole, positive: int | None) -> Real:
    """Minus the logarithm of the probability that was given to the label."""
    if side.scores and side.score is None:
        table = probabilities(side, sample.classes, labels)
        chosen = table[np.arange(sample.n), column_of_label(side, sample.classes, labels)]
    else:
        score = probability_of_positive(side, None if positive is None else sample.classes[positive])
        chosen = np.where(labels == positive, score, 1 - score)
    return np.negative(np.log(np.maximum(chosen, _LEAST)))


def brier(side: Side, sample: Sample, labels: Whole, positive: int | None) -> Real:
    """The squared distance from the label; over several classes the sum over classes (Brier 1950), up to 2."""
    if side.scores and side.score is None:
        table = probabilities(side, sample.classes, labels)
        chosen = table[np.arange(sample.n), column_of_label(side, sample.classes, labels)]
        square: Real = (table * table).sum(axis=1) - 2 * chosen + 1
        return square
    score = probability_of_positive(side, None if positive is None else sample.classes[positive])
    distance: Real = score - (labels == positive)
    return distance * distance


def top_k(side: Side, sample: Sample, labels: Whole, k: int) -> Real:
    """1 where at most k classes, its own included, have a score of at least the label's (ties count against the model).

    Raises MetricError where there are no more than k classes: each label is then among the first k, whatever the model.
    """
    table = np.stack(list(side.scores.values()), axis=1) if side.scores else None
    if table is None:
        raise MetricError(Why.SCORE_MISSING, "no columns hold the scores of the classes")
    at = column_of_label(side, sample.classes, labels)
    if bool((at < 0).any()):
        raise MetricError(Why.SCORE_MISSING, "no column holds the score of some label")
    width = table.shape[1]
    if k >= width:
        raise MetricError(
            Why.UNDEFINED,
            f"of {width} classes the label is always among the first {k}, whatever the model"
            + (f"; use a k of at most {width - 1}" if width > 1 else ""),
        )
    chosen = table[np.arange(sample.n), at][:, None]
    found: Real = ((table >= chosen).sum(axis=1) <= k).astype(np.float64)
    return found


def numbers(codes: Whole, classes: Sequence[str], what: str) -> Real:
    """Labels or answers as numbers. Raises MetricError naming the first that is none."""
    values = np.array([_number(name) for name in classes])[codes]
    wrong = np.isnan(values)
    if bool(wrong.any()):
        raise MetricError(Why.NOT_NUMERIC, f"the {what} {classes[codes[wrong].min()]!r} is not a number")
    return values


def _number(text: str) -> float:
    """NaN for what is no finite number, and for `1_000`, which Python alone takes for one."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in text else math.nan


def are_numbers(names: Sequence[str]) -> bool:
    """Whether all labels and answers are numbers."""
    return not any(math.isnan(_number(name)) for name in names)

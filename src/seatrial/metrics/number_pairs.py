"""Labels and answers that are numbers, as a picture of a regression shows them: some of the pairs, all errors in bars.

Called where pictures are made. Pairs are taken at even steps of the rows in the order of their labels, so that both
ends are among them and nothing is left to chance. Bars of the errors leave out `_TAIL` of the rows at either end,
which the outermost bars take up, or one row off by a million would press all others into one bar.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from seatrial.evidence.sample import Real, Sample
from seatrial.metrics.losses import are_numbers, number_in, numbers

BARS = 40
_TAIL = 0.005
_MANY = 50  # classes that are whole numbers: more of them are measurements


class Errors(Struct, frozen=True, kw_only=True):
    """Shares of the errors (answer minus label) of each side in `BARS` bars from `low` to `high`."""

    shares: tuple[tuple[float, ...], ...]
    low: float
    high: float
    below: bool
    above: bool


def are_measurements(sample: Sample) -> bool:
    """Whether labels and answers are measurements and no names: all are numbers, without scores, and there are many of
    them or they have digits after the point. Reports and pictures ask here, so that they never disagree."""
    if sample.labels is None or all(side.answers is None for side in sample.sides):
        return False
    if any(side.score is not None or side.scores for side in sample.sides) or not are_numbers(sample.classes):
        return False
    return len(sample.classes) > _MANY or any(not number_in(name).is_integer() for name in sample.classes)


def is_regression(sample: Sample) -> bool:
    """Whether both models' answers are measurements, so that they can be drawn as such."""
    return are_measurements(sample) and all(side.answers is not None for side in sample.sides)


def pairs(sample: Sample, points: int) -> tuple[tuple[tuple[float, float], ...], ...]:
    """At most `points` pairs of label and answer of each side, of the same rows. Raises MetricError where one is no
    number."""
    assert sample.labels is not None  # noqa: S101 - the caller has looked
    labels = numbers(sample.labels, sample, "label")
    order = np.argsort(labels, kind="stable")
    at = order[np.unique(np.linspace(0, len(order) - 1, min(points, len(order))).astype(np.int64))]
    return tuple(
        tuple(zip(labels[at].tolist(), _answers(sample, side)[at].tolist(), strict=True))
        for side in range(len(sample.sides))
    )


def errors(sample: Sample) -> Errors | None:
    """All errors in bars; None where they are infinite or all the same. Raises MetricError where a value is no
    number."""
    assert sample.labels is not None  # noqa: S101 - the caller has looked
    labels = numbers(sample.labels, sample, "label")
    with np.errstate(over="ignore", invalid="ignore"):
        found = [_answers(sample, side) - labels for side in range(len(sample.sides))]
    together = np.concatenate(found)
    if not bool(np.isfinite(together).all()):
        return None
    low = min(float(np.quantile(each, _TAIL)) for each in found)
    high = max(float(np.quantile(each, 1 - _TAIL)) for each in found)
    width = (high - low) / BARS
    if not (low < high and math.isfinite(high - low) and low + width > low):
        return None
    return Errors(
        shares=tuple(_shares(each, low, width) for each in found),
        low=low,
        high=high,
        below=bool((together < low).any()),
        above=bool((together > high).any()),
    )


def _answers(sample: Sample, side: int) -> Real:
    one = sample.sides[side]
    assert one.answers is not None  # noqa: S101 - the caller has looked
    return numbers(one.answers, sample, "answer", one)


def _shares(values: Real, low: float, width: float) -> tuple[float, ...]:
    at = np.clip(np.floor((values - low) / width), 0, BARS - 1).astype(np.int64)
    return tuple((np.bincount(at, minlength=BARS) / len(values)).tolist())

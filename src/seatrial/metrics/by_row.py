"""Metrics that are means over rows, as one number for each row and model.

Called by `measure` with all rows and by `large/` with one piece after the other: what a row is worth depends on no
other row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real, Sample, Side, Whole
from seatrial.metrics import losses
from seatrial.metrics.catalog import Family, Metric
from seatrial.metrics.naming import first_row
from seatrial.metrics.trouble import MetricError, Why

NUMBERS = ("mae", "mse", "rmse", "mape", "r2")
"""Losses of labels and answers that are numbers."""


class ByRow(Struct, frozen=True, kw_only=True):
    """The numbers of each side. With `of_square` the metric is a function of their mean: the root (`rmse`), or one
    minus its share of the variance of `truth` (`r2`). Of the gap, `came_true` says which rows are positive: its support
    is the rarer outcome's, for where all rows came true, or none, the spread of the scores says nothing of how far that
    share may be off."""

    values: tuple[Real, ...]
    of_square: str | None = None
    truth: Real | None = None
    came_true: NDArray[np.bool_] | None = None


def of(metric: Metric, sample: Sample, positive: int | None) -> ByRow:
    """The numbers of a metric of the families LOSSES, VALUES and GAP. Raises MetricError."""
    if metric.family is Family.VALUES:
        return ByRow(values=of_column(metric.column or "", sample))
    labels = sample.labels
    if labels is None:
        raise MetricError(Why.LABELS_MISSING, "these rows have no labels")
    if metric.family is Family.GAP:
        return ByRow(values=_gap(sample, labels, positive), came_true=labels == (positive or 0))
    name = metric.name.partition("@")[0]
    if name in NUMBERS:
        return _of_numbers(name, sample, labels)
    if name == "top_k_accuracy":
        return ByRow(values=tuple(losses.top_k(side, sample, labels, metric.k or 1) for side in sample.sides))
    function = losses.log_loss if name == "log_loss" else losses.brier
    return ByRow(values=tuple(function(side, sample, labels, positive) for side in sample.sides))


def of_column(column: str, sample: Sample) -> tuple[Real, ...]:
    """A declared column of numbers. Raises MetricError where a side lacks it."""
    if any(column not in side.values for side in sample.sides):
        raise MetricError(Why.VALUE_MISSING, f"`{column}` is no declared column of numbers")
    return tuple(side.values[column] for side in sample.sides)


def _gap(sample: Sample, labels: Whole, positive: int | None) -> tuple[Real, ...]:
    """How far the score lies above the outcome."""
    name = sample.classes[positive or 0]
    return tuple(
        losses.probability_of_positive(side, sample, name) - (labels == (positive or 0)) for side in sample.sides
    )


_ERRORS: Mapping[str, Callable[[Real, Real], Real]] = MappingProxyType(
    {"mae": lambda error, _truth: np.abs(error), "mape": lambda error, truth: np.abs(error / truth)}
)


def _of_numbers(name: str, sample: Sample, labels: Whole) -> ByRow:
    truth = losses.numbers(labels, sample, "label")
    if name == "mape" and not bool((truth != 0).all()):
        where = first_row(sample, None, truth == 0)
        raise MetricError(Why.UNDEFINED, f"a percentage of a label of 0 is not defined{where}")

    def by_row(side: Side) -> Real:
        if side.answers is None:
            raise MetricError(Why.ANSWERS_MISSING, "these rows have no answers")
        error = losses.numbers(side.answers, sample, "answer", side) - truth
        return _ERRORS[name](error, truth) if name in _ERRORS else error * error

    values = tuple(by_row(side) for side in sample.sides)
    return ByRow(values=values, of_square=name, truth=truth) if name in ("rmse", "r2") else ByRow(values=values)

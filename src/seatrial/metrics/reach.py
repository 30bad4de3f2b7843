"""How far one row's answer can move a figure: what a sample that did not show it must be taken to hide.

Called by whoever measures, for each figure. Where few rows tell two models apart, a verdict asks what three more could
do that stayed unseen, each as bad as a row can be (`stats/noninferiority`). How bad that is follows from the metric and
never from the rows: a model without a mistake has shown none of them.
"""

from __future__ import annotations

import math

from seatrial.metrics.catalog import Family, Metric
from seatrial.metrics.figures import Figure
from seatrial.replacing import replace

LOG_LOSS_MOST = -math.log(2.220446049250313e-16)
"""The largest loss of a row, since a probability of 0 counts as the smallest that is told from it."""

_BY_NAME = {"log_loss": LOG_LOSS_MOST, "top_k_accuracy": 1.0}


def with_reach(metric: Metric, figure: Figure, *, several_classes: bool, largest_cluster: int | None = None) -> Figure:
    """The figure with its reach: n times the most that one unit can move it; infinite where that has no bound.

    Metrics of counts have brought that of a row, from their gradient. `largest_cluster` counts the rows of the
    largest cluster, each of which may move the figure as far; None where rows are independent.
    """
    row = figure.reach if metric.family is Family.COUNTS else _of_row(metric, figure, several_classes)
    if largest_cluster is not None:
        seen = figure.apart or figure.own
        units = 0 if seen is None else seen.n
        row = row * largest_cluster * units / figure.n if figure.unit == "row" and figure.n else math.inf
    return replace(figure, reach=row)


def _of_row(metric: Metric, figure: Figure, several_classes: bool) -> float:
    match metric.family:
        case Family.LISTS | Family.DRAWS | Family.GAP:
            return 1.0
        case Family.RANKS if metric.name == "roc_auc":  # a placement lies between 0 and 1
            return figure.n / figure.support if figure.support else math.inf
        case Family.LOSSES if metric.name == "brier":
            return 2.0 if several_classes else 1.0
        case Family.LOSSES:
            return _BY_NAME.get(metric.name.partition("@")[0], math.inf)
        case _:
            return math.inf

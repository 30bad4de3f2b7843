"""Two models side by side without any limit: every metric, in all rows and in every group, with its interval.

Called by `diff` and by reports. Nothing is judged: an interval here is a description, at 90 %, the level that a
one-sided 5 % gate looks at. Metrics that these rows cannot give are left out, and rows that cannot be paired leave
the difference out.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from seatrial.errors import EvidenceError
from seatrial.gates.evidence import Evidence
from seatrial.gates.figures import kept_interval
from seatrial.gates.rows import Rows, measuring_of
from seatrial.metrics.catalog import Family, Metric, find, of_column
from seatrial.metrics.figures import Figure
from seatrial.metrics.losses import are_numbers
from seatrial.metrics.measure import JOINT, Measuring
from seatrial.metrics.trouble import MetricError
from seatrial.stats import tango
from seatrial.stats.interval import Interval
from seatrial.stats.skewed_mean import hall_interval

ALPHA = 0.05
"""Two-sided 90 % intervals, the ones a one-sided 5 % gate looks at."""

CLASSES = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc")
SCORES = ("roc_auc", "average_precision", "log_loss", "brier")
NUMBERS = ("mae", "rmse", "r2")
LISTS = ("ndcg", "mrr", "map")
_MOST_CLASSES = 50
"""Labels that are all numbers, and more different ones than this, are numbers and no classes."""


class MetricDifference(Struct, frozen=True, kw_only=True):
    """One metric in one group of rows (None: in all). The interval is that of the difference."""

    metric: str
    candidate: float
    n: int
    grouping: str | None = None
    group: str | None = None
    baseline: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None


def of(
    candidate: Evidence, other: Evidence | None, names: Sequence[str] | None = None, groupings: Sequence[str] = ()
) -> tuple[MetricDifference, ...]:
    """The named metrics (or all that the rows give), in all rows and by each grouping."""
    if candidate.predictions is None:
        return ()
    by = [tuple(grouping.split(JOINT)) for grouping in groupings]
    rows = _rows(candidate.predictions, None if other is None else other.predictions, by)
    metrics = _everything(rows) if names is None else [(name, _metric(rows, name)) for name in names]
    return tuple(
        one
        for grouping in (None, *groupings)
        for name, metric in metrics
        if metric is not None
        for one in _measured(rows, name, metric, grouping)
    )


def _rows(mine: Rows, theirs: Rows | None, groupings: Sequence[Sequence[str]]) -> Measuring:
    try:
        return measuring_of(mine, theirs, groupings)
    except EvidenceError:
        return measuring_of(mine, None, groupings)  # who compares says why rows do not match; a table is not the place


def _metric(rows: Measuring, name: str) -> Metric | None:
    return of_column(name) if name in rows.sample.candidate.values else find(name)


def _everything(rows: Measuring) -> list[tuple[str, Metric | None]]:
    sample, side = rows.sample, rows.sample.candidate
    names: list[str] = []
    if sample.labels is not None and sample.queries is not None:
        names += LISTS
    elif sample.labels is not None and len(sample.classes) > _MOST_CLASSES and are_numbers(sample.classes):
        names += NUMBERS if side.answers is not None else ()
    elif sample.labels is not None:
        names += CLASSES if side.answers is not None else ()
        names += SCORES if side.score is not None or side.scores else ()
    return [(name, _metric(rows, name)) for name in (*names, *side.values)]


def _measured(rows: Measuring, name: str, metric: Metric, grouping: str | None) -> list[MetricDifference]:
    try:
        figures = rows.figures(metric, grouping)
    except MetricError:
        return []
    groups = rows.groups(grouping)
    labels: Sequence[str | None] = (None,) if groups is None else groups.names
    return [
        MetricDifference(
            metric=name,
            candidate=figure.candidate,
            n=figure.n,
            grouping=grouping,
            group=label,
            baseline=figure.baseline,
            difference=figure.difference,
            interval=_interval(figure, metric),
        )
        for label, figure in zip(labels, figures, strict=True)
        if figure.undefined is None
    ]


def _interval(figure: Figure, metric: Metric) -> tuple[float, float] | None:
    if figure.paired is not None and metric.family is Family.COUNTS:
        return kept_interval(tango.interval(figure.paired, alpha=ALPHA))
    if figure.apart is None:
        return None
    found = hall_interval(figure.apart, alpha=ALPHA)
    return kept_interval(Interval(lower=found.lower, upper=found.upper))

"""Two models side by side without any limit: every metric, in all rows and in every group, with its interval.

Called by reports, and by `side_by_side` for `diff`. Nothing is judged: an interval here is a description, at 90 %, the
level that a one-sided 5 % gate looks at. Metrics that these rows cannot give are left out, and rows that cannot be
paired leave the difference out; `side_by_side` says of both why.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from seatrial.errors import EvidenceError
from seatrial.gates import looking
from seatrial.gates.evidence import Evidence
from seatrial.gates.figures import kept_interval
from seatrial.gates.rows import Rows, measuring_of
from seatrial.metrics.catalog import Family, Metric, find, of_column
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import JOINT, Measuring
from seatrial.metrics.number_pairs import are_measurements
from seatrial.stats import tango
from seatrial.stats.interval import Interval
from seatrial.stats.skewed_mean import hall_interval

ALPHA = 0.05
"""Two-sided 90 % intervals, the ones a one-sided 5 % gate looks at."""

CLASSES = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc")
SCORES = ("roc_auc", "average_precision", "log_loss", "brier")
NUMBERS = ("mae", "rmse", "r2")
LISTS = ("ndcg", "mrr", "map")


class MetricDifference(Struct, frozen=True, kw_only=True):
    """One metric in one group of rows (None: in all). The interval is that of the difference. `candidate` is None where
    only the other model has rows of that group, or a value there."""

    metric: str
    candidate: float | None
    n: int
    grouping: str | None = None
    group: str | None = None
    baseline: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None

    @property
    def level(self) -> float | None:
        """The confidence of the interval."""
        return None if self.interval is None else round(1 - 2 * ALPHA, 6)


def of(
    candidate: Evidence,
    other: Evidence | None,
    names: Sequence[str] | None = None,
    groupings: Sequence[str] = (),
    *,
    of_classes: Sequence[str] = (),
) -> tuple[MetricDifference, ...]:
    """The named metrics (or all that the rows give), in all rows and by each grouping; before them those `of_classes`,
    where labels are names and no measurements."""
    if candidate.predictions is None:
        return ()
    rows = _rows(candidate.predictions, None if other is None else other.predictions, groupings)
    usual = () if are_measurements(rows.sample) else of_classes
    wanted = everything(rows) if names is None else _metrics(rows, tuple(dict.fromkeys((*usual, *names))))
    made = measured(rows, wanted, groupings)
    return tuple(one for one in made if isinstance(one, MetricDifference))


class Lacking(Struct, frozen=True, kw_only=True):
    """A metric without a value in one group of rows, and why. Without a `group` all of the grouping cannot be looked
    at, and without a grouping all rows."""

    metric: str
    why: str
    grouping: str | None = None
    group: str | None = None


def columns_of(groupings: Sequence[str]) -> list[tuple[str, ...]]:
    """The columns of each grouping."""
    return [tuple(grouping.split(JOINT)) for grouping in groupings]


def _rows(mine: Rows, theirs: Rows | None, groupings: Sequence[str]) -> Measuring:
    by = columns_of(groupings)
    try:
        return measuring_of(mine, theirs, by)
    except EvidenceError:
        return measuring_of(mine, None, by)  # a report says why rows do not match; its table is not the place


def measured(
    rows: Measuring, metrics: Sequence[tuple[str, Metric | None]], groupings: Sequence[str]
) -> list[MetricDifference | Lacking]:
    """The metrics in all rows and by each grouping, or why there is no value."""
    found: list[MetricDifference | Lacking] = []
    for grouping in (None, *groupings):
        for name, metric in metrics:
            found += () if metric is None else _measured(rows, name, metric, grouping)
    return found


def everything(rows: Measuring) -> list[tuple[str, Metric | None]]:
    """All that the rows of either model could give, by name."""
    sample, sides = rows.sample, rows.sample.sides
    answered = any(side.answers is not None for side in sides)
    names: list[str] = []
    if sample.labels is not None and sample.queries is not None:
        names += LISTS
    elif are_measurements(sample):
        names += NUMBERS
    elif sample.labels is not None:
        names += CLASSES if answered else ()
        names += SCORES if any(side.score is not None or side.scores for side in sides) else ()
    return _metrics(rows, list(dict.fromkeys((*names, *(name for side in sides for name in side.values)))))


def _metrics(rows: Measuring, names: Sequence[str]) -> list[tuple[str, Metric | None]]:
    """What names mean for these rows; a column of numbers is asked first."""
    columns = {name for side in rows.sample.sides for name in side.values}
    return [(name, of_column(name) if name in columns else find(name)) for name in names]


def _measured(rows: Measuring, name: str, metric: Metric, grouping: str | None) -> list[MetricDifference | Lacking]:
    """The metric by group; one answer for the whole grouping where it cannot be looked at."""
    figures = looking.figures(rows, metric, grouping)
    if isinstance(figures, looking.Trouble):
        return [Lacking(metric=name, why=figures.message.removeprefix(f"{metric.name}: "), grouping=grouping)]
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
        if figure.undefined is None
        else Lacking(metric=name, why=figure.undefined, grouping=grouping, group=label)
        for label, figure in zip(labels, figures, strict=True)
    ]


def _interval(figure: Figure, metric: Metric) -> tuple[float, float] | None:
    if figure.paired is not None and metric.family is Family.COUNTS:
        return kept_interval(tango.interval(figure.paired, alpha=ALPHA))
    if figure.apart is None:
        return None
    found = hall_interval(figure.apart, alpha=ALPHA)
    return kept_interval(Interval(lower=found.lower, upper=found.upper))

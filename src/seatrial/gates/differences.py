"""Two models side by side without any limit: every metric, in all rows and in every group, with its interval.

Called by `diff` and by reports. Nothing is judged: an interval here is a description, at 90 %, the level that a
one-sided 5 % gate looks at. Metrics that these rows cannot give are left out, and rows that cannot be paired leave
the difference out. `side_by_side` says of both why, and shows what each model is by itself.
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
from seatrial.metrics.losses import are_numbers
from seatrial.metrics.measure import JOINT, Measuring
from seatrial.replacing import replace
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
    """One metric in one group of rows (None: in all). The interval is that of the difference. `candidate` is None where
    only the other model has rows of that group."""

    metric: str
    candidate: float | None
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
    rows = _rows(candidate.predictions, None if other is None else other.predictions, groupings)
    return _all_of(rows, names, groupings)[0]


class Untold(Struct, frozen=True, kw_only=True):
    """Metrics that have no value in all rows, for one reason; `side` is the model where it is one model's alone."""

    metrics: tuple[str, ...]
    why: str
    side: str | None = None


class SideBySide(Struct, frozen=True, kw_only=True):
    """Every metric of two models. `unmatched` says why their rows cannot be compared; figures are then each model's
    own, without a difference."""

    metrics: tuple[MetricDifference, ...]
    untold: tuple[Untold, ...] = ()
    unmatched: str | None = None


def side_by_side(
    mine: Rows | None, theirs: Rows | None, groupings: Sequence[str], labels: tuple[str, str]
) -> SideBySide:
    """All that the rows give; `labels` name the two models, ours first."""
    if mine is None or theirs is None:
        lacking = " and ".join(label for rows, label in zip((mine, theirs), labels, strict=True) if rows is None)
        return _apart(mine, theirs, groupings, labels, f"{lacking} has no predictions")
    try:
        rows = measuring_of(mine, theirs, _columns(groupings))
    except EvidenceError as error:
        return _apart(mine, theirs, groupings, labels, _why_unmatched(error, mine, theirs))
    metrics, untold = _all_of(rows, None, groupings)
    if untold and not metrics:  # one of the two may have some
        return replace(_apart(mine, theirs, groupings, labels, ""), unmatched=None)
    return SideBySide(metrics=metrics, untold=untold)


def _why_unmatched(error: EvidenceError, mine: Rows, theirs: Rows) -> str:
    """Every problem, with the file that it is of where the two have different names, and what to do."""
    named = mine.source.path != theirs.source.path
    said = [
        f"{problem.place.file}: {problem.message}" if named and problem.place is not None else problem.message
        for problem in error.problems
    ]
    steps = dict.fromkeys(problem.next_step for problem in error.problems if problem.next_step)
    return "; ".join((*said, *steps))


def _apart(
    mine: Rows | None, theirs: Rows | None, groupings: Sequence[str], labels: tuple[str, str], why: str
) -> SideBySide:
    """Each model by itself."""
    found: dict[tuple[str, str | None, str | None], MetricDifference] = {}
    untold: list[Untold] = []
    for rows, label in zip((mine, theirs), labels, strict=True):
        if rows is None:
            continue
        metrics, lacking = _all_of(_rows(rows, None, groupings), None, groupings)
        untold += [Untold(metrics=each.metrics, why=each.why, side=label) for each in lacking]
        for one in metrics:
            key = (one.metric, one.grouping, one.group)
            if rows is mine:
                found[key] = one
            else:
                other = found.get(key, replace(one, candidate=None))
                found[key] = replace(other, baseline=one.candidate)
    return SideBySide(metrics=tuple(found.values()), untold=tuple(untold), unmatched=why)


def _columns(groupings: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(grouping.split(JOINT)) for grouping in groupings]


def _rows(mine: Rows, theirs: Rows | None, groupings: Sequence[str]) -> Measuring:
    by = _columns(groupings)
    try:
        return measuring_of(mine, theirs, by)
    except EvidenceError:
        return measuring_of(mine, None, by)  # a report says why rows do not match; its table is not the place


def _all_of(
    rows: Measuring, names: Sequence[str] | None, groupings: Sequence[str]
) -> tuple[tuple[MetricDifference, ...], tuple[Untold, ...]]:
    """The named metrics (or all) in all rows and by each grouping, and which have no value in all rows."""
    metrics = _everything(rows) if names is None else [(name, _metric(rows, name)) for name in names]
    found: list[MetricDifference] = []
    lacking: dict[str, list[str]] = {}
    for grouping in (None, *groupings):
        for name, metric in metrics:
            made = [] if metric is None else _measured(rows, name, metric, grouping)
            if isinstance(made, str):
                if grouping is None:
                    lacking.setdefault(made, []).append(name)
                continue
            found += made
    return tuple(found), tuple(Untold(metrics=tuple(of), why=why) for why, of in lacking.items())


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


def _measured(rows: Measuring, name: str, metric: Metric, grouping: str | None) -> list[MetricDifference] | str:
    """The metric by group; why there is no value at all where there is none."""
    figures = looking.figures(rows, metric, grouping)
    if isinstance(figures, looking.Trouble):
        return figures.message.removeprefix(f"{metric.name}: ")
    if grouping is None and figures[0].undefined is not None:
        return figures[0].undefined
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

"""Metrics of one or two models on the same rows, for all rows or by group: the one entrance to this folder.

Called by gates, `diff` and reports. Metrics of counts are all answered from one table of cells, made once for each
grouping; the others look at rows. Whatever cannot be computed raises MetricError with a code, and a group in which a
metric has no value (no positives, one class) has a figure that says so: neither is ever a number.

Subtle: with a cluster column the unit is the cluster, for every metric. What a row adds is then summed by cluster
before squares are taken, which is the sandwich variance of Liang and Zeger (1986, Biometrika 73:13).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from seatrial.evidence.sample import Codes, Real, Sample, Side, Whole
from seatrial.metrics import by_row, losses, ranks
from seatrial.metrics.catalog import POSITIVE, Family, Metric
from seatrial.metrics.counting import Cells, cells_of
from seatrial.metrics.figures import Figure
from seatrial.metrics.from_cells import figures_of_cells
from seatrial.metrics.from_rows import Added, figures_of_rows
from seatrial.metrics.lists import MEASURES, lists_of
from seatrial.metrics.reach import with_reach
from seatrial.metrics.sums import sum_by
from seatrial.metrics.trouble import MetricError, Why
from seatrial.replacing import replace

_KNOWN_POSITIVE: Mapping[frozenset[str], str] = MappingProxyType(
    {
        frozenset({"0", "1"}): "1",
        frozenset({"-1", "1"}): "1",
        frozenset({"false", "true"}): "true",
        frozenset({"no", "yes"}): "yes",
    }
)
"""Two classes of which everybody knows the positive one."""


class Measuring(Struct):
    """One sample, and what was already counted in it. `grouping` gives groups by name; None is all rows as one."""

    sample: Sample
    _cells: dict[str | None, Cells] = field(default_factory=dict)
    _groups: dict[str, Codes] = field(default_factory=dict)

    def figures(self, metric: Metric, grouping: str | None = None, *, ratio: float = 1.0) -> tuple[Figure, ...]:
        """The metric for each group, in the order of its names (one figure without a grouping).

        `apart` of a figure are the moments of candidate - `ratio` * baseline. Raises MetricError.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # figures say by themselves that numbers were too large
            made = self._made(metric, grouping, ratio)
        clusters = self.sample.clusters
        largest = None if clusters is None else int(np.bincount(clusters.codes).max())
        several = len(self.sample.classes) > 2
        return tuple(with_reach(metric, each, several_classes=several, largest_cluster=largest) for each in made)

    def _made(self, metric: Metric, grouping: str | None, ratio: float) -> tuple[Figure, ...]:
        groups = self.groups(grouping)
        match metric.family:
            case Family.COUNTS:
                return self._counted(metric, grouping, groups, ratio)
            case Family.LOSSES | Family.VALUES | Family.GAP:
                return self._summed(metric, groups, ratio)
            case Family.RANKS:
                return self._ranked(metric, groups, ratio)
            case Family.LISTS:
                return self._lists(metric, groups, ratio)
            case Family.DRAWS:
                return self._draws(metric, groups, ratio)

    def whole(self, _what: str) -> Sample:
        """The sample, for what looks at all rows at once and is called `_what`. Raises MetricError where there are too
        many."""
        return self.sample

    def groups(self, grouping: str | None) -> Codes | None:
        """The groups of a name; an intersection has its columns joined by ` x `."""
        if grouping is None:
            return None
        if grouping not in self._groups:
            known = self.sample.groups
            columns = [grouping] if grouping in known else grouping.split(JOINT)
            for name in columns:
                if name not in known:
                    raise MetricError(Why.GROUP_MISSING, f"`{name}` is no column that groups these rows")
            self._groups[grouping] = crossed([known[name] for name in columns])
        return self._groups[grouping]

    def positive(self, *, required: bool = True) -> int | None:
        """The positive class, as a code. Raises MetricError when it is needed and nobody said it."""
        sample, classes = self.sample, self.sample.classes
        if sample.positive is not None:
            if sample.positive in classes:
                return classes.index(sample.positive)
            raise MetricError(
                Why.POSITIVE_UNKNOWN, f"the positive class {sample.positive!r} is no label or answer of any row"
            )
        for known, name in _KNOWN_POSITIVE.items():
            if set(classes) <= known and name in classes:
                return classes.index(name)
        if not required:
            return None
        if len(classes) == 2:
            raise MetricError(
                Why.POSITIVE_UNKNOWN,
                f"which of the classes {classes[0]!r} and {classes[1]!r} is the positive one was not said",
            )
        raise MetricError(
            Why.POSITIVE_UNKNOWN,
            f"all labels and answers are {classes[0]!r}, and whether that is the positive class was not said"
            if len(classes) == 1
            else f"there are {len(classes)} classes, and none was named as the positive one",
        )

    def _labels(self) -> Whole:
        if self.sample.labels is None:
            raise MetricError(Why.LABELS_MISSING, "these rows have no labels")
        return self.sample.labels

    def _counted(self, metric: Metric, grouping: str | None, groups: Codes | None, ratio: float) -> tuple[Figure, ...]:
        labels = self._labels()
        if any(side.answers is None for side in self.sample.sides):
            raise MetricError(Why.ANSWERS_MISSING, "these rows have no answers, only scores or values")
        self._refuse_other_words(labels)
        if grouping not in self._cells:
            self._cells[grouping] = cells_of(
                labels,
                self.sample.sides,
                len(self.sample.classes),
                None if groups is None else groups.codes,
                1 if groups is None else len(groups.names),
            )
        name, positive = self._meant(metric)
        return figures_of_cells(
            name, positive, self._cells[grouping], self.sample, None if groups is None else groups.codes, ratio
        )

    def _refuse_other_words(self, labels: Whole) -> None:
        """Labels `true` and `false`, answers 0 and 1: no answer could be right, of either model, so that the two would
        be equally good. A model that knows one answer alone may be that bad, and is counted."""
        if self._cells:
            return
        there = _occurring(labels, len(self.sample.classes))
        for side, whose in zip(self.sample.sides, ("the model", "the baseline"), strict=False):
            answered = _occurring(side.answers, len(self.sample.classes))
            if answered.sum() > 1 and there.sum() > 1 and not (there & answered).any():
                ours, theirs = (_first(self.sample.classes, each) for each in (there, answered))
                raise MetricError(
                    Why.CLASSES_DIFFER,
                    f"no answer of {whose} is one of the labels: labels are {ours}, answers {theirs}",
                )

    def _meant(self, metric: Metric) -> tuple[str, int | None]:
        """The formula, and the positive class. A binary metric over more than two classes is their macro average,
        where it has one and no class was named."""
        if metric.average not in ("binary", POSITIVE):
            return metric.name, None
        several = metric.average != POSITIVE and len(self.sample.classes) > 2 and self.sample.positive is None
        if several and metric.name in ("precision", "recall", "f1", "jaccard"):
            return f"{metric.name}_macro", None
        return metric.name, self.positive()

    def _summed(self, metric: Metric, groups: Codes | None, ratio: float) -> tuple[Figure, ...]:
        if metric.family is not Family.VALUES:
            self._labels()
        found = by_row.of(metric, self.sample, self.positive_for(metric))
        made = figures_of_rows(found.values, self.sample, groups, ratio, of_square=found.of_square, truth=found.truth)
        if found.came_true is None:
            return made
        came = [int(found.came_true[each].sum()) for each in members_of(self.sample.n, groups)]
        return tuple(
            replace(figure, support=min(true, figure.n - true)) for figure, true in zip(made, came, strict=True)
        )

    def positive_for(self, metric: Metric) -> int | None:
        """The positive class, where a metric of rows needs one."""
        if metric.family is Family.GAP:
            return self.positive()
        if metric.family is not Family.LOSSES or metric.name in by_row.NUMBERS:
            return None
        by_class = all(side.scores and side.score is None for side in self.sample.sides)
        return None if by_class or metric.name.startswith("top_k_accuracy") else self.positive()

    def _lists(self, metric: Metric, groups: Codes | None, ratio: float) -> tuple[Figure, ...]:
        """Means over queries, each group's rows listed by themselves."""
        labels, sample = self._labels(), self.sample
        if sample.queries is None:
            raise MetricError(Why.QUERY_MISSING, "no column says which rows are ranked together")
        relevance = losses.numbers(labels, sample.classes, "label")
        if bool((relevance < 0).any()):
            raise MetricError(Why.NOT_NUMERIC, "a label below 0 is no relevance")
        function = MEASURES[metric.name.partition("@")[0]]
        found = []
        for rows in members_of(sample.n, groups):
            query = sample.queries.codes[rows].astype(np.int64)
            lists = [lists_of(query, relevance[rows], _score(side)[rows]) for side in sample.sides]
            first = lists[0]
            if sample.clusters is not None:
                _refuse_split(sample.clusters.codes[rows][first.order], first.begins)
            values = [function(each, metric.k) for each in lists]
            added = Added.of_units(values, rows[first.order[first.begins]], len(rows))
            found.append(added.figure(sample, ratio, unit="query"))
        return tuple(found)

    def _ranked(self, metric: Metric, groups: Codes | None, ratio: float) -> tuple[Figure, ...]:
        """Metrics of ranks, each group sorted by itself."""
        labels, sample = self._labels(), self.sample
        function = ranks.auc if metric.name == "roc_auc" else ranks.average_precision
        several = bool(sample.candidate.scores) and sample.candidate.score is None
        classes = [self.positive()] if not several else [sample.classes.index(n) for n in self._scored(labels)]
        figures = []
        for rows in members_of(sample.n, groups):
            values: list[list[ranks.Ranked]] = [[] for _ in sample.sides]
            support, undefined = np.inf, None
            for at in classes:
                positive = labels[rows] == at
                hits = int(positive.sum())
                support = min(support, hits, len(rows) - hits)
                if hits == 0 or hits == len(rows):
                    undefined = f"{'all' if hits else 'none'} of {len(rows):,} rows are {sample.classes[at or 0]!r}"
                    break
                for made, side in zip(values, sample.sides, strict=True):
                    score = side.score if not several else side.scores[sample.classes[at or 0]]
                    if score is None:
                        raise MetricError(Why.SCORE_MISSING, "no column holds a score")
                    made.append(function(score[rows], positive))
            figures.append(
                Added.nothing(len(rows), undefined, both=sample.baseline is not None).figure(sample, ratio)
                if undefined is not None
                else Added.of_ranks(values, rows, support, exact=metric.name == "roc_auc").figure(sample, ratio)
            )
        return tuple(figures)

    def _scored(self, labels: Whole) -> list[str]:
        """The classes of a one-against-the-rest average: those that have a label and a column."""
        lacking = [self.sample.classes[at] for at in np.unique(labels)]
        missing = [name for name in lacking if any(name not in side.scores for side in self.sample.sides)]
        if missing:
            raise MetricError(Why.SCORE_MISSING, f"no column holds the score of the class {missing[0]!r}")
        return lacking

    def _draws(self, metric: Metric, groups: Codes | None, ratio: float) -> tuple[Figure, ...]:
        """pass@k of a column, over clusters."""
        sample, column = self.sample, metric.column or ""
        rows = by_row.of_column(column, sample)
        if sample.clusters is None:
            raise MetricError(Why.CLUSTER_MISSING, "pass@k needs a cluster column: which rows try the same problem")
        if any(bool(((values != 0) & (values != 1)).any()) for values in rows):
            raise MetricError(Why.NOT_NUMERIC, f"`{column}` must be 0 or 1 in every row, whether that try passed")
        from_members = []
        for members in members_of(sample.n, groups):
            cluster, at, first = np.unique(sample.clusters.codes[members], return_index=True, return_inverse=True)
            tries = sum_by(first, len(cluster))
            made = [_pass_at_k(sum_by(first, len(cluster), values[members]), tries, metric.k or 1) for values in rows]
            from_members.append(Added.of_units(made, members[at], len(members)))
        return tuple(each.figure(sample, ratio, unit="cluster") for each in from_members)


CALIBRATION_GAP = Metric(name="calibration_gap", family=Family.GAP, low=-1.0, high=1.0)
"""By how much the mean score of the positive class lies above the share of positives: calibration in the large."""

JOINT = " x "
"""Between the columns of an intersection."""


def crossed(columns: list[Codes]) -> Codes:
    """The intersection of groupings: the combinations that occur, in the order of their names."""
    if len(columns) == 1:
        return columns[0]
    code = np.zeros(len(columns[0].codes), dtype=np.int64)
    for column in columns:
        code = code * len(column.names) + column.codes
    found, at = np.unique(code, return_inverse=True)
    return Codes(codes=at.astype(np.int32), names=crossed_names(columns, found.tolist()))


def crossed_names(columns: Sequence[Codes], crossed: Iterable[int]) -> tuple[str, ...]:
    """The names of combinations: each number is one's codes as digits, of which the last column's comes last."""
    names = []
    for code in crossed:
        parts = []
        for column in reversed(columns):
            code, digit = divmod(code, len(column.names))
            parts.append(column.names[digit])
        names.append(JOINT.join(reversed(parts)))
    return tuple(names)


def members_of(n: int, groups: Codes | None) -> list[NDArray[np.int64]]:
    """The rows of each group, in the order of their names; all as one without groups."""
    if groups is None:
        return [np.arange(n)]
    order = np.argsort(groups.codes, kind="stable")
    ends = np.cumsum(np.bincount(groups.codes, minlength=len(groups.names)))
    return np.split(order, ends[:-1])


def _occurring(codes: Whole | None, classes: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.bincount(codes if codes is not None else [], minlength=classes) > 0
    return found


def _first(names: tuple[str, ...], which: NDArray[np.bool_]) -> str:
    some = [repr(names[at]) for at in np.flatnonzero(which)[:4]]
    return ", ".join(some[:3]) + (", ..." if len(some) > 3 else "")


def _refuse_split(clusters: Whole, begins: NDArray[np.int64]) -> None:
    """A query belongs to one cluster, as it is one unit of it."""
    if bool((np.maximum.reduceat(clusters, begins) != np.minimum.reduceat(clusters, begins)).any()):
        raise MetricError(Why.UNDEFINED, "rows of one query belong to several clusters, so that it belongs to none")


def _score(side: Side) -> Real:
    if side.score is None:
        raise MetricError(Why.SCORE_MISSING, "no column holds a score")
    return side.score


def _pass_at_k(passed: Real, tries: Real, k: int) -> Real:
    """The chance that one of k tries passes, for each problem, without bias: 1 - C(n - c, k) / C(n, k).

    Chen et al. (2021), Evaluating large language models trained on code, section 2.1. Raises MetricError where a
    problem was tried fewer than k times.
    """
    if int(tries.min()) < k:
        raise MetricError(Why.UNDEFINED, f"pass@{k} needs {k} tries at every problem; one has {int(tries.min())}")
    failed = tries - passed
    chance = np.ones(len(tries))
    for step in range(k):
        chance *= np.maximum(failed - step, 0.0) / (tries - step)
    return 1 - chance

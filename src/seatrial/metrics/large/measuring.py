"""Metrics of rows that do not fit in memory: the interface of `measure.Measuring`, answered by passes over pieces.

Called by gates through `looking`. Counts are added over pieces and are exact; means come from power sums and differ
from those of all rows at once in the last digits only; AUC comes from bins, and its figure says so. What needs all rows
at once (average precision, lists, clusters, scores of several classes in ranks, bins of calibration) raises
MetricError with `too_many_rows`: a sample is never drawn in silence.

A pass over a hundred million rows takes seconds, so each pass serves every grouping that the gate set names, and what
it found is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
from msgspec import field
from numpy.typing import NDArray

from seatrial.evidence.records import Pieces
from seatrial.evidence.sample import Codes, Real, Sample, Side, Whole
from seatrial.metrics import by_row
from seatrial.metrics.catalog import Family, Metric
from seatrial.metrics.counting import Tally, cells_from, tally_of
from seatrial.metrics.figures import Figure
from seatrial.metrics.from_cells import figures_of_cells
from seatrial.metrics.large.from_sums import RankSums, RowSums, figures_of_areas, figures_of_sums
from seatrial.metrics.large.power_sums import PowerSums
from seatrial.metrics.large.score_bins import LOOK, Edges, Histogram, edges_of
from seatrial.metrics.measure import JOINT, Measuring, crossed_names
from seatrial.metrics.reach import with_reach
from seatrial.metrics.trouble import MetricError, Why

_MOST_CELLS = 1 << 24
"""Combinations of group, label and answers that are counted."""

_MOST_GROUPS = 1 << 16
"""Combinations of an intersection's columns."""

Grouping: TypeAlias = str | None
_Found = TypeVar("_Found")


class LargeMeasuring(Measuring, kw_only=True):
    """Rows in pieces. `sample` is their outline, which has no rows; `groupings` are those that will be asked for."""

    pieces: Pieces
    groupings: tuple[Grouping, ...] = (None,)
    _joint: dict[str, tuple[Codes, Whole]] = field(default_factory=dict)
    _sums: dict[str, dict[Grouping, RowSums]] = field(default_factory=dict)
    _ranks: dict[Grouping, RankSums] = field(default_factory=dict)
    _edges: list[Edges] = field(default_factory=list)

    @staticmethod
    def of(pieces: Pieces, groupings: Iterable[str] = ()) -> LargeMeasuring:
        """The measuring of some pieces."""
        return LargeMeasuring(sample=pieces.outline, pieces=pieces, groupings=(None, *groupings))

    def whole(self, what: str) -> Sample:
        """Never: there is no table of all rows. Raises MetricError."""
        raise self._too_many(f"{what} need all of them at once")

    def groups(self, grouping: str | None) -> Codes | None:
        """The names of the groups; codes there are none, for there are no rows."""
        if grouping is None or JOINT not in grouping:
            return None if grouping is None else self.sample.groups[grouping]
        return self._crossed(grouping)[0]

    def figures(self, metric: Metric, grouping: str | None = None, *, ratio: float = 1.0) -> tuple[Figure, ...]:
        """As `Measuring.figures`, from as many passes as are still needed."""
        if self.sample.clusters is not None:
            raise self._too_many("with a cluster column, what rows add is summed by cluster over all of them")
        with np.errstate(over="ignore", invalid="ignore"):  # figures say by themselves that numbers were too large
            made = self._made(metric, grouping, ratio)
        several = len(self.sample.classes) > 2
        return tuple(with_reach(metric, each, several_classes=several) for each in made)

    def _made(self, metric: Metric, grouping: str | None, ratio: float) -> tuple[Figure, ...]:
        match metric.family:
            case Family.COUNTS:
                return self._from_cells(metric, grouping, ratio)
            case Family.LOSSES | Family.VALUES | Family.GAP:
                return figures_of_sums(self._summed_rows(metric, grouping), ratio)
            case Family.RANKS if metric.name == "roc_auc":
                return figures_of_areas(self._ranked_rows(grouping), ratio)
            case _:
                raise self._too_many(f"{metric.name} needs all of them at once")

    def disagreements(self) -> int:
        """The rows that the two models answer differently. Raises MetricError without answers of both."""
        if len(self.sample.sides) < 2 or any(side.answers is None for side in self.sample.sides):
            raise MetricError(Why.ANSWERS_MISSING, "there are no answers of two models")
        count = 0
        for piece in self.pieces.samples("prediction"):
            ours, theirs = (side.answers for side in piece.sides)
            count += piece.n if ours is None or theirs is None else int((ours != theirs).sum())
        return count

    def _too_many(self, why: str) -> MetricError:
        return MetricError(
            Why.TOO_MANY_ROWS, f"{self.pieces.n:,} rows are looked at in pieces, and {why}; judge it on fewer rows"
        )

    # Groupings

    def _crossed(self, grouping: str) -> tuple[Codes, Whole]:
        """The names of an intersection's groups, and for each combination of codes which of them it is."""
        if grouping not in self._joint:
            columns = [self.sample.groups[name] for name in grouping.split(JOINT)]
            size = int(np.prod([len(column.names) for column in columns], dtype=object))
            if size > _MOST_GROUPS:
                raise self._too_many(f"{grouping} has {size:,} combinations, more than can be counted so")
            seen = np.zeros(size, dtype=np.int64)
            for piece in self.pieces.samples(*_columns_of(grouping)):
                seen += np.bincount(_combined(piece, grouping), minlength=size)
            there = np.flatnonzero(seen)
            at = np.full(size, -1, dtype=np.int32)
            at[there] = np.arange(len(there))
            names = crossed_names(columns, there.tolist())
            self._joint[grouping] = Codes(codes=np.zeros(0, dtype=np.int32), names=names), at
        return self._joint[grouping]

    def _size(self, grouping: Grouping) -> int:
        groups = self.groups(grouping)
        return 1 if groups is None else len(groups.names)

    def _at(self, piece: Sample, grouping: Grouping) -> Whole | None:
        """The group of each row of a piece."""
        if grouping is None:
            return None
        if JOINT not in grouping:
            return piece.groups[grouping].codes
        at: Whole = self._crossed(grouping)[1][_combined(piece, grouping)]
        return at

    def _missing(self, known: dict[Grouping, _Found], grouping: Grouping) -> dict[Grouping, int]:
        """The groupings of the next pass, with how many groups they have: what is asked for now and what will be."""
        made = {grouping: self._size(grouping)}
        for other in self.groupings:
            try:
                made[other] = self._size(other)
            except (KeyError, MetricError):  # that is told when it is asked for
                continue
        return {each: size for each, size in made.items() if each not in known}

    def _pass(self, targets: Iterable[str], groupings: Iterable[Grouping]) -> Iterator[Sample]:
        columns = [column for grouping in groupings for column in _columns_of(grouping)]
        return self.pieces.samples(*targets, *columns)

    # Metrics of counts

    def _from_cells(self, metric: Metric, grouping: Grouping, ratio: float) -> tuple[Figure, ...]:
        self._labels()
        if any(side.answers is None for side in self.sample.sides):
            raise MetricError(Why.ANSWERS_MISSING, "these rows have no answers, only scores or values")
        name, positive = self._meant(metric)
        if grouping not in self._cells:
            self._count(grouping)
        return figures_of_cells(name, positive, self._cells[grouping], self.sample, None, ratio)

    def _count(self, grouping: Grouping) -> None:
        sides, classes = len(self.sample.sides), len(self.sample.classes)
        missing = self._missing(self._cells, grouping)
        if max(missing.values()) * classes ** (1 + sides) >= 1 << 62:
            raise self._too_many(f"{classes:,} classes by group are more than can be counted so")
        tallies: dict[Grouping, Tally] = {}
        for piece in self._pass(("label", "prediction"), missing):
            assert piece.labels is not None  # noqa: S101 - they were asked for
            for each, size in missing.items():
                tally = tally_of(piece.labels, piece.sides, classes, self._at(piece, each), size)
                tallies[each] = tally if each not in tallies else tallies[each].plus(tally)
                if len(tallies[each].found) > _MOST_CELLS:
                    raise self._too_many("labels and answers have more combinations than can be counted so")
        for each, tally in tallies.items():
            self._cells[each] = cells_from(tally, sides, classes, missing[each])

    # Means over rows

    def _summed_rows(self, metric: Metric, grouping: Grouping) -> RowSums:
        known = self._sums.setdefault(metric.name, {})
        if grouping not in known:
            if metric.family is not Family.VALUES:
                self._labels()
            positive = self.positive_for(metric)
            missing = self._missing(known, grouping)
            of_square = metric.name if metric.name in ("rmse", "r2") else None
            made = {each: RowSums(len(self.sample.sides), size, of_square) for each, size in missing.items()}
            seen = 0
            for piece in self._pass(self._read_by(metric), missing):
                seen += piece.n
                try:
                    rows = by_row.of(metric, piece, positive)
                except MetricError as error:
                    raise MetricError(error.why, f"{error.message} (seen in the first {seen:,} rows)") from error
                for each, sums in made.items():
                    sums.add(rows, self._at(piece, each))
            known.update(made)
        return known[grouping]

    def _read_by(self, metric: Metric) -> tuple[str, ...]:
        """The columns that a metric of rows reads."""
        if metric.family is Family.VALUES:
            return (f"value:{metric.column}",)
        if metric.name in by_row.NUMBERS:
            return ("label", "prediction")
        return ("label", "score", *(f"score:{name}" for name in self.sample.candidate.scores))

    # AUC

    def _ranked_rows(self, grouping: Grouping) -> RankSums:
        if grouping not in self._ranks:
            self._labels()
            if self.sample.candidate.scores and self.sample.candidate.score is None:
                raise self._too_many("roc_auc over several classes needs all of them at once")
            positive = self.positive() or 0
            if any(side.score is None for side in self.sample.sides):
                raise MetricError(Why.SCORE_MISSING, "no column holds a score")
            self._rank(self._missing(self._ranks, grouping), positive)
        return self._ranks[grouping]

    def _rank(self, missing: dict[Grouping, int], positive: int) -> None:
        if not self._edges:
            self._edges += self._look()
        sides = range(len(self._edges))
        bins = {each: [Histogram(edges, size) for edges in self._edges] for each, size in missing.items()}
        for piece, at in self._binned(missing):
            hit = _hits(piece, positive)
            for each, histograms in bins.items():
                for side in sides:
                    histograms[side].add(at[side], self._at(piece, each), hit)
        found = {each: [one.areas() for one in histograms] for each, histograms in bins.items()}
        sums = {each: PowerSums(len(sides), size) for each, size in missing.items()}
        for piece, at in self._binned(missing):
            hit = _hits(piece, positive)
            for each, histograms in bins.items():
                group = self._at(piece, each)
                first, *others = (found[each][side][1][histograms[side].cell(at[side], group, hit)] for side in sides)
                sums[each].add([first, *(first - other for other in others)], group)
        for each, histograms in bins.items():
            classes = histograms[0].classes()
            self._ranks[each] = RankSums(
                areas=[areas for areas, _ in found[each]],
                sums=sums[each],
                support=classes.min(axis=1),
                why=[_one_class(row, self.sample.classes[positive]) for row in classes],
            )

    def _look(self) -> list[Edges]:
        """Edges of bins from scores that lie evenly over the file."""
        step = max(1, self.pieces.n // LOOK)
        looks: list[list[Real]] = [[] for _ in self.sample.sides]
        begin = 0
        for piece in self.pieces.samples("score"):
            for side, look in zip(piece.sides, looks, strict=True):
                look.append(_score(side)[-begin % step :: step].copy())  # a view would keep the whole piece
            begin += piece.n
        return [edges_of(np.concatenate(look)) for look in looks]

    def _binned(self, groupings: Iterable[Grouping]) -> Iterator[tuple[Sample, list[NDArray[np.int64]]]]:
        for piece in self._pass(("label", "score"), groupings):
            yield piece, [edges.of(_score(side)) for edges, side in zip(self._edges, piece.sides, strict=True)]


def _score(side: Side) -> Real:
    assert side.score is not None  # noqa: S101 - it was asked for, and the outline has it
    return side.score


def _hits(piece: Sample, positive: int) -> NDArray[np.bool_]:
    """The rows whose label is the positive class."""
    assert piece.labels is not None  # noqa: S101 - they were asked for
    return np.equal(piece.labels, positive)


def _columns_of(grouping: Grouping) -> tuple[str, ...]:
    return () if grouping is None else tuple(f"group:{name}" for name in grouping.split(JOINT))


def _combined(piece: Sample, grouping: str) -> NDArray[np.int64]:
    """The codes of several columns as one."""
    code = np.zeros(piece.n, dtype=np.int64)
    for name in grouping.split(JOINT):
        column = piece.groups[name]
        code = code * len(column.names) + column.codes
    return code


def _one_class(classes: Sequence[float] | Real, positive: str) -> str | None:
    misses, hits = int(classes[0]), int(classes[1])
    return None if hits and misses else f"{'all' if hits else 'none'} of {hits + misses:,} rows are {positive!r}"

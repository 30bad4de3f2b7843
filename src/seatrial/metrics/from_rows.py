"""From a number for each row (or query) to figures.

Called by `measure` for losses, columns of numbers, ranks and lists.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Codes, Real, Sample
from seatrial.metrics.figures import Figure, UnitSums, by_unit, unit_sums
from seatrial.metrics.ranks import Ranked
from seatrial.metrics.sums import mean_by, sum_by
from seatrial.stats.noninferiority import MEANS_LEAST, RANKS_LEAST
from seatrial.stats.skewed_mean import Moments


def figures_of_rows(
    rows: Sequence[Real],
    sample: Sample,
    groups: Codes | None,
    ratio: float,
    *,
    of_square: str | None = None,
    truth: Real | None = None,
) -> tuple[Figure, ...]:
    """The mean of each side's numbers by group; with `of_square` the root of the mean square (`rmse`), or one minus its
    share of the variance of `truth` (`r2`)."""
    at = None if groups is None else groups.codes.astype(np.int64)
    count = 1 if groups is None else len(groups.names)
    n = np.array([float(sample.n)]) if at is None else sum_by(at, count)
    values, added = [], []
    for each in rows:
        mean = mean_by(at, n, each)
        off = each - (mean[0] if at is None else mean[at])
        if of_square is not None:
            mean, off = _of_square(of_square, mean, off, truth, at, n)
        values.append(mean)
        added.append(off)
    nothing = "all labels are equal" if of_square == "r2" else "its numbers are too large to be added up"
    own = _moments(added[0], sample, at, count)
    both = _moments(added[0] - ratio * added[1], sample, at, count) if len(added) == 2 else None
    return tuple(
        Figure(
            n=int(size),
            candidate=float(values[0][group]),
            baseline=float(values[1][group]) if len(values) == 2 else None,
            support=size,
            own=own.moments(group, size, float(values[0][group])),
            least=MEANS_LEAST,
            apart=None if both is None else both.moments(group, size, _apart(values, group, ratio)),
            undefined=None if np.isfinite([value[group] for value in values]).all() else nothing,
        )
        for group, size in enumerate(n.tolist())  # plain numbers: not every serialiser takes numpy's
    )


def _apart(values: Sequence[Real], group: int, ratio: float) -> float:
    return float(values[0][group] - ratio * values[1][group])


def _of_square(
    name: str, mean: Real, off: Real, truth: Real | None, at: NDArray[np.int64] | None, n: Real
) -> tuple[Real, Real]:
    """A smooth function of mean squares, and its influence by the chain rule."""
    if name == "rmse":
        root = np.sqrt(mean)
        slope = np.divide(0.5, root, out=np.zeros_like(root), where=root > 0)
        return root, off * (slope[0] if at is None else slope[at])
    assert truth is not None  # noqa: S101 - r2 is asked with it
    centre = mean_by(at, n, truth)
    square = (truth - (centre[0] if at is None else centre[at])) ** 2
    variance = mean_by(at, n, square)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(variance > 0, 1 - mean / variance, np.nan)
        by_loss, by_variance = -1 / variance, mean / variance**2
    where = np.zeros(len(off), dtype=np.int64) if at is None else at
    influence = np.nan_to_num(by_loss[where] * off + by_variance[where] * (square - variance[where]))
    return value, influence


def _moments(added: Real, sample: Sample, at: NDArray[np.int64] | None, groups: int) -> UnitSums:
    if sample.clusters is None:
        return unit_sums(added, at, groups)
    where = np.zeros(len(added), dtype=np.int64) if at is None else at
    unit = sample.clusters.codes.astype(np.int64)
    sums, group = by_unit(added, where, groups, unit, len(sample.clusters.names))
    return unit_sums(sums, group, groups)


class Added(Struct, frozen=True, kw_only=True):
    """What the units of one group add: a value and an array for each side, the row that stands for each unit (for its
    cluster), how many rows there are, and over how many units the mean is taken."""

    values: tuple[float, ...]
    arrays: tuple[Real, ...]
    rows: NDArray[np.int64]
    n: int
    support: float
    corrected: bool = False
    undefined: str | None = None

    @staticmethod
    def of_units(by_side: Sequence[Real], rows: NDArray[np.int64], n: int) -> Added:
        """A mean over units."""
        values = tuple(float(each.mean()) for each in by_side)
        arrays = tuple(each - value for each, value in zip(by_side, values, strict=True))
        return Added(values=values, arrays=arrays, rows=rows, n=n, support=len(rows))

    @staticmethod
    def of_ranks(by_side: Sequence[Sequence[Ranked]], rows: NDArray[np.int64], support: float, *, exact: bool) -> Added:
        """A mean over classes, each ranked against the rest."""
        values = tuple(sum(each.value for each in side) / len(side) for side in by_side)
        arrays = tuple(np.mean([each.influence for each in side], axis=0) for side in by_side)
        return Added(values=values, arrays=arrays, rows=rows, n=len(rows), support=support, corrected=exact)

    @staticmethod
    def nothing(n: int, why: str, *, both: bool) -> Added:
        """No value, for a reason."""
        sides = 2 if both else 1
        none = np.zeros(0)
        return Added(
            values=(float("nan"),) * sides,
            arrays=(none,) * sides,
            rows=np.zeros(0, dtype=np.int64),
            n=n,
            support=0.0,
            undefined=why,
        )

    def figure(self, sample: Sample, ratio: float, *, unit: str = "row") -> Figure:
        """The figure of this group."""
        both = len(self.arrays) == 2
        return Figure(
            n=self.n if unit == "row" else len(self.rows),
            candidate=self.values[0],
            baseline=self.values[1] if both else None,
            support=self.support,
            own=self._moments(self.arrays[0], self.values[0], sample),
            least=RANKS_LEAST if self.corrected else MEANS_LEAST,
            apart=self._moments(
                self.arrays[0] - ratio * self.arrays[1], self.values[0] - ratio * self.values[1], sample
            )
            if both
            else None,
            undefined=self.undefined,
            unit=unit,
        )

    def _moments(self, added: Real, value: float, sample: Sample) -> Moments | None:
        if self.undefined is not None:
            return None
        corrected = self.corrected and sample.clusters is None
        return self._sums(added, sample).moments(0, float(len(added)), value, corrected=corrected)

    def _sums(self, added: Real, sample: Sample) -> UnitSums:
        if sample.clusters is None:
            return unit_sums(added, None, 1)
        unit = sample.clusters.codes[self.rows].astype(np.int64)
        sums, group = by_unit(added, np.zeros(len(added), dtype=np.int64), 1, unit, len(sample.clusters.names))
        return unit_sums(sums, group, 1)

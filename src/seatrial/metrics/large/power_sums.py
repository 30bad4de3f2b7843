"""Moments of several numbers for each row, added up over pieces of rows: what a figure's bounds are made of.

Called by `measuring`. Kept are the sums of all products of up to four of the numbers, by group. From them come the
moments of any weighted sum of the numbers, whatever the weights, and so of candidate - ratio * baseline for every
ratio, without another look at the rows.

Subtle: sums of powers lose digits where values lie far from 0 (Chan, Golub and LeVeque 1983, The American Statistician
37:242). So each group's numbers are taken from its mean in the first piece that has it, which lies within a small
part of a standard deviation of the final one; what is left of the shift is taken out at the end. And callers hand in
candidate and candidate minus baseline, not the two models: a difference that is small would else be lost in the squares
of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from seatrial.evidence.sample import Real, Whole
from seatrial.metrics.figures import UnitSums

Powers: TypeAlias = tuple[int, ...]
"""Of each of the numbers, its power in a product."""

_BLOCK = 1 << 16
"""Rows whose products are made together: few enough to stay near the processor."""


class PowerSums:
    """Sums over the rows so far, of `numbers` numbers in `groups` groups."""

    def __init__(self, numbers: int, groups: int) -> None:
        self.numbers = numbers
        self.rows: Real = np.zeros(groups)
        self._centre = np.full((numbers, groups), np.nan)
        self._sums: dict[Powers, Real] = {powers: np.zeros(groups) for powers in _products(numbers)}

    def add(self, values: Sequence[Real], group: Whole | None) -> None:
        """The next rows."""
        if group is None:
            columns, there, begins = list(values), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        else:
            order = np.argsort(group.astype(np.uint16), kind="stable")
            columns = [each[order] for each in values]
            sizes = np.bincount(group, minlength=len(self.rows))
            there = np.flatnonzero(sizes)
            begins = (np.cumsum(sizes) - sizes)[there]
        sizes_there = np.diff(np.append(begins, len(columns[0])))
        self.rows[there] += sizes_there
        for at, column in enumerate(columns):
            fresh = np.isnan(self._centre[at, there])
            means = np.add.reduceat(column, begins) / sizes_there
            self._centre[at, there] = np.where(fresh, means, self._centre[at, there])
        self._add_products(columns, there, begins, sizes_there)

    def mean(self, number: int) -> Real:
        """By group."""
        power = tuple(int(at == number) for at in range(self.numbers))
        made: Real = self._centre[number] + self._sums[power] / self.rows
        return made

    def unit_sums(self, weights: Sequence[Real], constant: Real) -> UnitSums:
        """Of constant + sum of weight * number, by group."""
        moved = constant + sum(weight * self._centre[at] for at, weight in enumerate(weights))
        once: dict[Powers, Real] = {(0,) * self.numbers: moved}
        for at, weight in enumerate(weights):
            once[tuple(int(at == other) for other in range(self.numbers))] = weight
        twice = _times(once, once)
        powers = tuple(self._total(each) for each in (once, twice, _times(twice, once), _times(twice, twice)))
        return UnitSums(powers=(powers[0], powers[1], powers[2], powers[3]), units=self.rows)

    def _add_products(
        self, columns: list[Real], there: NDArray[np.int64], begins: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> None:
        ends = begins + sizes
        rows = len(columns[0])
        for start in range(0, rows, _BLOCK):
            stop = min(start + _BLOCK, rows)
            inside = (begins < stop) & (ends > start)
            cuts = np.maximum(begins[inside], start) - start
            group, lengths = there[inside], np.diff(np.append(cuts, stop - start))
            off = [
                column[start:stop] - np.repeat(self._centre[at, group], lengths) for at, column in enumerate(columns)
            ]
            made: dict[Powers, Real] = {(0,) * self.numbers: np.ones(stop - start)}
            for powers in self._sums:
                if sum(powers):
                    made[powers] = _product(powers, made, off)
                self._sums[powers][group] += np.add.reduceat(made[powers], cuts)

    def _total(self, polynomial: Mapping[Powers, Real]) -> Real:
        total = np.zeros_like(self.rows)
        for powers, weight in polynomial.items():
            total = total + weight * self._sums[powers]
        return total


def _products(numbers: int) -> list[Powers]:
    """Powers of all products of up to four numbers, smaller products first."""
    return [
        tuple(chosen.count(at) for at in range(numbers))
        for size in range(5)
        for chosen in combinations_with_replacement(range(numbers), size)
    ]


def _product(powers: Powers, made: Mapping[Powers, Real], off: Sequence[Real]) -> Real:
    """A product from the one with one factor less."""
    at = next(at for at, power in enumerate(powers) if power)
    less = tuple(power - (other == at) for other, power in enumerate(powers))
    return made[less] * off[at]


def _times(one: Mapping[Powers, Real], other: Mapping[Powers, Real]) -> dict[Powers, Real]:
    """The product of two polynomials whose coefficients are by group."""
    made: dict[Powers, Real] = {}
    for left, a in one.items():
        for right, b in other.items():
            powers = tuple(x + y for x, y in zip(left, right, strict=True))
            made[powers] = made[powers] + a * b if powers in made else a * b
    return made

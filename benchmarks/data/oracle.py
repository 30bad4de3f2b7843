"""The ideal test, carried out on drawn samples: does what `power.py` computes happen?

For each accident, samples are drawn from the source on which effects are measured, damaged, and judged by the test that
knows everything: the most powerful one of Neyman and Pearson (1933) for distributions, whose weights are the logarithms
of what each bin has after to what it had before; the exact binomial one for shares; Fisher's transformed correlation;
Mann and Whitney's area. Each has to be significant at the corrected level, with a lower bound above the floor.

Called by `--power --replicates N`; what is asked for is decided by `power.py` alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from benchmarks.data.cases import Case
from benchmarks.data.kinds import Fact, Marked, Ranked, Seen, Spread, Together
from benchmarks.data.power import (
    FLOORS,
    SOURCE,
    alarming,
    area,
    area_variance,
    correlation,
    counts,
    population,
    seen,
    share,
)
from benchmarks.data.roles import REFERENCE_ROWS, Table

Judged = Callable[[Seen], bool]
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """An accident on many rows, before and after, and what a sample that has `n` rows left is judged with."""

    before: Seen
    after: Seen
    n: int
    level: float

    @property
    def noise(self) -> float:
        """The reference is a sample too."""
        return math.sqrt(1 / self.n + 1 / max(self.n, REFERENCE_ROWS))


def replicated(table: Table, case: Case, n: int, replicates: int, columns: int) -> float:
    """The share of drawn samples in which the ideal test raises an alarm."""
    if table.changing:
        raise ValueError(f"{table.name} is too small to draw fresh samples from")
    reference, clean = population(table)
    damaged = case.kind.damaged(table, clean, reference, case.magnitude, 1)
    before, after = (seen(table, case.kind, frame, reference) for frame in (clean, damaged))
    left = max(4, round(n * case.effect.rows))
    judged = _judge(case, Sides(before=before, after=after, n=left, level=FLOORS.q / columns))
    alarms = 0
    for part in range(100, 100 + replicates):
        _, frame = table.pair(n, SOURCE, part)
        broken = case.kind.damaged(table, frame, reference, case.magnitude, part)
        alarms += judged(seen(table, case.kind, broken, reference))
    return alarms / replicates


def _judge(case: Case, sides: Sides) -> Judged:
    match case.kind.view:
        case Fact():
            return lambda _: True
        case Marked(mark):
            return _by_share(mark, case, sides)
        case Spread(values):
            return _by_likelihood(values, case, sides)
        case Together(pair):
            return _by_correlation(pair, case, sides)
        case Ranked(score):
            return _by_area(score, case, sides)


def _by_share(mark: Callable[[Seen], pl.Series], case: Case, sides: Sides) -> Judged:
    rises = case.effect.after >= case.effect.before
    usual = case.effect.before if rises else 1 - case.effect.before

    def judged(side: Seen) -> bool:
        marks = mark(side)
        found = round(share(marks) * len(marks))
        return alarming(found if rises else len(marks) - found, len(marks), usual, sides.level)

    return judged


def _by_likelihood(values: Callable[[Seen], pl.Series], case: Case, sides: Sides) -> Judged:
    like = values(sides.before)
    one, other = (counts(values(side), like) + 0.5 for side in (sides.before, sides.after))
    p, q = one / one.sum(), other / other.sum()
    weights = np.log(q / p)
    usual, shifted = float(p @ weights), float(q @ weights)
    deviation, shifted_deviation = (math.sqrt(float(side @ (weights - side @ weights) ** 2)) for side in (p, q))
    unit = case.effect.size / (shifted - usual) if shifted > usual else 0.0

    def judged(side: Seen) -> bool:
        drawn = counts(values(side), like)
        mean = float(drawn @ weights) / drawn.sum()
        significant = NORMAL.cdf(-(mean - usual) / (deviation * sides.noise)) <= sides.level
        low = (mean - usual - NORMAL.inv_cdf(FLOORS.confidence) * shifted_deviation * sides.noise) * unit
        return significant and low > case.effect.floor

    return judged


def _by_correlation(pair: Callable[[Seen], tuple[pl.Series, pl.Series]], case: Case, sides: Sides) -> Judged:
    usual = case.effect.before
    sign = 1 if case.effect.after >= usual else -1

    def judged(side: Seen) -> bool:
        here = correlation(*pair(side))
        error = math.sqrt(1.06) * sides.noise
        significant = NORMAL.cdf(-sign * (math.atanh(here) - math.atanh(usual)) / error) <= sides.level
        low = math.tanh(math.atanh(here) - sign * NORMAL.inv_cdf(FLOORS.confidence) * error)
        return significant and sign * (low - usual) > case.effect.floor

    return judged


def _by_area(score: Callable[[Seen], pl.Series], case: Case, sides: Sides) -> Judged:
    usual = case.effect.before
    sign = 1 if case.effect.after >= usual else -1

    def judged(side: Seen) -> bool:
        here = area(score(side), side)
        positives = case.effect.positives
        known = area_variance(usual, max(sides.n, REFERENCE_ROWS), positives)
        error = math.sqrt(area_variance(here, sides.n, positives) + known)
        distance = sign * (here - usual)
        significant = NORMAL.cdf(-distance / error) <= sides.level
        return significant and distance - NORMAL.inv_cdf(FLOORS.confidence) * error > case.effect.floor

    return judged

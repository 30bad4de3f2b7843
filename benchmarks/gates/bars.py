"""What is promised of each cell, and whether it is kept.

Called by `simulation`, which draws a cell again that misses a bar, and by `error_tables`. A bar is on a share that was
counted. Shares are drawn, so a true 5 % is seen as more than 6 % now and then: the second draw, with other seeds and
four times the replicates, is the one that counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.gates import reference
from benchmarks.gates.grid import AT_THE_MARGIN, EQUAL, ONE_WORSE, Cell
from benchmarks.gates.judging import LEVEL, Tally

FALSE_PASS = 0.06
FALSE_BLOCK, OF_MANY_SLICES, UNFAIR = 0.02, 0.05, 0.01
AROUND = 0.02
"""How far from its level the coverage of an interval may lie; an exact one's may not be less."""

TRUSTED = 0.95
"""A coverage is asked for where at least so many samples have enough rows for the interval: where fewer have, those
that have are no longer like the others."""

FEWEST_APART = 20
"""And where at least so many rows are expected to tell two models apart by a share. With ten a count takes so few
values that an interval with at least its level covers more; such coverages are shown apart."""

EXACT = ("clopper_pearson", "order_statistics")
"""Intervals that may not cover less than they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A share that a cell promises to keep between two ends."""

    counted: str
    least: float = 0.0
    most: float = 1.0

    def missed(self, tally: Tally) -> bool:
        """Whether the share that was seen lies outside."""
        return not self.least <= tally.share(self.counted) <= self.most


def limits(cell: Cell, metric: str, tally: Tally) -> list[Limit]:
    """The bars of a cell."""
    if cell.part == "slices":
        return _of_slices(cell)
    if cell.part == "fairness":
        if cell.truth == EQUAL:
            return [Limit(counted="failed", most=UNFAIR)]
        return [Limit(counted="passed", most=FALSE_PASS), Limit(counted="failed", most=FALSE_PASS)]
    if metric in EXACT:
        return [Limit(counted="covered", least=LEVEL)]
    found = []
    if covers(cell, metric, tally):
        found.append(Limit(counted="covered", least=LEVEL - AROUND, most=LEVEL + AROUND))
        if cell.part == "accuracy":
            found.append(Limit(counted="newcombe", least=LEVEL - AROUND, most=LEVEL + AROUND))
    if cell.part == "intervals":
        return found
    if cell.truth >= AT_THE_MARGIN:
        found.append(Limit(counted="passed", most=FALSE_PASS))
    if cell.truth == AT_THE_MARGIN:
        found.append(Limit(counted="failed", most=FALSE_PASS))
    if cell.truth == EQUAL:
        found.append(Limit(counted="failed", most=FALSE_BLOCK))
    return found + _as_reference(cell)


def covers(cell: Cell, metric: str, tally: Tally) -> bool:
    """Whether the coverage of the cell's interval can be held against its level."""
    if cell.relative or tally.share("bounded") < TRUSTED:
        return False
    return metric not in ("accuracy", "recall") or apart(cell, metric) >= FEWEST_APART


def apart(cell: Cell, metric: str) -> float:
    """How many rows are expected to tell two equal models apart by a share of rows."""
    return cell.n * cell.disagreement * (cell.base_rate if metric == "recall" else 1.0)


def _of_slices(cell: Cell) -> list[Limit]:
    if cell.what == ONE_WORSE:
        return [Limit(counted=name, least=least - reference.WITHIN) for name, least in reference.power(cell).items()]
    most = OF_MANY_SLICES if cell.groups >= 50 else FALSE_BLOCK
    return [Limit(counted="failed", most=most), Limit(counted="declined", most=OF_MANY_SLICES)]


def _as_reference(cell: Cell) -> list[Limit]:
    return [
        Limit(counted=name, least=seen - reference.WITHIN, most=seen + reference.WITHIN)
        for name, seen in reference.power(cell).items()
    ]


def missed(cell: Cell, metric: str, tally: Tally) -> list[Limit]:
    """Those that are not kept."""
    return [limit for limit in limits(cell, metric, tally) if limit.missed(tally)]

"""Rows that came to be sorted, or grouped, by a column, or no longer are. Called by `columns`, once for a table.

A file that somebody sorted by its label is the same rows and trains another model; one that lost its order breaks
splits by position. Sorted means that each bin of a column is one run of rows (in each file), which no mere dependence
between neighbouring rows brings about: a slow signal returns to where it was. So how densely a window is sampled, which
changes every correlation of neighbours, changes nothing here. Times have claims of their own (`times`).

One claim, about the column whose runs changed most: who sorts by one column sorts those that follow from it as well.
Whom it harms depends on the use, so it warns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check
from seatrial.data.columns import Kind
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import Count, compared, rough_z
from seatrial.data.profile.records import ColumnProfile
from seatrial.stats.effects import cohens_h

_ENOUGH = 50.0
"""Turns to another bin that chance would make, below which an order may be one: with p = 1e-15 and less it is none."""
_GROSS = 1.0
"""How far, as Cohen's h, the turns of both sides must lie apart: from all that chance makes to three quarters of them.
Twice as far, to a quarter, must not go unseen."""


class _Side(Struct, frozen=True):
    """How often a row lies in another bin than the one before, of so many times by chance."""

    turns: int
    by_chance: float
    is_sorted: bool

    @property
    def count(self) -> Count:
        whole = max(round(self.by_chance), 1)
        return min(self.turns, whole), whole

    @property
    def share(self) -> float:
        return self.count[0] / self.count[1]


def order_claim(pairs: Sequence[Pair], files_reference: int, files: int) -> Claim | None:
    """The claim that rows are sorted by no column by which they were not, and the other way round; None where no column
    became, or ceased to be, an order of the rows."""
    found: list[tuple[float, Pair, _Side, _Side]] = []
    for pair in pairs:
        before, after = _side(pair.before, files_reference), _side(pair.after, files)
        if pair.before.column.kind is Kind.TIME or before is None or after is None:
            continue
        if _is_lost(before, after) or _is_lost(after, before):
            found.append((abs(rough_z(before.count, after.count)), pair, before, after))
    if not found:
        return None
    _, pair, before, after = max(found, key=lambda each: each[0])
    own = pair.limits(Unit.SD, floor=_GROSS, detect=max(pair.gross, 2 * _GROSS))
    effect, limits = compared(pair, before.count, after.count, Unit.SD, own=own)
    others = "" if len(found) == 1 else f"; and in that of {len(found) - 1} more columns"
    way = f"are in the order of {pair.name} now" if after.is_sorted else f"are no longer in the order of {pair.name}"
    was, now = (wording.percent(side.share) for side in (before, after))
    return pair.claim(
        Check.ORDER,
        effect,
        f"the rows {way}: it changes from row to row {now} as often as in a random order, was {was}"
        f"{others if after.is_sorted else ''}",
        limits=limits,
        n=after.count[1],
        n_reference=before.count[1],
        current=now,
        reference=was,
        severity=Severity.WARNING,
        times=max(len(pairs), 1),
    )


def _is_lost(one: _Side, other: _Side) -> bool:
    """Whether one side is sorted and the other is not, and turns far more often: of few rows nearly all different any
    order could be one."""
    apart = cohens_h(one.share, other.share)
    enough = min(one.by_chance, other.by_chance) >= _ENOUGH
    return one.is_sorted and not other.is_sorted and enough and apart >= _GROSS


def _side(column: ColumnProfile, files: int) -> _Side | None:
    """What the runs of a column say; None where they were not counted, or say nothing."""
    if column.runs is None or not column.runs.count:
        return None
    counts = np.asarray(_cells(column), dtype=np.float64)
    total = float(counts.sum())
    if total != column.values or total <= 0:
        return None
    turns = column.runs.count - 1
    by_chance = total - float((counts * counts).sum()) / total
    runs = int(np.count_nonzero(counts))
    if column.texts is not None:  # words that are not listed share a bin, and lie before, between and after the others
        rest = column.texts.bins[-1]
        runs += min(max(rest - 1, 0), runs - 1)
    return _Side(turns, by_chance, turns <= runs * max(files, 1) - 1)


def _cells(column: ColumnProfile) -> list[int]:
    """How many values each code stands for; see `RowSample`."""
    missing = column.nulls
    if column.numbers is not None:
        bins = list(column.numbers.bins)
        missing += column.numbers.nan
        bins[0] += column.numbers.minus_infinity
        bins[-1] += column.numbers.plus_infinity
    elif column.texts is not None:
        bins = list(column.texts.bins)
    else:
        bins = []
    return [*bins, missing]

"""What was counted for the rules of a contract, addable over batches and partitions.

Pure. Made by `rules` and `scanning`, judged by `judging`. Rows count from 0 over the whole dataset, so that adding
the tallies of two partitions moves the rows of the second one. Adding is associative, which is why partitions
may be counted side by side.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.data.columns import Column
from seatrial.data.policy import EXAMPLES

SEEN = 5
"""Values that break a rule, kept to be shown."""


class Count(Struct, frozen=True, kw_only=True):
    """One rule, counted: `broken` of `values` values break it.

    `least` and `most` are ends of what was measured (numbers, lengths, microseconds for times). `rows` are the
    first rows that break it, `seen` different values from them. `first`, `last` and `first_row` are only kept
    for rules about order, which also hold across the seam of two parts.
    """

    broken: int = 0
    values: int = 0
    least: float | None = None
    most: float | None = None
    rows: tuple[int, ...] = ()
    seen: tuple[str, ...] = ()
    first: float | None = None
    last: float | None = None
    first_row: int | None = None


class Tallies(Struct, frozen=True, kw_only=True):
    """All rules of a contract, by the id of their demand, over `rows` rows."""

    rows: int = 0
    columns: tuple[Column, ...] = ()
    counts: Mapping[str, Count] = field(default_factory=dict)


def added(a: Tallies, b: Tallies) -> Tallies:
    """The tallies of the rows of `a` followed by those of `b`."""
    names = dict.fromkeys((*a.counts, *b.counts))
    return Tallies(
        rows=a.rows + b.rows,
        columns=a.columns or b.columns,
        counts={name: _added(a.counts.get(name), b.counts.get(name), a.rows) for name in names},
    )


def _added(a: Count | None, b: Count | None, offset: int) -> Count:
    a, b = a or Count(), b or Count()
    seam = a.last is not None and b.first is not None and b.first < a.last
    at_seam = (b.first_row + offset,) if seam and b.first_row is not None else ()
    rows = (*a.rows, *at_seam, *(row + offset for row in b.rows))
    return Count(
        broken=a.broken + b.broken + seam,
        values=a.values + b.values,
        least=min((end for end in (a.least, b.least) if end is not None), default=None),
        most=max((end for end in (a.most, b.most) if end is not None), default=None),
        rows=tuple(dict.fromkeys(rows))[:EXAMPLES],
        seen=tuple(dict.fromkeys((*a.seen, *b.seen)))[:SEEN],
        first=b.first if a.first is None else a.first,
        last=a.last if b.last is None else b.last,
        first_row=_first_row(a, b, offset),
    )


def _first_row(a: Count, b: Count, offset: int) -> int | None:
    if a.first_row is not None:
        return a.first_row
    return None if b.first_row is None else b.first_row + offset

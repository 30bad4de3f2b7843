"""The distribution of a column, now and before, as bars over one axis.

Called by `data_markdown.py` and `data_page.py`; pure. A profile counts in bins of unequal width (quantiles of
the reference, and a bin of its own for each value that stands out), which nobody can read as a picture. Here
those counts are spread over bars of equal width: within one bin evenly, so a bar is exact where bins are narrow
and smooth where they are wide.

What is subtle: the axis leaves out at most `_TAIL` of the rows at either end, or one value of -999999 would
press all others into one bar. What lies outside is added to the outermost bars, so that the bars of one side
always sum to one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from msgspec import Struct

from seatrial.data.columns import Kind
from seatrial.data.profile.records import ColumnBinning, ColumnProfile

BARS = 40
"""Bars of a numeric axis."""
WORDS = 12
"""Values of a text column that have a bar; all others share one."""
OTHERS = "(others)"
_TAIL = 0.005
_REACH = 0.25  # how far, in widths of what lies between the first and the last edge, the axis goes beyond
_MUCH = 0.25  # of the rows of a side: where so many lie beyond the edges, they are what the picture is about


class Shape(Struct, frozen=True, kw_only=True):
    """Shares of the values that are not null. `labels` names each bar of a text column; otherwise the axis goes
    from `low` to `high`, in the column's unit (microseconds since 1970 for times). `reference` is empty without one.
    `below` and `above`: values beyond that end of the axis are in its outermost bar."""

    kind: Kind
    current: tuple[float, ...]
    reference: tuple[float, ...]
    labels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    below: bool = False
    above: bool = False


class _Side(Struct, frozen=True):
    """One column's counts with the ends of its values."""

    bins: tuple[int, ...]
    least: float
    most: float


def shape(current: ColumnProfile, reference: ColumnProfile | None, binning: ColumnBinning) -> Shape | None:
    """The bars of a column; None where there is nothing to draw. Both sides are counted in `binning`."""
    kind = current.column.kind
    if reference is not None and reference.column.kind is not kind:
        return None
    if kind in (Kind.TEXT, Kind.FLAG):
        return _of_words(kind, current, reference, binning.words)
    now = _side(current, binning)
    before = None if reference is None else _side(reference, binning)
    if now is None or not all(map(math.isfinite, binning.edges)):
        return None
    sides = [now] if before is None else [now, before]
    low, high = _axis(sides, binning.edges)
    if not (low < high and math.isfinite(high - low) and low + (high - low) / BARS > low):
        return None
    drawn = [_spread(side, binning.edges, low, high) for side in sides]
    return Shape(
        kind=kind,
        current=drawn[0],
        reference=drawn[1] if before is not None else (),
        low=low,
        high=high,
        below=any(side.least < low for side in sides),
        above=any(side.most > high for side in sides),
    )


def _of_words(
    kind: Kind, current: ColumnProfile, reference: ColumnProfile | None, names: tuple[str, ...]
) -> Shape | None:
    """The values that are most frequent on either side, in the order of the reference; the rest in one bar."""
    now = _shares(_counts(current))
    before = () if reference is None else _shares(_counts(reference))
    if len(now) != len(names) + 1 or (before and len(before) != len(now)):
        return None
    largest = [max(now[index], before[index] if before else 0.0) for index in range(len(names))]
    kept = sorted(range(len(names)), key=lambda index: (-largest[index], names[index]))[:WORDS]
    kept = sorted(
        (index for index in kept if largest[index] > 0), key=lambda index: (-(before or now)[index], names[index])
    )
    rest = [index for index in range(len(now)) if index not in set(kept)]
    labels = [names[index] for index in kept]
    bars = [[side[index] for index in kept] for side in (now, before) if side]
    others = [math.fsum(side[index] for index in rest) for side in (now, before) if side]
    if any(others):
        labels.append(OTHERS)
        bars = [[*side, other] for side, other in zip(bars, others, strict=True)]
    if not labels:
        return None
    return Shape(
        kind=kind,
        current=tuple(bars[0]),
        reference=tuple(bars[1]) if before else (),
        labels=tuple(labels),
    )


def _counts(column: ColumnProfile) -> tuple[int, ...]:
    if column.texts is not None:
        return column.texts.bins
    return column.numbers.bins if column.numbers is not None else ()


def _shares(counted: Sequence[int]) -> tuple[float, ...]:
    total = sum(counted)
    return tuple(each / total for each in counted) if total else ()


def _side(column: ColumnProfile, binning: ColumnBinning) -> _Side | None:
    """The bins of a column with finite ends; None where it has no values or other bins."""
    edges = binning.edges
    if column.numbers is not None:
        bins, ends = column.numbers.bins, (column.numbers.least, column.numbers.most)
    elif column.times is not None:
        bins, ends = column.times.bins, (column.times.least, column.times.most)
    elif column.vectors is not None:
        # Norms have no known ends: the open bins are drawn as if each were as wide as its neighbour.
        width = edges[-1] - edges[0] if len(edges) > 1 else 1.0
        bins = column.vectors.bins
        ends = (edges[0] - width / len(edges), edges[-1] + width / len(edges)) if edges else (None, None)
    else:
        return None
    least, most = ends
    if least is None or most is None or not sum(bins) or len(bins) != len(edges) + 1:
        return None
    return _Side(bins, float(least), float(most))


def _pieces(side: _Side, edges: Sequence[float]) -> list[tuple[float, float, int]]:
    """Every bin that holds something, as start, end and count; no value lies beyond the least and the greatest."""
    start = min(side.least, edges[0]) if edges else side.least
    end = max(side.most, edges[-1]) if edges else side.most
    borders = [start, *edges, end]
    return [
        (min(max(low, side.least), high), max(min(high, side.most), low), number)
        for (low, high), number in zip(pairwise(borders), side.bins, strict=True)
        if number
    ]


def _axis(sides: Sequence[_Side], edges: Sequence[float]) -> tuple[float, float]:
    """The ends of the axis: the very ends of the values where they are near the middle of them."""
    least, most = min(side.least for side in sides), max(side.most for side in sides)
    low, high = middle = _middle(sides, edges)
    if len(edges) > 1:  # the open bins may reach anywhere, and nobody knows where in them their values lie
        reach = _REACH * (edges[-1] - edges[0])
        low = low if _lies_beyond(sides, 0) else max(low, edges[0] - reach)
        high = high if _lies_beyond(sides, -1) else min(high, edges[-1] + reach)
        low, high = (low, high) if low < high else middle
    near = _REACH * (high - low)
    low, high = least if low - least <= near else low, most if most - high <= near else high
    if low == high:  # all values are one; the axis needs a width all the same
        margin = abs(low) / 2 or 0.5
        return low - margin, high + margin
    return low, high


def _lies_beyond(sides: Sequence[_Side], end: int) -> bool:
    """Whether much of a side lies in the first or the last bin, as after a change of unit."""
    return any(side.bins[end] > _MUCH * sum(side.bins) for side in sides)


def _middle(sides: Sequence[_Side], edges: Sequence[float]) -> tuple[float, float]:
    """From the value below which `_TAIL` of a side lies to that above which so much lies, over all sides."""
    lows, highs = [], []
    for side in sides:
        pieces = _pieces(side, edges)
        until = list(accumulate(number for _, _, number in pieces))
        lows.append(_quantile(pieces, until, _TAIL * until[-1]))
        highs.append(_quantile(pieces, until, (1 - _TAIL) * until[-1]))
    return min(lows), max(highs)


def _quantile(pieces: Sequence[tuple[float, float, int]], until: Sequence[int], wanted: float) -> float:
    for (low, high, number), reached in zip(pieces, until, strict=True):
        if reached >= wanted:
            return low + (high - low) * (wanted - (reached - number)) / number
    return pieces[-1][1]


def _spread(side: _Side, edges: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """The shares of `BARS` bars from `low` to `high`; what lies outside is in the outermost ones."""
    total = sum(side.bins)
    width = (high - low) / BARS
    bars = [0.0] * BARS
    for start, end, number in _pieces(side, edges):
        share = number / total
        first, last = _bar(start, low, width), _bar(end, low, width)
        if first == last or not end > start:
            bars[first] += share
            continue
        for bar in range(first, last + 1):
            left = start if bar == first else low + bar * width
            right = end if bar == last else low + (bar + 1) * width
            bars[bar] += share * max(0.0, right - left) / (end - start)
    return tuple(bars)


def _bar(value: float, low: float, width: float) -> int:
    return min(BARS - 1, max(0, math.floor((value - low) / width)))


def pooled(shares: Sequence[float], bars: int) -> tuple[float, ...]:
    """The same shares in fewer bars, neighbours added; nothing stays nothing."""
    if not shares:
        return (0.0,)
    cuts = [index * len(shares) // bars for index in range(bars + 1)]
    return tuple(math.fsum(shares[start:end]) for start, end in pairwise(cuts))

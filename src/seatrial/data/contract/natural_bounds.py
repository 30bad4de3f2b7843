"""Bounds that a quantity has by nature, as far as counted rows can tell.

Pure; asked by `infer`. The least and the greatest value of a sample are no bounds: of m new rows one exceeds the
greatest of n old ones with probability m / (n + m). So only ends that mean something are considered (0, 1, 100, an
age of 120), and one is taken only if rows say that nothing lies beyond it, in one of four ways:

- many values are that end itself, and none lies beyond (of whole numbers, which fade out step by step, so many that
  the next step would have been seen);
- values are as dense next to it as further in (the index of Hill (1975), Ann. Stat. 3:1163, of the distances);
- the distribution leans on it: its other side is at least four times as wide;
- it is so far out that neither an exponential nor a power tail through the outer 1/64 and 1/32 of the rows reaches it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from seatrial.data.contract.closed_sets import fades_to
from seatrial.data.profile.records import Items, Numbers

_FEWEST = 200
_FOR_SHAPES = 1_000
_LEANS = 4.0
_DENSE = 1.5
_STEPS_SEEN = 25.0
_EXPONENTIAL, _POWER = 1e-8, 2e-6
_SHARES = frozenset({"share", "fraction", "prob", "probability", "proba", "confidence", "ratio", "score", "rate"})
_PERCENTS = frozenset({"percent", "pct", "percentage"})
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_OLDEST = 120.0


def words_of(name: str) -> frozenset[str]:
    """The words a column's name is made of: `userAge_years` is user, age and years."""
    return frozenset(word.lower() for word in _WORDS.findall(name))


def natural_bounds(
    name: str, numbers: Numbers, items: Items, edges: Sequence[float]
) -> tuple[float | None, float | None]:
    """The least and the greatest value that a number may have, None where nothing can be said."""
    least, most = numbers.least, numbers.most
    if least is None or most is None or numbers.count < _FEWEST or numbers.plus_infinity or numbers.minus_infinity:
        return None, None
    spread = Spread(numbers, edges)
    whole = not any(numbers.decimals[1:])
    steps = fades_to(items, 0) if whole and items.complete else None
    low = 0.0 if least >= 0 and never_beyond(spread.quantile, numbers.count, steps=steps) else None
    ends = _ends(words_of(name), low, whole=whole)
    high = next((end for end in ends if most <= end and _below(end, spread)), None)
    return low, high


def _ends(words: frozenset[str], low: float | None, *, whole: bool) -> tuple[float, ...]:
    """Ends above that may mean something for a quantity of that name; a count has none."""
    if low is None:
        return ()
    ends = [1.0] if words & _SHARES else []
    ends += [100.0] if words & _PERCENTS else []
    ends += [_OLDEST] if "age" in words else []
    return () if whole and not words & (_PERCENTS | {"age"}) else tuple(ends) or (1.0,)


def _below(end: float, spread: Spread) -> bool:
    return never_beyond(lambda share: end - spread.quantile(1 - share), spread.count)


class Spread:
    """Quantiles of a column, from the counts of its bins."""

    def __init__(self, numbers: Numbers, edges: Sequence[float]) -> None:
        self.count = numbers.count
        low, high = float(numbers.least or 0), float(numbers.most or 0)
        self._points = [(0, low)]
        below = 0
        for edge, inside in zip(edges, numbers.bins, strict=False):
            below += inside
            if low <= edge <= high:
                self._points.append((below, edge))
        self._points.append((self.count, high))

    def quantile(self, share: float) -> float:
        """The value that a share of the rows lies at or below, linear between edges."""
        wanted = share * self.count
        before, low = self._points[0]
        for below, edge in self._points[1:]:
            if below >= wanted and below > before:
                if edge <= math.nextafter(low, math.inf):  # a bin of one value
                    return low
                return low + (edge - low) * (wanted - before) / (below - before)
            before, low = below, edge
        return low


def never_beyond(distance: Callable[[float], float], count: int, *, steps: float | None = None) -> bool:
    """Whether distances from an end, none of which is negative, show that none ever will be.

    `distance(share)` is the distance that a share of the rows does not exceed; `count` is how many rows there are.
    `steps` is given for whole numbers that are few: how often the number beyond the end would have come.
    """
    at_the_end = max(0.005, 10 / count)
    outer, second, fourth, middle, inner = (distance(share) for share in (1 / 64, 2 / 64, 4 / 64, 0.5, 63 / 64))
    if steps is not None and steps >= _STEPS_SEEN:
        return True
    if steps is None and distance(at_the_end) <= 0:
        return middle > 0 or inner > 0
    if count < _FOR_SHAPES or not 0 < outer < second < fourth < middle < inner:
        return False
    dense = (
        steps is None and max(math.log(2) / math.log(second / outer), math.log(2) / math.log(fourth / second)) < _DENSE
    )
    leans = inner - middle >= _LEANS * (middle - outer)
    return dense or leans or _far(outer, second, middle)


def _far(outer: float, second: float, middle: float) -> bool:
    """Whether tails of two kinds, laid through the outer quantiles, do not reach the end."""
    exponential = math.exp(-outer * math.log(2) / (second - outer)) / 64
    index = math.log(2) / math.log((middle - outer) / (middle - second))
    power = (middle / (middle - outer)) ** -index / 64
    return exponential < _EXPONENTIAL and power < _POWER

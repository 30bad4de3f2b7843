"""The shape of a confidence interval, and the one root search that inverting a test needs.

Every interval of this folder is a test turned inside out: the limit is where a monotone
statistic crosses a critical value. Plain halving is used, never Newton's method, because it
cannot leave the parameter space and ends on the same float on every machine.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Interval(Struct, frozen=True, kw_only=True):
    """A closed interval in the unit of its estimate."""

    lower: float
    upper: float


def last_true(holds: Callable[[float], bool], start: float, end: float, *, width: float = 0.0) -> float:
    """The last point, walking from `start` towards `end`, at which `holds` is still true.

    `holds` is true at `start` and false beyond some point; it is not asked at either end.
    `end` may lie on either side of `start`. Halving stops when the bracket is at most `width`
    wide, or when no float lies between its ends, and the end where `holds` is true is returned.
    """
    while abs(end - start) > width:
        middle = start + (end - start) / 2
        if middle in (start, end):
            break
        if holds(middle):
            start = middle
        else:
            end = middle
    return start

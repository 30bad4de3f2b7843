"""The shape of a confidence interval, and the one root search that inverting a test needs.

Every interval of this folder is a test turned inside out: the limit is where a monotone
statistic crosses a critical value. Plain halving is used, never Newton's method, because it
cannot leave the parameter space and ends on the same float on every machine. Where a statistic is
asked for hundreds of columns and costs more, `crossing` takes its place: it keeps a bracket too.
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


def crossing(height: Callable[[float], float], low: float, high: float, *, precision: float = 1e-12) -> float:
    """Where an increasing or decreasing function crosses 0 between `low` and `high`; the nearer end where it does not.

    False position with Illinois's correction (Dowell and Jarratt 1971, BIT 11:168): a bracket is kept, so it
    cannot leave the interval, and a nearly straight `height` takes few steps. It stops when the bracket, over
    its higher end, is below `precision`.
    """
    at_low, at_high = height(low), height(high)
    if at_low == 0.0 or at_high == 0.0 or (at_low > 0.0) == (at_high > 0.0):
        return low if abs(at_low) < abs(at_high) else high
    kept = 0
    for _ in range(200):
        if high - low <= precision * abs(high):
            break
        middle = high - at_high * (high - low) / (at_high - at_low)
        margin = 0.25 * precision * abs(high)  # land beyond the crossing now and then, so that the bracket closes
        middle = min(max(middle + (margin if kept > 0 else -margin if kept < 0 else 0.0), low), high)
        if middle in (low, high):
            middle = low + (high - low) / 2
            if middle in (low, high):
                break
        value = height(middle)
        if value == 0.0:
            return middle
        if (value > 0.0) == (at_low > 0.0):
            low, at_low = middle, value
            at_high, kept = (at_high / 2, kept) if kept > 0 else (at_high, 1)
        else:
            high, at_high = middle, value
            at_low, kept = (at_low / 2, kept) if kept < 0 else (at_low, -1)
    return low + (high - low) / 2

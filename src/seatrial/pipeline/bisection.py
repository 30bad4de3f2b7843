"""Where a stage began to fail: which suspect to test next, and what is known when none is left. Pure.

Called by `flows/bisecting.py`, which runs the stage. Suspects stand in a row, oldest first, numbered from 1; number 0
is the commit that is known to be good. The last suspect has failed before anybody asks here. One that cannot be
tested is passed over, as `git bisect` does, and then the answer may be a range.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Seen(StrEnum):
    """What a stage came to at one commit."""

    PASSED = "passed"
    FAILED = "failed"
    UNTESTABLE = "untestable"
    """It could not be run there: what feeds it failed, or there is no configuration that can be read."""


class Range(Struct, frozen=True):
    """The first bad one is among these numbers, both ends included."""

    first: int
    last: int

    @property
    def is_one(self) -> bool:
        return self.first == self.last


def left(count: int, seen: Mapping[int, Seen]) -> Range:
    """Where the first bad one of `count` suspects can still be."""
    bad = min((number for number, what in seen.items() if what is Seen.FAILED), default=count)
    good = max((number for number, what in seen.items() if what is Seen.PASSED and number < bad), default=0)
    return Range(good + 1, bad)


def next_test(count: int, seen: Mapping[int, Seen]) -> int | None:
    """The suspect whose test halves what is left, None when no test tells more."""
    still = left(count, seen)
    open_ = [number for number in range(still.first, still.last) if number not in seen]
    middle = still.first - 1 + still.last  # twice the middle
    return min(open_, key=lambda number: (abs(2 * number - middle), number), default=None)


def still_to_test(count: int, seen: Mapping[int, Seen]) -> int:
    """About how many tests are still needed."""
    still = left(count, seen)
    return (still.last - still.first).bit_length()

"""On which days a column of times has rows, as stretches of days; called by `times` and `merging`.

A day that was not delivered leaves no row behind. Within the window of the reference its bins show that; beyond it no
bins are known, and days still are. Days are those of UTC. Times in very many weeks (dates of birth) have no days that
could be missing, and are given up. Subtle: later rows fill gaps between earlier ones, so a bound on stretches would
be passed or not by the order of rows; the number of weeks only grows.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile.unique import unique

Stretch: TypeAlias = tuple[int, int]

DAY: Final = 86_400_000_000
MOST: Final = 522
"""Weeks with rows whose days are kept, those of ten years; a week has four stretches of days at most."""
_WEEK: Final = 7
_COUNTED: Final = 1 << 16
"""Days of a block that are counted off; more are sorted."""


class DayTaker:
    """The days of one column so far."""

    def __init__(self) -> None:
        self._stretches: tuple[Stretch, ...] = ()
        self._given_up = False

    def add(self, micros: NDArray[np.float64], least: int, most: int) -> None:
        """Take in the times of a block, at least one, and their ends."""
        first, last = least // DAY, most // DAY
        if self._given_up or any(start <= first and last <= end for start, end in self._stretches):
            return
        if last - first < _COUNTED:
            there = np.zeros(last - first + 1, dtype=np.bool_)
            there[(np.floor(micros / DAY) - first).astype(np.intp).clip(0, last - first)] = True
            days = np.flatnonzero(there) + first
        else:
            days = unique(np.floor(micros / DAY)).astype(np.int64)
        if np.count_nonzero(np.diff(days // _WEEK)) >= MOST:  # `together` would say the same, and more slowly
            self._given_up = True
            return
        breaks = np.flatnonzero(np.diff(days) > 1)
        starts, ends = np.append(days[:1], days[breaks + 1]), np.append(days[breaks], days[-1:])
        self._stretches = together(self._stretches, zip(starts.tolist(), ends.tolist(), strict=True))
        self._given_up = not self._stretches

    def finish(self) -> tuple[Stretch, ...]:
        """The days of all blocks; none where they were given up."""
        return () if self._given_up else self._stretches


def together(one: Iterable[Stretch], other: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The days of both as stretches, ascending; none where they lie in too many weeks."""
    found: list[Stretch] = []
    for start, end in sorted((*one, *other)):
        if found and start <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return tuple(found) if _weeks(found) <= MOST else ()


def _weeks(stretches: list[Stretch]) -> int:
    """In how many weeks the days of some ascending stretches lie."""
    shared = sum(end // _WEEK == start // _WEEK for (_, end), (start, _) in pairwise(stretches))
    return sum(end // _WEEK - start // _WEEK + 1 for start, end in stretches) - shared


def missing(stretches: tuple[Stretch, ...]) -> list[int]:
    """The days without rows between the first and the last one."""
    return [day for (_, end), (start, _) in pairwise(stretches) for day in range(end + 1, start)]

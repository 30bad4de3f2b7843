"""Days without rows in a window that the reference does not cover. Called by `times`.

Newer data is compared with no day of the reference, so a day that was not delivered can only be seen by itself: it is
one on which the reference, with a window of two weeks and more, has never been without rows, by the day of the week.
Whether it is chance follows from the rows that such a day has on average. Days differ by more than chance, so their
rows are taken as Poisson with a rate that varies from day to day (negative binomial: Greenwood and Yule 1920, J. R.
Stat. Soc. 83:255). A holiday is such a day too, so it warns. Subtle: a day is a small part of a long window, so it is
judged among the rows of two weeks.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import compared
from seatrial.data.profile.days import Stretch, missing
from seatrial.data.profile.records import Times

_WEEKS = 14
_MOST_DAYS = 40_000
"""A window of more days holds a time that stands for none."""
_EVEN = 6.0
"""The shape of the gamma distribution that rates of days have: they vary by 40 %."""
_FEW = 5.0
"""Rows of a day on average, below which an empty day is nothing."""
_THURSDAY = 3
"""The day of the week of 1970-01-01, Monday being 0."""


def missing_days(pair: Pair, before: Times, after: Times) -> Claim | None:
    """The claim that no day is missing that should be there; None where days say nothing, or none is missing."""
    if not before.days or not after.days or max(_span(before.days), _span(after.days)) > _MOST_DAYS:
        return None
    if _span(before.days) < _WEEKS:
        return None
    free = {_weekday(day) for day in missing(before.days)}
    lost = [day for day in missing(after.days) if _weekday(day) not in free]
    if not lost:
        return None
    expected = _Expected(before, after)
    rows = max(map(expected.share, lost)) * after.count / pair.deff_current
    chance = min(1.0, _span(after.days) * (1 + rows / _EVEN) ** -_EVEN)
    if rows < _FEW or chance >= 1.0:
        return None
    share, all_rows = expected.among_its_like(lost)
    effect, limits = compared(pair, (round(share * before.count), before.count), (0, all_rows), Unit.SD, screens=True)
    effect = msgspec.structs.replace(effect, p=max(effect.p, chance))
    many = f"{len(lost)} days" if len(lost) > 1 else "one day"
    return pair.claim(
        Check.WINDOW,
        effect,
        f"{pair.name} has no row on {many}, {_told(lost)}, between {wording.moment(after.least)} and "
        f"{wording.moment(after.most)}; the reference has rows on every such day of the week, and "
        f"{wording.percent(share)} of {'the rows of two weeks' if all_rows < after.count else 'all rows'} were to be "
        f"expected there: {wording.size(effect, Unit.SD)} apart",
        limits=limits,
        n=all_rows,
        current=f"{wording.moment(after.least)} to {wording.moment(after.most)}",
        reference=f"{wording.moment(before.least)} to {wording.moment(before.most)}",
        severity=Severity.WARNING,
    )


class _Expected:
    """How many of the current rows each day should have, by the rate of its day of the week in the reference."""

    def __init__(self, before: Times, after: Times) -> None:
        rates = np.array(before.weekdays, dtype=np.float64) / np.maximum(_weekdays(before.days), 1)
        self._rates = rates / float(rates @ _weekdays(after.days))
        self._span, self._rows = _span(after.days), after.count

    def share(self, day: int) -> float:
        """The share of all current rows that a day should have."""
        return float(self._rates[_weekday(day)])

    def among_its_like(self, days: list[int]) -> tuple[float, int]:
        """The share that some days should have, and of how many rows: of all, or, where that is more, the share that
        the fullest one should have of two weeks. One day of a year is a small part of it, and is missing all the same.
        """
        fullest = max(map(self.share, days)) * self._span / _WEEKS
        if fullest > sum(map(self.share, days)):
            return min(fullest, 1.0), max(round(self._rows * _WEEKS / self._span), 1)
        return min(sum(map(self.share, days)), 1.0), self._rows


def _weekdays(days: tuple[Stretch, ...]) -> NDArray[np.int64]:
    """How often each day of the week comes from the first to the last day."""
    return np.bincount((np.arange(days[0][0], days[-1][1] + 1) + _THURSDAY) % 7, minlength=7)


def _span(days: tuple[Stretch, ...]) -> int:
    return days[-1][1] - days[0][0] + 1


def _weekday(day: int) -> int:
    return (day + _THURSDAY) % 7


def _told(days: list[int]) -> str:
    """The first few days."""
    first = [str(dt.date(1970, 1, 1) + dt.timedelta(days=day)) for day in days[:3]]
    return ", ".join(first) + (" and more" if len(days) > 3 else "")

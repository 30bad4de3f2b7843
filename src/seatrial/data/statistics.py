"""What is told of each column of a dataset: counts, ends, mean, most frequent value, all as a reader wants them.

Called by `report/data_*`. Made of a profile alone, so the statistics of a reference are told without its rows.
Values of columns that are sensitive are masked here, before any face sees them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from seatrial.data.columns import Kind
from seatrial.data.profile.records import ColumnProfile, Profile

MASK = "***"
"""What stands in the place of a value that may not be shown."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ColumnStatistics(Struct, frozen=True, kw_only=True):
    """One column. `distinct` is None where nobody counted; `estimated` says that it is not exact.

    `least`, `mean` and `most` are texts, empty where the kind has none; `top` is the most frequent value and
    `top_share` its share of the values that are not null.
    """

    name: str
    kind: Kind
    dtype: str
    values: int
    nulls: int
    distinct: int | None
    estimated: bool
    least: str
    mean: str
    most: str
    top: str
    top_share: float | None


def statistics(
    profile: Profile, sensitive: Iterable[str], distinct: Callable[[ColumnProfile], int | None]
) -> tuple[ColumnStatistics, ...]:
    """The statistics of every column, in the order of the dataset. `distinct` counts what is not counted exactly."""
    hidden = frozenset(sensitive)
    return tuple(_column(each, name in hidden, distinct) for name, each in profile.columns.items())


def _column(profile: ColumnProfile, hidden: bool, distinct: Callable[[ColumnProfile], int | None]) -> ColumnStatistics:
    least, mean, most = _ends(profile)
    there = profile.values - profile.nulls
    value, times = profile.items.counts[0] if profile.items.counts else ("", 0)
    known = bool(profile.items.counts) and there > 0
    return ColumnStatistics(
        name=profile.column.name,
        kind=profile.column.kind,
        dtype=profile.column.stored if hidden else profile.column.dtype,  # of an Enum it lists the values
        values=profile.values,
        nulls=profile.nulls,
        distinct=len(profile.items.counts) if profile.items.complete else distinct(profile),
        estimated=not profile.items.complete,
        least=_masked(least, hidden),
        mean=_masked(mean, hidden),
        most=_masked(most, hidden),
        top=_masked(_told(profile, value), hidden) if known else "",
        top_share=times / there if known else None,
    )


def _told(profile: ColumnProfile, value: str) -> str:
    """A value as its column's ends are told: a time without the zeros and the letter that sorting needs."""
    if not value:
        return '""'
    return value.removesuffix(".000000").replace("T", " ") if profile.times is not None else value


def _masked(text: str, hidden: bool) -> str:
    return MASK if hidden and text else text


def _ends(profile: ColumnProfile) -> tuple[str, str, str]:
    """The least value, the mean and the greatest, as far as the kind has them; of texts, the longest."""
    if profile.numbers is not None and profile.column.kind is Kind.NUMBER:
        numbers = profile.numbers
        unit = " s" if profile.column.dtype.startswith("Duration") else ""
        ends = (number(end) for end in (numbers.least, numbers.mean if numbers.count else None, numbers.most))
        least, mean, most = (end and f"{end}{unit}" for end in ends)
        return least, mean, most
    if profile.times is not None:
        return instant(profile.times.least), "", instant(profile.times.most)
    if profile.texts is not None and profile.column.kind is Kind.TEXT:
        return "", "", f"{profile.texts.longest:,} character{'' if profile.texts.longest == 1 else 's'} at most"
    return "", "", ""


def number(value: float | None) -> str:
    """A value of a column, with six digits at least and no exponent where one can do without."""
    if value is None or not math.isfinite(value):
        return ""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.6g}"


def instant(microseconds: int | None) -> str:
    """A time, as far as Python's calendar goes."""
    if microseconds is None:
        return ""
    try:
        at = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return f"{microseconds / 1e6:.6g} s since 1970"
    return f"{at:%Y-%m-%d}" if microseconds % 86_400_000_000 == 0 else f"{at:%Y-%m-%d %H:%M:%S}"

"""Times of a contract and of a dataset on one scale: microseconds since 1970, in UTC.

Pure. Used where contracts are read, where rules are counted and where findings are put into words. A time
without a zone is taken as UTC on both sides, so that a contract means the same on every machine. A time of day
counts from midnight.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

_DAY_ONE = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def microseconds(text: str) -> int | None:
    """A date, a date with time, or a time of day in ISO 8601 as microseconds; None where it is none of them."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _of_day(text)
    return of_moment(moment)


def of_moment(moment: datetime) -> int:
    """Microseconds since 1970; without a zone it is taken as UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _DAY_ONE) // _TICK


def _of_day(text: str) -> int | None:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        return None
    return ((found.hour * 60 + found.minute) * 60 + found.second) * 1_000_000 + found.microsecond


def shown(ticks: float, dtype: str) -> str:
    """Microseconds as ISO text, as short as the storage type allows."""
    if dtype == "Time":
        return (_DAY_ONE + timedelta(microseconds=int(ticks))).time().isoformat()
    try:
        moment = _DAY_ONE + timedelta(microseconds=int(ticks))
    except OverflowError:
        return f"{ticks / 1e6:.0f} s from 1970"
    if dtype == "Date":
        return date(moment.year, moment.month, moment.day).isoformat()
    return moment.replace(tzinfo=None).isoformat(sep=" ") + ("Z" if "time_zone='" in dtype else "")

"""Times that break: zones, the future, 1970 and 9999, lost hours, lost days, days that come twice, lost order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import polars as pl

from benchmarks.data.broken_rows import again, bare, fresh
from benchmarks.data.kinds import Fact, Given, Kind, Marked, Seen, Spread

Rng = np.random.Generator
Apply = Callable[[Given, float, Rng], pl.DataFrame]
SHARE = "share of rows"
TIME = ("time",)


def _moved(given: Given, hours: float, rng: Rng) -> pl.DataFrame:
    return given.put(pl.col(given.column) + pl.duration(minutes=int(hours * 60)))


def _moment(text: str) -> Apply:
    def apply(given: Given, share: float, rng: Rng) -> pl.DataFrame:
        moment = pl.lit(dt.datetime.fromisoformat(text)).cast(pl.Datetime("us"))
        dtype = given.frame[given.column].dtype
        value = moment.dt.replace_time_zone(getattr(dtype, "time_zone", None)) if dtype != pl.Date else moment.cast(
            pl.Date)  # fmt: skip
        return given.where(given.some(share, rng), value)

    return apply


def _future(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), pl.col(given.column).dt.offset_by("5y"))


def _epoch_unit(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    """Seconds taken for milliseconds: everything happened in 1970."""
    column = pl.col(given.column)
    return given.put((column.to_physical() // 1000).cast(given.frame[given.column].dtype))


def _hours_lost(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    return given.where(given.some(share, rng), pl.col(given.column).dt.truncate("1d"))


def _day_and_month(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    """2025-03-05 for 2025-05-03, where both can be."""
    column = pl.col(given.column)
    day, month = column.dt.day(), column.dt.month()
    return given.where(given.some(share, rng) & given.frame.select(day <= 12).to_series(),
                       column.dt.replace(day=month, month=pl.when(day <= 12).then(day).otherwise(month)))  # fmt: skip


def _as_text(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    return given.put(pl.col(given.column).dt.strftime("%d/%m/%Y %H:%M"))


def _tail_missing(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    physical = given.frame[given.column].to_physical()
    return given.frame.filter(physical <= physical.quantile(1 - share))


def _days_missing(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    """Days in the middle: a partition that was not delivered."""
    physical = given.frame[given.column].to_physical()
    first, last = physical.quantile(0.5 - share / 2), physical.quantile(0.5 + share / 2)
    return given.frame.filter((physical < first) | (physical > last))


def _stale(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    """The last days are the ones before them once more, with new dates and new ids."""
    physical = given.frame[given.column].to_physical()
    length = int((int(physical.max()) - int(physical.min())) * share)  # type: ignore[arg-type]
    length = max(1, round(length / 86_400_000_000)) * 86_400_000_000
    end = int(physical.max())  # type: ignore[arg-type]
    copied = given.frame.filter((physical > end - 2 * length) & (physical <= end - length))
    moved = copied.with_columns(pl.col(given.column) + pl.duration(microseconds=length))
    rest = given.frame.filter(physical <= end - length)
    return pl.concat([rest, fresh(moved, given, rng)])


def _twice_but_for_ids(seen: Seen) -> pl.Series:
    return again(bare(seen.frame, seen.roles, and_time=True))


def _sorted_by_label(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    return given.frame.sort(given.roles.label, maintain_order=True)


def _shuffled(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    order = np.arange(given.frame.height)
    rows = np.flatnonzero(given.some(share, rng).to_numpy())
    order[rows] = rng.permutation(rows)
    return given.frame[order]


def _falls(seen: Seen) -> pl.Series:
    physical = seen.values.to_physical()
    return (physical < physical.shift(1)).fill_null(value=False)


def _turns(seen: Seen) -> pl.Series:
    labels = seen.frame[seen.roles.label]
    return (labels != labels.shift(1)).fill_null(value=False)


def _hours(seen: Seen) -> pl.Series:
    return seen.values.dt.hour().cast(pl.String)


def _moments(seen: Seen) -> pl.Series:
    return seen.values.to_physical().cast(pl.Float64)


def _late(seen: Seen) -> pl.Series:
    return (seen.values > seen.reference[seen.column].max()).fill_null(value=False)


def _early(seen: Seen) -> pl.Series:
    return (seen.values < seen.reference[seen.column].min()).fill_null(value=False)


def _kind(name: str, about: str, on: tuple[str, ...], magnitudes: tuple[float, ...], apply: Apply, view: object,
          amount: str = SHARE, needs: tuple[str, ...] = ()) -> Kind:  # fmt: skip
    return Kind(name=name, about=about, on=on, amount=amount, magnitudes=magnitudes,
                apply=apply, view=view, needs=needs)  # type: ignore[arg-type]  # fmt: skip


MIDNIGHT = Marked(lambda seen: seen.values.dt.truncate("1d") == seen.values)

TIMES: tuple[Kind, ...] = (
    _kind("time_zone", "local time for UTC", TIME, (1.0, 2.0, 6.0), _moved, Spread(_hours), "hours"),
    _kind("future", "a wrong year", TIME, (0.01, 0.1), _future, Marked(_late)),
    _kind("epoch", "1970 for missing", TIME, (0.01, 0.1), _moment("1970-01-01"), Marked(_early)),
    _kind("end_of_time", "9999-12-31 for never", ("expiry", "time"), (0.01, 0.1), _moment("9999-12-31"), Marked(_late)),
    _kind("seconds_for_milliseconds", "everything happened in 1970", TIME, (1.0,), _epoch_unit, Marked(_early)),
    _kind("hours_lost", "a time became a date", TIME, (0.05, 1.0), _hours_lost, MIDNIGHT),
    _kind("day_and_month", "03/05 read as 05/03", TIME, (1.0,), _day_and_month, Spread(_moments)),
    _kind("times_as_text", "times come as text", TIME, (1.0,), _as_text, Fact()),
    _kind("tail_missing", "the last days have not come", TIME, (0.1, 0.3), _tail_missing, Spread(_moments)),
    _kind("days_missing", "days in the middle have not come", TIME, (0.1, 0.3), _days_missing, Spread(_moments)),
    _kind("days_repeated", "yesterday is delivered again as today", TIME, (0.05, 0.2), _stale,
          Marked(_twice_but_for_ids)),
    _kind("sorted_by_label", "rows in the order of the label", TIME, (1.0,), _sorted_by_label, Marked(_turns),
          needs=("in_order",)),
    _kind("shuffled", "rows are out of order", TIME, (0.05, 1.0), _shuffled, Marked(_falls), needs=("in_order",)),
)  # fmt: skip

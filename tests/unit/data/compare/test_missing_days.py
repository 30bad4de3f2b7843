"""A day that was not delivered is told in a window that the reference does not know, unless it is free, or chance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.claims import Severity
from seatrial.data.compare.missing_days import missing_days
from seatrial.data.compare.pair import Pair
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Drift
from seatrial.verdict import Verdict
from tests.unit.data.compare.tables import findings, profile

FIRST = 20_454  # Thursday, 2026-01-01
WEEKLY = np.array([1, 1, 1, 1, 1, 0.6, 0.5])


def frame(
    rows: int, seed: int, days: range, *, without: tuple[int, ...] = (), weekly: np.ndarray = WEEKLY
) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    all_days = np.asarray(days)
    shares = weekly[(all_days + 3) % 7]
    day = rng.choice(all_days, rows, p=shares / shares.sum())
    day = day[~np.isin(day, without)]
    micros = day * 86_400_000_000 + rng.integers(0, 86_400_000_000, len(day))
    return pl.DataFrame({"at": pl.Series(micros).cast(pl.Datetime("us")), "x": rng.normal(size=len(day))})


REFERENCE = range(FIRST, FIRST + 60)
LATER = range(FIRST + 61, FIRST + 75)


def window(before: pl.DataFrame, after: pl.DataFrame) -> list[DataFinding]:
    return [each for each in findings(profile(before), after) if each.check == "drift.window"]


@pytest.mark.parametrize("rows", [500, 5_000])
def test_a_day_that_is_missing_among_newer_rows_warns_with_its_date(rows: int) -> None:
    (told,) = window(frame(8_000, 1, REFERENCE), frame(rows, 2, LATER, without=(FIRST + 68,)))

    assert (told.verdict, told.severity) == (Verdict.FAIL, Severity.WARNING)
    assert "no row on one day, 2026-03-10," in told.message


def test_days_that_are_free_in_the_reference_may_be_free() -> None:
    working = np.array([1, 1, 1, 1, 1, 0, 0])
    before, after = (frame(5_000, seed, days, weekly=working) for seed, days in ((1, REFERENCE), (2, LATER)))

    assert window(before, after) == []
    (told,) = window(before, after.filter(pl.col("at").dt.date() != pl.date(2026, 3, 9)))
    assert told.verdict is Verdict.FAIL


def test_few_rows_leave_days_empty_by_chance() -> None:
    before = frame(8_000, 1, REFERENCE)

    found = [each for seed in range(40) for each in window(before, frame(60, 100 + seed, LATER))]

    assert all(each.verdict is not Verdict.FAIL for each in found)


def test_a_reference_of_a_week_knows_no_week() -> None:
    assert window(frame(8_000, 1, range(FIRST, FIRST + 10)), frame(900, 2, LATER, without=(FIRST + 68,))) == []


def even(days: range, each: int, *, sundays: int | None = None, without: tuple[int, ...] = ()) -> pl.DataFrame:
    """So many rows on each day, exactly, and so many on Sundays."""
    counts = {day: sundays if sundays is not None and (day + 3) % 7 == 6 else each for day in days}
    micros = [day * 86_400_000_000 + row for day, count in counts.items() if day not in without for row in range(count)]
    return pl.DataFrame({"at": pl.Series(micros).cast(pl.Datetime("us"))})


def claimed(before: pl.DataFrame, after: pl.DataFrame, deff: float = 1.0) -> tuple[float, str] | None:
    """p and message of the claim, of rows that depend on each other."""
    reference = profile(before)
    old, new = reference.columns["at"], profile(after, reference.binning).columns["at"]
    pair = Pair(
        name="at",
        before=old,
        after=new,
        binning=reference.binning.columns["at"],
        drift=Drift(),
        severity=Severity.ERROR,
        alpha=0.001,
        deff_current=deff,
    )
    assert old.times is not None
    assert new.times is not None
    claim = missing_days(pair, old.times, new.times)
    return None if claim is None else (claim.p, claim.message)


def by_chance(rows: float, days: int) -> float:
    """The chance that one of so many days has no row, of days whose rates vary by 40 %."""
    return days * (1 + rows / 6) ** -6


@pytest.mark.parametrize("deff", [1.0, 1.5])
def test_p_is_at_least_the_chance_of_an_empty_day_among_all_days_of_the_window(deff: float) -> None:
    told = claimed(even(REFERENCE, 20), even(LATER, 14, without=(FIRST + 68,)), deff)

    assert told is not None
    assert told[0] == pytest.approx(by_chance(13 * 14 / 14 / deff, 14))


@pytest.mark.parametrize("days", [17, 21, 60])
def test_of_three_days_one_has_a_third_of_the_rows_however_many_weeks_the_reference_has(days: int) -> None:
    told = claimed(
        even(range(FIRST, FIRST + days), 20), even(range(FIRST + 61, FIRST + 64), 200, without=(FIRST + 62,))
    )

    assert told is not None
    assert "33.3 % of all rows were to be expected" in told[1]


def test_a_day_should_have_the_rows_of_its_day_of_the_week() -> None:
    sunday, monday = (
        claimed(even(REFERENCE, 40, sundays=20), even(LATER, 40, sundays=20, without=(day,)))
        for day in (FIRST + 66, FIRST + 67)
    )

    assert sunday is not None
    assert "3.8 % of all rows" in sunday[1]  # 20 of 12 * 40 + 2 * 20
    assert monday is not None
    assert "7.7 % of all rows" in monday[1]


def test_a_day_of_less_than_five_rows_may_be_empty() -> None:
    assert claimed(even(REFERENCE, 20), even(LATER, 4, without=(FIRST + 68,))) is None
    assert claimed(even(REFERENCE, 20), even(LATER, 6, without=(FIRST + 68,))) is not None


def test_where_chance_leaves_a_day_empty_an_empty_day_is_nothing() -> None:
    year = range(FIRST + 61, FIRST + 426)

    assert by_chance(10, 365) > 1
    assert claimed(even(REFERENCE, 20), even(year, 10, without=(FIRST + 90,))) is None


@pytest.mark.parametrize("days", [60, 365, 500])
def test_one_day_of_a_long_window_is_judged_by_its_own_rows(days: int) -> None:
    later = range(FIRST + 61, FIRST + 61 + days)

    (told,) = window(even(REFERENCE, 80), even(later, 80, without=(FIRST + 90,)))

    assert told.verdict is Verdict.FAIL
    assert "7.1 % of the rows of two weeks were to be expected there" in told.message


def test_many_days_of_a_long_window_are_judged_together() -> None:
    lost = tuple(range(FIRST + 80, FIRST + 120))

    (told,) = window(even(REFERENCE, 80), even(range(FIRST + 61, FIRST + 161), 80, without=lost))

    assert told.verdict is Verdict.FAIL
    assert "40.0 % of all rows were to be expected there" in told.message

"""A day that was not delivered is told in a window that the reference does not know, unless it is free, or chance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.claims import Severity
from seatrial.data.findings import DataFinding
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

"""Time moves on without an alarm; a cut window, turned hours and rows on free days are told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Severity
from seatrial.data.columns import Column, Kind
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.times import claims, turned
from seatrial.data.policy import Drift
from seatrial.data.profile.records import ColumnBinning, ColumnProfile, Items, Times

DAY = 86_400_000_000
START = 20_450 * DAY  # a Sunday late in 2025
Micros = NDArray[np.int64]


def busy(rows: int, seed: int, days: int = 60, start: int = 0) -> Micros:
    """Rows by day, most of them between 9 and 18 o'clock."""
    rng = np.random.default_rng(seed)
    hours = np.where(rng.random(rows) < 0.8, rng.uniform(9, 18, rows), rng.uniform(0, 24, rows))
    whole: Micros = START + (start + rng.integers(0, days, rows)) * DAY + (hours * DAY / 24).astype(np.int64)
    return whole


def profile(values: Micros, edges: tuple[float, ...]) -> ColumnProfile:
    places = np.searchsorted(np.asarray(edges), values, side="right")
    times = Times(
        count=len(values),
        least=int(values.min()),
        most=int(values.max()),
        bins=tuple(np.bincount(places, minlength=len(edges) + 1).tolist()),
        hours=tuple(np.bincount(values // (DAY // 24) % 24, minlength=24).tolist()),
        weekdays=tuple(np.bincount((values // DAY + 3) % 7, minlength=7).tolist()),
        gaps=(),
        falls=0,
        steps=0,
    )
    column = Column(name="at", source="at", dtype="Datetime(time_unit='us', time_zone=None)", kind=Kind.TIME)
    return ColumnProfile(
        column=column, values=len(values), nulls=0, items=Items(counts=(), complete=False, missed=10**9), times=times
    )


def alarms(before: Micros, after: Micros) -> dict[str, Claim]:
    edges = tuple(np.unique(np.quantile(before, np.linspace(0, 1, 65)[1:-1])).tolist())
    pair = Pair(
        name="at",
        before=profile(before, edges),
        after=profile(after, edges),
        binning=ColumnBinning(edges=edges),
        drift=Drift(),
        severity=Severity.ERROR,
        alpha=1e-4,
    )
    return {str(claim.check): claim for claim in claims(pair) if claim.p < 1e-3 and claim.low > claim.floor}


REFERENCE = busy(20_000, seed=1)


def test_other_rows_of_the_same_window_are_quiet() -> None:
    assert alarms(REFERENCE, busy(1_000, seed=2)) == {}


def test_a_later_window_is_quiet_whether_it_overlaps_or_not() -> None:
    assert alarms(REFERENCE, busy(1_000, seed=2, start=14)) == {}
    assert alarms(REFERENCE, busy(1_000, seed=2, start=200)) == {}


def test_a_tail_that_is_cut_off_is_an_error() -> None:
    found = alarms(REFERENCE, busy(500, seed=2, days=42))

    assert set(found) == {"drift.window"}
    assert found["drift.window"].severity is Severity.ERROR
    assert found["drift.window"].message.endswith("the tail looks cut off")


def test_only_the_newest_days_are_a_warning_and_so_is_older_data() -> None:
    newest = alarms(REFERENCE, busy(500, seed=2, days=10, start=50))
    older = alarms(REFERENCE, busy(500, seed=2, days=40, start=-20))

    assert newest["drift.window"].severity is Severity.WARNING
    assert older["drift.window"].severity is Severity.WARNING
    assert "older than the reference" in older["drift.window"].message


def test_a_gap_inside_the_window_is_told() -> None:
    after = busy(2_000, seed=2)
    holed = after[(after < START + 20 * DAY) | (after > START + 40 * DAY)]

    assert "drift.shape" in alarms(REFERENCE, holed)


def test_another_time_zone_is_named_by_its_hours() -> None:
    later, earlier = (
        alarms(REFERENCE, busy(500, seed=2) + 6 * DAY // 24),
        alarms(REFERENCE, busy(500, seed=2) - 9 * DAY // 24),
    )

    assert "shifted by +6 h" in later["drift.hours"].message
    assert later["drift.hours"].details["hours_shifted"] == 6.0
    assert "shifted by -9 h" in earlier["drift.hours"].message


def test_hours_that_no_turn_explains_are_not_called_a_time_zone() -> None:
    flat = np.random.default_rng(3).integers(0, 60 * DAY, 1_000) + START

    assert "shifted" not in alarms(REFERENCE, flat)["drift.hours"].message


def test_a_turn_is_found_exactly() -> None:
    hours = np.bincount(REFERENCE // (DAY // 24) % 24, minlength=24)

    assert [turned(hours, np.roll(hours, turn)) for turn in (1, 6, 12, 18)] == [1, 6, 12, -6]
    assert turned(hours, hours) == 0


def test_part_of_a_day_says_nothing_about_hours() -> None:
    morning = START + np.random.default_rng(4).integers(0, DAY // 4, 1_000) + 300 * DAY

    assert alarms(REFERENCE, morning) == {}


def test_rows_on_days_that_were_free_are_told() -> None:
    working = REFERENCE[(REFERENCE // DAY + 3) % 7 < 5]
    found = alarms(working, busy(1_000, seed=2, start=70))

    assert "drift.weekdays" in found

"""Time moves on without an alarm; a cut window, turned hours and rows on free days are told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Severity
from seatrial.data.columns import Column, Kind
from seatrial.data.compare.hours import turned
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.times import claims
from seatrial.data.policy import Drift
from seatrial.data.profile.binning import with_outside
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


def in_order(values: Micros) -> Micros:
    return np.sort(values)


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
        falls=int((np.diff(values) < 0).sum()),
        steps=len(values) - 1,
    )
    column = Column(name="at", source="at", dtype="Datetime(time_unit='us', time_zone=None)", kind=Kind.TIME)
    return ColumnProfile(
        column=column, values=len(values), nulls=0, items=Items(counts=(), complete=False, missed=10**9), times=times
    )


def made(before: Micros, after: Micros) -> Pair:
    quantiles = np.unique(np.quantile(before, np.linspace(0, 1, 65)[1:-1]))
    edges = tuple(with_outside(quantiles, before.astype(np.float64), ratios=False).tolist())
    return Pair(
        name="at",
        before=profile(before, edges),
        after=profile(after, edges),
        binning=ColumnBinning(edges=edges),
        drift=Drift(),
        severity=Severity.ERROR,
        alpha=1e-4,
    )


def alarms(before: Micros, after: Micros) -> dict[str, Claim]:
    found = claims(made(before, after))
    return {str(claim.check): claim for claim in found if claim.p < 1e-3 and claim.low > claim.floor}


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


def test_only_the_newest_days_are_a_warning_and_older_data_an_error() -> None:
    newest = alarms(REFERENCE, busy(500, seed=2, days=10, start=50))
    older = alarms(REFERENCE, busy(500, seed=2, days=40, start=-20))

    assert newest["drift.window"].severity is Severity.WARNING
    assert older["drift.window"].severity is Severity.ERROR
    assert "of the reference's rows are later; the data is older" in older["drift.window"].message


def test_a_gap_inside_the_window_is_told() -> None:
    after = busy(2_000, seed=2)
    holed = after[(after < START + 20 * DAY) | (after > START + 40 * DAY)]

    assert "drift.shape" in alarms(REFERENCE, holed)


def test_another_time_zone_is_named_by_its_hours() -> None:
    later, earlier = (
        alarms(REFERENCE, busy(500, seed=2) + 6 * DAY // 24),
        alarms(REFERENCE, busy(500, seed=2) - 9 * DAY // 24),
    )

    assert "shifted by +6 h" in later["drift.hours"].guess
    assert later["drift.hours"].details["hours_shifted"] == 6.0
    assert "shifted by -9 h" in earlier["drift.hours"].guess


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


def test_a_few_rows_in_another_year_are_told_and_a_longer_window_is_not() -> None:
    some = busy(1_000, seed=2)
    later, earlier = some.copy(), some.copy()
    later[:10] += 5 * 365 * DAY
    earlier[:10] = 0

    assert "1.0 % of at are after" in alarms(REFERENCE, later)["drift.beyond"].message
    assert "the farthest at 1970-01-01" in alarms(REFERENCE, earlier)["drift.beyond"].message
    for days in (70, 100, 140, 200, 400, 4_000):
        assert alarms(REFERENCE, busy(1_000, seed=2, days=days)) == {}
        assert alarms(REFERENCE, busy(1_000, seed=2, days=days, start=-days + 60)).keys() <= {"drift.window"}


def test_a_stretch_without_rows_is_told_with_few_rows_and_empty_bins_alone_are_not() -> None:
    after = busy(500, seed=2)
    holed = after[(after < START + 27 * DAY) | (after > START + 33 * DAY)]

    found = alarms(REFERENCE, holed)["drift.window"]

    assert "no row of at lies between" in found.message
    assert found.severity is Severity.ERROR
    for seed in range(3, 30):
        assert alarms(REFERENCE, busy(200, seed=seed)) == {}


def test_an_hour_of_difference_is_seen_with_few_rows() -> None:
    """Of the 24 shares alone it is not: a turn has one degree of freedom."""
    found = [alarms(REFERENCE, busy(500, seed=seed) + DAY // 24) for seed in range(2, 12)]

    assert sum("drift.hours" in each for each in found) >= 9


def test_equal_hours_are_not_called_turned_because_the_reference_scores_itself() -> None:
    """With few rows in the reference, its own chance makes the scores; taken off, equal hours stay quiet."""
    for seed in range(40):
        assert "drift.hours" not in alarms(busy(1_300, seed=seed), busy(20_000, seed=seed + 100))


def test_rows_out_of_the_order_of_a_time_are_a_warning_where_the_reference_was_in_order() -> None:
    rows = in_order(busy(1_000, seed=2))
    mixed = rows.copy()
    mixed[::20] = np.random.default_rng(5).permutation(mixed[::20])

    found = alarms(in_order(REFERENCE), mixed)["drift.order"]

    assert found.severity is Severity.WARNING
    assert alarms(in_order(REFERENCE), rows) == {}
    assert "drift.order" not in alarms(REFERENCE, rows)


def test_a_pass_does_not_say_that_an_order_is_lost() -> None:
    """It names the share of rows that are earlier than the one before; what it means is told where there are more."""
    before, kept = in_order(REFERENCE), in_order(busy(1_000, seed=2))
    shaken = kept.copy()
    shaken[:100] = shaken[:100][::-1]

    quiet, loud = (
        next(claim.message for claim in claims(made(before, after)) if claim.check == "drift.order")
        for after in (kept, shaken)
    )

    assert quiet.startswith("0 % of at are earlier than in the row before, was 0 %")
    assert "order" not in quiet.removeprefix("0 % of at are earlier than in the row before")
    assert loud.endswith("; the rows are no longer in its order")

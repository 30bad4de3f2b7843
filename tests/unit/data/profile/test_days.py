"""Stretches of days with rows: the same however rows come, none where times are too scattered to have any."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.profile.days import DAY, MOST, DayTaker, Stretch, missing, together

DAYS = st.lists(st.integers(-40, 40), min_size=1, max_size=60)


def taken(*blocks: list[int]) -> tuple[Stretch, ...]:
    taker = DayTaker()
    for block in blocks:
        micros = np.asarray(block) * DAY + DAY // 3
        taker.add(micros.astype(np.float64), int(micros.min()), int(micros.max()))
    return taker.finish()


@given(DAYS, DAYS)
def test_days_of_two_blocks_are_those_of_all_rows_and_of_two_partitions(one: list[int], other: list[int]) -> None:
    found = taken(one, other)

    assert found == taken(one + other) == together(taken(one), taken(other))
    assert {day for start, end in found for day in range(start, end + 1)} == {*one, *other}
    assert set(missing(found)) == set(range(min(one + other), max(one + other))) - {*one, *other}


def test_times_that_lie_far_apart_are_sorted_and_not_counted_off() -> None:
    assert taken([-5, 10_000_000]) == ((-5, -5), (10_000_000, 10_000_000))


def test_scattered_times_have_no_days_for_good() -> None:
    scattered = list(range(0, 4 * MOST, 3))

    assert taken(scattered) == ()
    assert taken([1, 2], scattered, [5]) == ()
    assert taken(scattered[: MOST // 2], [day + 4 * MOST for day in scattered[: MOST - 2]]) == ()

"""Stretches of days with rows: the same however rows come, none where times are too scattered to have any."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.data.profile.days import DAY, MOST, DayTaker, Stretch, missing, together
from seatrial.data.profile.merging import merged
from tests.unit.data.compare.tables import profile

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
    weekly = list(range(0, 7 * MOST, 7))

    assert len(taken(weekly)) == MOST
    assert taken([*weekly, 7 * MOST]) == ()
    assert taken(weekly, [7 * MOST], [5]) == ()
    assert taken(list(range(7 * MOST))) == ((0, 7 * MOST - 1),)


COMBS = st.builds(
    lambda start, count, step: list(range(start, start + count * step, step)),
    st.integers(-3_000, 3_000),
    st.integers(0, 600),
    st.integers(1, 9),
)


def stretches(days: set[int]) -> tuple[Stretch, ...]:
    """Days as they should be kept, found one by one."""
    if len({day // 7 for day in days}) > MOST:
        return ()
    starts = sorted(day for day in days if day - 1 not in days)
    return tuple(zip(starts, sorted(day for day in days if day + 1 not in days), strict=True))


@given(st.lists(COMBS, min_size=1, max_size=4), st.integers(0, 99))
def test_giving_up_depends_on_all_days_and_on_no_order(combs: list[list[int]], seed: int) -> None:
    days = [day for comb in combs for day in comb]
    expected = stretches(set(days))
    np.random.default_rng(seed).shuffle(days)
    half = len(days) // 2

    assert taken(*(comb for comb in combs if comb)) == expected
    assert taken(*(block for block in (days[:half], days[half:]) if block)) == expected


def days_of(*parts: list[int]) -> tuple[Stretch, ...]:
    """The days of partitions that are merged one after the other; a partition may have no time at all."""
    frames = [pl.DataFrame({"at": pl.Series([day * DAY for day in part], dtype=pl.Datetime("us"))}) for part in parts]
    binning = profile(pl.concat(frames)).binning
    times = merged(profile(frame, binning) for frame in frames).columns["at"].times
    assert times is not None
    return times.days


@settings(max_examples=20)
@given(st.lists(COMBS, min_size=2, max_size=3))
def test_merged_partitions_have_the_days_of_all_rows_in_any_order(parts: list[list[int]]) -> None:
    found = {days_of(*order) for order in itertools.permutations(parts)}

    assert found == {stretches({day for part in parts for day in part})}


def test_what_one_partition_gave_up_is_given_up() -> None:
    scattered = list(range(0, 7 * MOST + 1, 7))

    assert days_of(scattered, [1, 2]) == days_of([1, 2], scattered) == ()
    assert days_of([], [1, 2]) == days_of([1, 2], []) == ((1, 2),)


def test_days_between_each_other_are_one_stretch_in_one_block_and_in_two() -> None:
    some, others = list(range(0, 810, 2)), list(range(1, 810, 2))

    assert taken(some + others) == taken(some, others) == days_of(some, others) == ((0, 809),)

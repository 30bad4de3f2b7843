"""Ways that were chosen because they are fast give exactly what the plain ones give."""

from __future__ import annotations

import math
import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from seatrial.data.compare.frequent import largest, listed, most_changed
from seatrial.data.joint.regions import Region, joined
from seatrial.data.policy import SAMPLE_ROWS
from seatrial.data.profile.different_rows import DifferentRows
from seatrial.data.profile.distinct import Distinct
from seatrial.data.profile.gaps import gap_bins
from seatrial.data.profile.hashing import U64, finished
from seatrial.data.profile.numbers import zeros_at_end_of
from seatrial.data.profile.records import Items

WHOLE = some.integers(-(2**60), 2**60) | some.builds(
    lambda digits, zeros: digits * 10**zeros, some.integers(-999, 999), some.integers(0, 14)
)


@given(some.lists(WHOLE, max_size=30))
def test_zeros_at_the_end_are_those_that_remainders_find(values: list[int]) -> None:
    expected = [0] * 7
    for value in (int(float(value)) for value in values):
        if value:
            expected[next((zeros for zeros in range(6) if value % 10 ** (zeros + 1)), 6)] += 1
    assert zeros_at_end_of(np.array(values, dtype=np.float64)).tolist() == expected


@given(some.lists(some.integers(0, 2**63).map(float) | some.integers(0, 9).map(float), min_size=1, max_size=30))
def test_the_bin_of_a_gap_is_the_exponent_of_its_seconds(gaps: list[float]) -> None:
    expected = [0 if gap == 0 else min(max(math.frexp(gap / 1e6)[1] + 20, 1), 63) for gap in gaps]
    assert gap_bins(np.array(gaps)).tolist() == expected


@given(some.lists(some.integers(0, 2**64 - 1) | some.integers(0, 64).map(lambda bit: (1 << bit) % 2**64), max_size=40))
def test_a_register_keeps_the_longest_run_of_zeros(hashes: list[int]) -> None:
    distinct = Distinct(6)
    distinct.add(np.array(hashes, dtype=np.uint64))
    expected = [0] * 64
    for value in hashes:
        place = int(finished(np.array([value], dtype=np.uint64))[0]) & 63
        exponent = math.frexp(float(value))[1] if value else 0  # a float rounds what is just below a power of two
        expected[place] = max(expected[place], min(max(65 - exponent, 1), 59))
    assert distinct.registers.tolist() == expected


COUNTS = some.dictionaries(some.sampled_from("abcdefgh"), some.integers(0, 60), max_size=8)


@given(COUNTS, COUNTS, some.integers(0, 20), some.integers(0, 20), some.integers(1, 80), some.integers(1, 80))
def test_the_largest_change_of_a_share_is_that_of_all_pairs_of_ends(
    old: dict[str, int], new: dict[str, int], old_missed: int, new_missed: int, rows_before: int, rows: int
) -> None:
    before = Items(counts=tuple(old.items()), complete=not old_missed, missed=old_missed)
    after = Items(counts=tuple(new.items()), complete=not new_missed, missed=new_missed)

    def angle(share: float) -> float:
        return 2 * math.asin(math.sqrt(min(share, 1.0)))

    ends = [
        abs(angle(k / rows) - angle(m / rows_before))
        for value in old.keys() | new.keys()
        for k in ((new[value],) if value in new else (0, new_missed))
        for m in ((old[value],) if value in old else (0, old_missed))
    ]
    assert largest(listed(before, after), rows_before, rows) == max(ends, default=0.0)


@given(some.dictionaries(some.sampled_from("abcdefgh"), some.integers(0, 5)), some.randoms())
def test_the_most_changed_values_are_the_first_of_all_in_order(gained: dict[str, int], order: random.Random) -> None:
    """By how much they changed, and by text where two changed alike, in whatever order they are listed."""
    values = [*gained]
    before, after = (
        Items(
            counts=tuple((value, 10 + share * gained[value]) for value in order.sample(values, len(values))),
            complete=True,
        )
        for share in (0, 1)
    )
    found, looked = most_changed(listed(before, after), 200, 200)
    every = sorted((-more, value) for value, more in gained.items() if more)
    assert [(10 - each.current, each.value) for each in found] == every[:2]
    assert looked == max(len(gained), 1)


@given(some.lists(some.integers(0, 2**64 - 1) | some.integers(0, 9)), some.lists(some.integers(0, 9)))
def test_rows_of_two_sides_are_counted_on_both(old: list[int], new: list[int]) -> None:
    sides = [np.unique(np.array(side, dtype=np.uint64), return_counts=True) for side in (old, new)]
    before, after = joined(*(Region(values=values, counts=counts.astype(np.int64)) for values, counts in sides))
    every = sorted({*old, *new})
    assert before.tolist() == [old.count(value) for value in every]
    assert after.tolist() == [new.count(value) for value in every]


def _smallest(digests: U64) -> tuple[list[int], list[int]]:
    different, counts = np.unique(digests, return_counts=True)
    return different[:SAMPLE_ROWS].tolist(), counts[:SAMPLE_ROWS].tolist()


@given(some.integers(0, 2**32), some.sampled_from([1, 2, 100, 3_000, 1 << 60]))
def test_a_large_first_block_gives_its_smallest_digests_however_often_they_repeat(seed: int, most: int) -> None:
    digests = np.random.default_rng(seed).integers(0, most, 5 * SAMPLE_ROWS, dtype=np.uint64)
    rows = DifferentRows(0)
    found, counts = np.unique(digests[rows.candidates(digests)], return_counts=True)
    assert (found[:SAMPLE_ROWS].tolist(), counts[:SAMPLE_ROWS].tolist()) == _smallest(digests)

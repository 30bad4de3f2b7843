"""Which profiles may be added."""

from __future__ import annotations

import msgspec
import polars as pl
import pytest

from seatrial.data.baseline import to_keep
from seatrial.data.policy import STORED_HASHES
from seatrial.data.profile import limits
from seatrial.data.profile.coherence import incoherence
from seatrial.data.profile.merging import merged, merged_items
from seatrial.data.profile.records import Items, Profile
from seatrial.errors import EvidenceError
from tests.support.profiled import profile_of

FRAME = pl.DataFrame({"x": [1.0, 2.0, 2.0, 5.0], "g": ["a", "a", "b", "b"]})
OTHER = profile_of(FRAME)


def changed(**fields: object) -> Profile:
    return msgspec.structs.replace(OTHER, **fields)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (profile_of(FRAME[:3]), "different bins"),
        (profile_of(FRAME, cluster="g"), "different cluster columns: g and none"),
        (profile_of(FRAME, label="x", prediction="x"), "a label and a prediction"),
        (profile_of(FRAME[["x"]], reference=FRAME), "only one of the profiles has the column `g`"),
        (profile_of(FRAME.with_columns(pl.col("x").cast(pl.Float32)), reference=FRAME), "`x` is Float32 .* Float64"),
        (changed(schema=4), "version 4"),
        (changed(sample=msgspec.structs.replace(OTHER.sample, hashing="b3:0")), "hash texts differently"),
    ],
)
def test_profiles_that_differ_are_refused(one: Profile, why: str) -> None:
    """With the reason, and what to do."""
    for pair in ((one, OTHER), (OTHER, one)):
        with pytest.raises(EvidenceError) as caught:
            merged(pair)
        assert caught.value.next_step
    with pytest.raises(EvidenceError, match=why):
        merged((one, OTHER))


def test_one_profile_is_its_own_sum() -> None:
    """A dataset of one file."""
    assert merged([OTHER]) is OTHER


def test_parts_are_kept_in_order() -> None:
    """So a profile says which files it is made of."""
    one, other = changed(parts=(("a", 4),)), changed(parts=(("b", 4),))

    assert merged([one, other]).parts == (("a", 4), ("b", 4))


def test_too_many_values_become_the_frequent_ones() -> None:
    """What is dropped occurs at most as often as `missed` says."""
    one = Items(counts=(("a", 9), ("b", 3), ("c", 1)), complete=True)
    other = Items(counts=(("d", 7), ("a", 2)), complete=True)

    assert merged_items(one, other, 4, 2) == Items(counts=(("a", 11), ("d", 7), ("b", 3), ("c", 1)), complete=True)
    assert merged_items(one, other, 3, 2) == Items(counts=(("a", 11), ("d", 7)), complete=False, missed=3)


def test_bounds_add_up() -> None:
    """A value that one does not list may have occurred there as often as it missed."""
    one = Items(counts=(("a", 90),), complete=False, missed=5)
    other = Items(counts=(("a", 10), ("b", 80)), complete=False, missed=3)

    assert merged_items(one, other, 4, 2) == Items(counts=(("a", 100), ("b", 80)), complete=False, missed=8)


def test_limits_depend_on_the_number_of_columns_only() -> None:
    """Wide tables have less room for each column, and never none."""
    assert [limits.item_limit(columns) for columns in (1, 64, 128, 10_000)] == [4096, 4096, 2048, 32]
    assert [limits.kept_limit(columns) for columns in (64, 10_000)] == [64, 4]


def test_a_stored_profile_keeps_fewer_digests_and_what_it_is_added_to_is_cut_where_it_ends() -> None:
    """Above the last digest that one of them kept, the sum would look complete and lack rows."""
    first, second = (pl.DataFrame({"id": range(start, start + 20_000)}) for start in (0, 20_000))
    whole, stored = profile_of(first), to_keep(profile_of(first))
    other = profile_of(second, reference=first)

    both = merged([stored, msgspec.structs.replace(other, binning=stored.binning)]).sample
    exact = merged([whole, other]).sample

    assert len(stored.sample.hashes) == STORED_HASHES
    assert STORED_HASHES < len(both.hashes) < len(exact.hashes)
    assert both.hashes == exact.hashes[: len(both.hashes)]
    assert both.hashes[-1] == stored.sample.hashes[-1]
    assert incoherence(merged([stored, stored])) is None

    less = to_keep(profile_of(first[:12_000], reference=first))
    cut = merged([stored, less]).sample.hashes
    assert cut[-1] == min(stored.sample.hashes[-1], less.sample.hashes[-1]) < less.sample.hashes[-1]

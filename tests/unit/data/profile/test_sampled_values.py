"""The sample of an id's values: order and partitions do not matter, counts are exact, and a file keeps it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.policy import SAMPLE_ROWS
from seatrial.data.profile.merging import merged
from seatrial.data.profile.records import Profile, SampledValues
from seatrial.data.profile.serial import read_profile, write_profile
from seatrial.errors import EvidenceError
from seatrial.replacing import replace
from tests.unit.data.compare.tables import profile

IDS = np.random.default_rng(1).permutation(20_000) + 10**12


def of(ids: np.ndarray, like: Profile | None = None) -> Profile:
    return profile(pl.DataFrame({"id": ids, "x": ids % 100}), None if like is None else like.binning)


def sampled(of_profile: Profile) -> SampledValues:
    found = of_profile.columns["id"].sampled
    assert found is not None
    return found


REFERENCE = of(IDS)


def test_two_partitions_give_the_sample_of_all_rows() -> None:
    again = np.concatenate([IDS[:12_000], IDS[:300]])

    apart = merged((of(IDS[:12_000], REFERENCE), of(IDS[:300], REFERENCE)))

    assert sampled(apart) == sampled(of(again[::-1], REFERENCE))


def test_the_share_of_repeated_values_is_that_of_the_sample() -> None:
    found = sampled(of(np.concatenate([IDS, IDS[:1_000]]), REFERENCE))

    assert len(found.digests) == SAMPLE_ROWS
    assert set(found.counts) == {1, 2}
    assert sum(count == 2 for count in found.counts) / SAMPLE_ROWS == pytest.approx(0.05, abs=0.015)


def test_a_file_keeps_it_and_one_that_does_not_add_up_is_refused() -> None:
    twice = of(np.concatenate([IDS[:900], IDS[:9]]), REFERENCE)
    assert read_profile(write_profile(twice), file="p") == replace(twice, made_by=twice.made_by)

    column = twice.columns["id"]
    wrong = replace(column, sampled=replace(sampled(twice), counts=(1,) * 900))
    with pytest.raises(EvidenceError, match="sampled values do not add up"):
        read_profile(write_profile(replace(twice, columns={**twice.columns, "id": wrong})), file="p")


def test_only_ids_have_one() -> None:
    assert REFERENCE.binning.left_out == ("id",)
    assert REFERENCE.columns["x"].sampled is None

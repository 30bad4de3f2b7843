"""Rows are compared without their times where the rest of them tells rows apart, and only there."""

from __future__ import annotations

import numpy as np
import polars as pl

from seatrial.data.joint import duplicates, shared_rows
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.data.profile.serial import read_profile, write_profile
from tests.support.profiled import profile_of

HOUR = 3_600_000_000


def measured(rows: int, seed: int, *, digits: int = 6) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "at": pl.Series(rng.integers(0, 10**6, rows) * HOUR).cast(pl.Datetime("us")),
            "x": np.round(rng.normal(size=rows), digits),
            "word": rng.choice(["a", "b"], rows),
        }
    )


def later(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("at").dt.offset_by("1d"))


def against(before: pl.DataFrame, after: pl.DataFrame) -> tuple[Profile, Profile]:
    return profile_of(before), profile_of(after, reference=before)


def test_times_are_left_aside_where_rows_differ_without_them() -> None:
    assert profile_of(measured(2_000, 1)).binning.aside == ("at",)
    assert profile_of(measured(2_000, 1, digits=1)).binning.aside == ()
    assert profile_of(measured(2_000, 1).drop("at")).binning.aside == ()


def test_a_day_that_is_delivered_again_under_other_times_is_told() -> None:
    before, whole = measured(2_000, 1), measured(400, 2)
    twice = against(before, pl.concat([whole[:360], later(whole[:40])]))

    (told,), _ = duplicates.repeated(*twice, Contract())

    assert told.p < 1e-6
    assert told.low > told.floor
    (clean,), _ = duplicates.repeated(*against(before, whole), Contract())
    assert clean.p > 0.1


def test_rows_of_the_reference_under_other_times_are_told() -> None:
    before = measured(2_000, 1)
    (told,), _ = shared_rows.shared(*against(before, pl.concat([measured(360, 2), later(before[:40])])), Contract())

    assert told.p < 1e-6
    assert told.low > told.floor


def test_a_stored_profile_keeps_what_it_left_aside() -> None:
    profile = profile_of(measured(2_000, 1))

    assert read_profile(write_profile(profile), file="p").binning == profile.binning

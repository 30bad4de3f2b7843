"""Laws of profiles: the sum of the parts is the whole, whatever the parts, the batches and the order of rows."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.data.profile.merging import merged
from seatrial.data.profile.records import ColumnProfile, Profile
from seatrial.data.profile.serial import read_profile, write_profile
from tests.support.profiled import columns_of, profile_of

ROWS = st.integers(0, 25)
INT64 = st.integers(-(2**63), 2**63 - 1)
TIMES = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1))  # noqa: DTZ001  (naive on purpose)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
REALS = st.floats(-1e100, 1e100) | st.sampled_from([math.inf, -math.inf, math.nan, 0.0, -0.0, 1.5, -999.0])
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "whole": pl.Int64,
    "real": pl.Float64,
    "word": pl.String,
    "level": pl.String,
    "flag": pl.Boolean,
    "when": pl.Datetime("us"),
    "tags": pl.List(pl.String),
    "vector": pl.Array(pl.Float32, 3),
    "none": pl.Null,
    "raw": pl.Binary,
}


def _column(values: st.SearchStrategy[object], size: int) -> st.SearchStrategy[list[object]]:
    return st.lists(st.none() | values, min_size=size, max_size=size)


@st.composite
def tables(draw: st.DrawFn, rows: st.SearchStrategy[int] = ROWS) -> pl.DataFrame:
    """A table with a column of every kind, and nulls in each."""
    size = draw(rows)
    small = st.floats(-100, 100, width=32)
    values = {
        "whole": _column(INT64 | st.integers(-3, 3), size),
        "real": _column(REALS, size),
        "word": _column(TEXTS, size),
        "level": _column(st.sampled_from(["a", "b", "c"]), size),
        "flag": _column(st.booleans(), size),
        "when": _column(TIMES, size),
        "tags": _column(st.lists(st.sampled_from(["x", "y"]), max_size=3), size),
        "vector": _column(st.lists(small, min_size=3, max_size=3), size),
        "none": st.just([None] * size),
        "raw": _column(st.binary(max_size=4), size),
    }
    return pl.DataFrame({name: draw(strategy) for name, strategy in values.items()}, schema=SCHEMA)


def _without_floats(profile: Profile) -> Profile:
    """All that has to be equal to the last bit; `parts` tell where rows come from, and are another matter."""
    columns = {name: _exact(column) for name, column in profile.columns.items()}
    return msgspec.structs.replace(profile, columns=columns, parts=())


def _exact(column: ColumnProfile) -> ColumnProfile:
    if column.numbers is None:
        return column
    return msgspec.structs.replace(column, numbers=msgspec.structs.replace(column.numbers, mean=0.0, m2=0.0))


def _assert_same(one: Profile, other: Profile) -> None:
    assert _without_floats(one) == _without_floats(other)
    for name, column in one.columns.items():
        theirs = other.columns[name].numbers
        if column.numbers is not None and theirs is not None:
            size = max(abs(column.numbers.least or 0), abs(column.numbers.most or 0), 1e-300)
            assert column.numbers.mean == pytest.approx(theirs.mean, rel=1e-9, abs=1e-9 * size)
            if math.isfinite(column.numbers.m2):
                assert column.numbers.m2 == pytest.approx(theirs.m2, rel=1e-6, abs=1e-6 * min(size, 1e150) ** 2)


def _without_runs(profile: Profile) -> Profile:
    columns = {name: msgspec.structs.replace(column, runs=None) for name, column in profile.columns.items()}
    return msgspec.structs.replace(profile, columns=columns)


def _pieces(frame: pl.DataFrame, cuts: Sequence[int]) -> list[pl.DataFrame]:
    ends = [*sorted(cut % (frame.height + 1) for cut in cuts), frame.height]
    return [frame[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@settings(deadline=None, max_examples=30)
@given(reference=tables(), frame=tables(), cuts=st.lists(st.integers(0, 100), max_size=3))
def test_merged_is_whole(reference: pl.DataFrame, frame: pl.DataFrame, cuts: list[int]) -> None:
    """Profiles of pieces, added in order, are the profile of all rows, empty pieces included."""
    whole = profile_of(frame, reference=reference)
    pieces = [profile_of(piece, reference=reference) for piece in _pieces(frame, cuts)]

    _assert_same(merged(pieces), whole)


@settings(deadline=None, max_examples=30)
@given(frame=tables(), cuts=st.lists(st.integers(0, 60), max_size=4))
def test_batches_do_not_matter(frame: pl.DataFrame, cuts: list[int]) -> None:
    """Rows may come in batches of any size: the same rows give the same bytes, sums of floats too."""
    cut = profile_of(frame, cuts=[min(cut, frame.height) for cut in cuts])

    assert write_profile(cut) == write_profile(profile_of(frame))


@settings(deadline=None, max_examples=30)
@given(frame=tables(), data=st.data())
def test_order_of_rows_matters_for_gaps_and_runs_only(frame: pl.DataFrame, data: st.DataObject) -> None:
    """All else is a sum over rows: counts, samples and sums of scores are those of the shuffled table."""
    order = data.draw(st.permutations(range(frame.height)))
    frame = frame.drop("when")
    shuffled = frame[list(order)] if frame.height else frame

    _assert_same(*(_without_runs(profile) for profile in (profile_of(shuffled, reference=frame), profile_of(frame))))


@settings(deadline=None, max_examples=30)
@given(frame=tables(), reference=tables())
def test_written_and_read_is_the_same(frame: pl.DataFrame, reference: pl.DataFrame) -> None:
    """A file holds all of a profile, and equal profiles are equal files."""
    profile = profile_of(frame, reference=reference, cluster="level", label="word", prediction="level")
    data = write_profile(profile)
    back = read_profile(data, file="p.json")

    assert back == profile
    assert write_profile(back) == data


@settings(deadline=None, max_examples=30)
@given(frame=tables())
def test_every_value_is_counted_once(frame: pl.DataFrame) -> None:
    """Bins, nulls and what has no bin add up to the rows of the table, as polars counts them."""
    profile = profile_of(frame)
    for column in columns_of(frame):
        made = profile.columns[column.name]
        if column.name in frame.columns:
            assert made.values == frame.height
            assert made.nulls == frame[column.name].null_count()
        if made.numbers is not None and column.name == "real":
            finite = frame["real"].is_finite().sum()
            assert made.numbers.count == sum(made.numbers.bins) == finite
            assert made.numbers.nan == frame["real"].is_nan().sum()
        if made.texts is not None:
            assert sum(made.texts.bins) == made.values - made.nulls

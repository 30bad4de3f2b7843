"""Digests of values and rows: equal for equal values, whatever holds them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.profile import hashing
from seatrial.data.profile.records import RowSample
from seatrial.data.profile.table import Table
from tests.support.profiled import profile_of


def sample_of(frame: pl.DataFrame, reference: pl.DataFrame) -> RowSample:
    return profile_of(frame, reference=reference).sample


def test_rows_are_the_same_in_every_type() -> None:
    """Widths of numbers, dictionaries of texts, the unit of times and the order of columns do not matter."""
    frame = pl.DataFrame(
        {
            "n": [1, 2, -3],
            "t": ["a", None, "b"],
            "d": pl.Series([0, 10, 20], dtype=pl.Datetime("us")),
            "l": [[1], [], [2]],
        }
    )
    other = frame.select(
        pl.col("l").cast(pl.List(pl.Int16)),
        pl.col("d").cast(pl.Datetime("ns")),
        pl.col("t").cast(pl.Categorical),
        pl.col("n").cast(pl.Float32),
    )

    assert sample_of(other, frame).hashes == sample_of(frame, frame).hashes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": [1], "b": [2]}, {"a": [2], "b": [1]}),
        ({"a": [0], "b": [None]}, {"a": [None], "b": [0]}),
        ({"a": [2**53], "b": [0]}, {"a": [2**53 + 1], "b": [0]}),
        ({"a": ["1"], "b": ["2"]}, {"a": ["2"], "b": ["1"]}),
        ({"a": [""], "b": ["x"]}, {"a": [None], "b": ["x"]}),
        ({"a": [[1, 2]], "b": [0]}, {"a": [[2, 1]], "b": [0]}),
    ],
)
def test_different_rows_differ(one: dict[str, list[object]], other: dict[str, list[object]]) -> None:
    """Values that change places, nulls, neighbours beyond the precision of floats, the order of a list."""
    first, second = pl.DataFrame(one), pl.DataFrame(other)
    if second["a"].dtype == pl.Null:
        second = second.with_columns(pl.col("a").cast(first["a"].dtype))
    if first["b"].dtype == pl.Null:
        first = first.with_columns(pl.col("b").cast(second["b"].dtype))

    assert sample_of(first, first).hashes != sample_of(second, first).hashes


def test_zeros_are_one_and_so_is_what_is_not_a_number() -> None:
    """-0.0 is 0.0; NaN with another payload is NaN."""
    nan = np.array([0x7FF8000000000001, 0xFFF8000000000000], dtype=np.uint64).view(np.float64)
    hashes = hashing.floats(np.array([0.0, -0.0, np.nan, *nan]), hashing.multiplier("x"))

    assert hashes[0] == hashes[1]
    assert len(set(hashes.tolist())) == 2


def test_numbers_hash_as_they_always_did() -> None:
    """Profiles outlive versions: digests of numbers may never change."""
    multiply = hashing.multiplier("x")

    assert hashing.floats(np.array([1.0, -2.5]), multiply).tolist() == [8026534895783577295, 11033679565023456207]
    assert hashing.row_digests(np.array([1, 2], dtype=np.uint64)).tolist() == [64979917011106093, 3958833520432917]


@pytest.mark.parametrize("values", ["wholes", "powers", "tenths"])
def test_hashes_of_regular_numbers_are_spread(values: str) -> None:
    """The first and the last bits of 65,536 regular numbers fill 256 places as chance does (chi square, 6 sigma)."""
    count = 65_536
    numbers = {
        "wholes": np.arange(count) * 1.0,
        "powers": np.ldexp(1.0 + np.arange(count) % 64 / 64, np.arange(count) // 64 - 512),
        "tenths": np.arange(count) / 10,
    }[values]
    sums = hashing.finished(hashing.floats(numbers, hashing.multiplier("x")))
    for places in (sums >> np.uint64(56), sums & np.uint64(255)):
        found = np.bincount(places.astype(np.intp), minlength=256)
        chi_square = float(((found - count / 256) ** 2).sum() / (count / 256))
        assert abs(chi_square - 255) < 6 * np.sqrt(2 * 255)


def test_a_table_finds_what_it_holds_and_nothing_else() -> None:
    """Also 0, hashes that share a slot, and more than the table has room for."""
    draw = np.random.default_rng(0)
    shared = np.arange(1, 200, dtype=np.uint64) << np.uint64(3)
    keys = np.unique(np.concatenate([draw.integers(0, 2**63, 4000).astype(np.uint64), shared, np.zeros(1, np.uint64)]))
    table = Table()
    for piece in np.array_split(keys, 7):
        table.insert(piece)

    assert table.find(keys).tolist() == list(range(len(keys)))
    assert set(table.find(keys + np.uint64(1)).tolist()) == {-1}
    assert Table().find(keys).max() == -1

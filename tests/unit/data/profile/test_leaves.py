"""Leaves as arrays."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from seatrial.data.profile import leaves

NAN = math.nan


@pytest.mark.parametrize(
    ("values", "expected", "nulls"),
    [
        ([1.5, None, -2.0], [1.5, 0.0, -2.0], [False, True, False]),
        ([1.5, None, NAN], [1.5, 0.0, NAN], [False, True, False]),
        ([NAN, None, NAN, None], [NAN, 0.0, NAN, 0.0], [False, True, False, True]),
        ([None, None], [0.0, 0.0], [True, True]),
        ([1.0, NAN], [1.0, NAN], None),
    ],
)
def test_a_null_is_told_from_what_is_not_a_number(
    values: list[float | None], expected: list[float], nulls: list[bool] | None
) -> None:
    """However many there are of both: as floats both are not numbers."""
    series = pl.Series(values, dtype=pl.Float64)
    found, missing = leaves.numbers_of(series)

    np.testing.assert_array_equal(found, expected)
    assert (None if missing is None else missing.tolist()) == nulls
    assert series.to_list()[:1] == values[:1] or math.isnan(series[0])  # and the column itself is as it was


def test_whole_numbers_with_nulls_stay_whole() -> None:
    """As floats the largest would be another number."""
    found, missing = leaves.numbers_of(pl.Series([2**63 - 1, None], dtype=pl.Int64))

    assert found.tolist() == [2**63 - 1, 0]
    assert missing is not None
    assert missing.tolist() == [False, True]


def test_narrow_floats_are_widened() -> None:
    """Their nulls are nulls still."""
    found, missing = leaves.numbers_of(pl.Series([0.1, None], dtype=pl.Float32))

    assert found.dtype == np.float64
    assert found[0] == np.float64(np.float32(0.1))
    assert missing is not None
    assert missing.tolist() == [False, True]

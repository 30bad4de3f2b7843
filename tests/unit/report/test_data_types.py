"""Storage types as people read them, for every type that polars writes as a call."""

from __future__ import annotations

import polars as pl
import pytest

from seatrial.report.data_types import type_text


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (pl.Int64(), "Int64"),
        (pl.Datetime("us"), "Datetime[us]"),
        (pl.Datetime("ms", "Europe/Zurich"), "Datetime[ms, Europe/Zurich]"),
        (pl.Duration("ns"), "Duration[ns]"),
        (pl.Decimal(10, 2), "Decimal[10, 2]"),
        (pl.Array(pl.Float64, 4), "Array[Float64, 4]"),
        (pl.Array(pl.Float64, (4, 3)), "Array[Float64, 4, 3]"),
        (pl.List(pl.Datetime("us", "UTC")), "List[Datetime[us, UTC]]"),
    ],
)
def test_type_is_told_without_the_names_of_arguments(dtype: pl.DataType, expected: str) -> None:
    assert type_text(str(dtype)) == expected

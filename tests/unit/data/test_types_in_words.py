"""Storage types as people read them: no arguments of a constructor, no values of the data."""

from __future__ import annotations

from typing import Literal

import polars as pl
import pytest

from seatrial.data.columns import Column, Kind, type_in_words


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (pl.Int64(), "Int64"),
        (pl.Datetime("us"), "Datetime (microseconds)"),
        (pl.Datetime("ms", "Europe/Berlin"), "Datetime (milliseconds, Europe/Berlin)"),
        (pl.Duration("ns"), "Duration (nanoseconds)"),
        (pl.Decimal(10, 2), "Decimal(10, 2)"),
        (pl.List(pl.Datetime("us", "UTC")), "List(Datetime (microseconds, UTC))"),
        (pl.Array(pl.Float32, 3), "Array(Float32, 3)"),
        (pl.Array(pl.Float32, (3, 2)), "Array(Float32, 3 x 2)"),
        (pl.Enum(["a", "b]) 'c'"]), "Enum"),
        (pl.List(pl.Enum(["one\ntwo"])), "List(Enum)"),
    ],
)
def test_types_are_told_in_words(stored: pl.DataType, words: str) -> None:
    assert type_in_words(str(stored)) == words
    assert Column(name="x", source="x", dtype=str(stored), kind=Kind.NUMBER).stored == words


def test_other_time_units_and_zones_are_told_too() -> None:
    """Whatever polars calls a time, nothing of how it writes it in code is left."""
    units: tuple[Literal["ms", "us", "ns"], ...] = ("ms", "us", "ns")
    for unit in units:
        for zone in (None, "UTC", "America/Argentina/Buenos_Aires"):
            words = type_in_words(str(pl.List(pl.Datetime(unit, zone))))

            assert "=" not in words
            assert (zone or "") in words

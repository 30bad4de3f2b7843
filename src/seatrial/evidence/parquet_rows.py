"""Two Parquet tables compared value by value. Called by `file_comparison`.

polars is loaded only when two Parquet files really differ in their bytes, as they do whenever a float does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.digest import Json
from seatrial.evidence.sameness import Spot, differing_json

if TYPE_CHECKING:
    import polars as pl


def differing(one: Path, other: Path, tolerance: float, exact: frozenset[str]) -> Spot | None:
    """The first value that differs, column by column. Raises ValueError for what cannot be read as a table."""
    left, right = _read(one), _read(other)
    if left.columns != right.columns:
        return Spot(place="columns", first=", ".join(left.columns), second=", ".join(right.columns))
    if left.height != right.height:
        return Spot(place="number of rows", first=str(left.height), second=str(right.height))
    for column in left.columns:
        allowed = 0.0 if column in exact else tolerance
        a, b = left[column], right[column]
        if a.dtype == b.dtype and a.equals(b, null_equal=True):
            continue
        for row, (mine, theirs) in enumerate(zip(_values(a), _values(b), strict=True), start=1):
            if spot := differing_json(mine, theirs, allowed):
                return Spot(place=f"row {row}, column {column}", first=spot.first, second=spot.second)
    return None


def _values(series: pl.Series) -> list[Json]:
    """Values that compare like those of JSON; what JSON has no word for (times, bytes) by its text."""
    return [
        value if value is None or isinstance(value, bool | int | float | str | list | dict) else str(value)
        for value in series.to_list()
    ]


def _read(path: Path) -> pl.DataFrame:
    import polars as pl  # heavy: see above

    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise ValueError(str(error)) from error

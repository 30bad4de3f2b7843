"""Leaves as arrays: one place that knows what a batch holds for each kind of column. Called by `taking` and
`binning`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.bool_]

_NANOSECONDS_OF_A_MICROSECOND = 1_000
_MICROS = {"ms": 1_000, "us": 1}
_MICROS_OF_A_DAY = 86_400_000_000
_FARTHEST = (1 << 63) - 1


def nulls_of(series: pl.Series) -> Mask | None:
    """Where a value is missing; None if none is."""
    return series.is_null().to_numpy() if series.null_count() else None


def numbers_of(series: pl.Series) -> tuple[NDArray[Any], Mask | None]:
    """Numbers as an array of their own type, 0 for nulls, and where these are. Floats are widened to 64 bits."""
    if series.dtype == pl.Null:
        return np.zeros(len(series)), nulls_of(series)
    if not series.dtype.is_integer() and series.dtype != pl.Float64:
        series = series.cast(pl.Float64)
    count = series.null_count()
    if not count:
        return series.to_numpy(), None
    if series.dtype != pl.Float64:
        return series.fill_null(0).to_numpy(), nulls_of(series)
    values = series.to_numpy(writable=True)  # what polars is asked waits for its threads, which decode
    missing = np.isnan(values)
    if np.count_nonzero(missing) != count:  # some that are there are not numbers, and nulls have become like them
        missing = series.is_null().to_numpy()
    np.copyto(values, 0.0, where=missing)
    return values, missing


def micros_of(series: pl.Series) -> NDArray[np.int64]:
    """Times as microseconds since 1970, in UTC where there is a zone; times of day since midnight; 0 for nulls.

    Counted by hand, because polars panics at dates that its calendar does not reach. What 64 bits do not hold, which
    is 290,000 years away, stands at their end.
    """
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_unit in _MICROS:
        factor = _MICROS[series.dtype.time_unit]
    elif series.dtype == pl.Date:
        factor = _MICROS_OF_A_DAY
    else:
        return (series.to_physical() // _NANOSECONDS_OF_A_MICROSECOND).fill_null(0).to_numpy()
    physical = series.to_physical()
    whole = (physical.fill_null(0) if physical.null_count() else physical).cast(pl.Int64)
    if factor > 1:
        whole = whole.clip(-_FARTHEST // factor + 1, _FARTHEST // factor) * factor
    return whole.to_numpy()


def median_of(values: NDArray[np.float64]) -> float:
    """The median. Halves are added, because two of 1e308 in the middle are together beyond all floats."""
    return float(np.median(values / 2) * 2)


def texts_of(series: pl.Series) -> pl.Series:
    """Texts as polars keeps them, dictionaries resolved."""
    return series if series.dtype == pl.String else series.cast(pl.String)


def vectors_of(series: pl.Series) -> NDArray[np.float64]:
    """Vectors as the rows of a matrix; zeros stand for nulls, and a null inside a vector is not a number."""
    width = series.dtype.shape[0] if isinstance(series.dtype, pl.Array) else 0
    if not width:  # what has no elements has nothing to lay out
        return np.zeros((len(series), 0))
    flat = series.drop_nulls().explode() if series.null_count() else series.explode()
    inside = flat.cast(pl.Float64).fill_null(float("nan")).to_numpy().reshape(-1, width)
    missing = nulls_of(series)
    if missing is None:
        return inside
    matrix = np.zeros((len(series), width))
    matrix[~missing] = inside
    return matrix

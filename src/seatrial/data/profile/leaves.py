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


def nulls_of(series: pl.Series) -> Mask | None:
    """Where a value is missing; None if none is."""
    return series.is_null().to_numpy() if series.null_count() else None


def numbers_of(series: pl.Series) -> NDArray[Any]:
    """Numbers as an array of their own type; 0 stands for nulls. Floats are widened to 64 bits."""
    if series.dtype == pl.Null:
        return np.zeros(len(series))
    if not series.dtype.is_integer() and series.dtype != pl.Float64:
        series = series.cast(pl.Float64)
    return (series.fill_null(0) if series.null_count() else series).to_numpy()


def micros_of(series: pl.Series) -> NDArray[np.int64]:
    """Times as microseconds since 1970, in UTC where there is a zone; times of day since midnight; 0 for nulls."""
    if series.dtype == pl.Time:
        whole = series.to_physical() // _NANOSECONDS_OF_A_MICROSECOND
    elif isinstance(series.dtype, pl.Datetime):
        whole = series.dt.cast_time_unit("us").to_physical()
    else:
        whole = series.cast(pl.Datetime("us")).to_physical()
    return whole.fill_null(0).to_numpy()


def texts_of(series: pl.Series) -> pl.Series:
    """Texts as polars keeps them, dictionaries resolved."""
    return series if series.dtype == pl.String else series.cast(pl.String)


def vectors_of(series: pl.Series) -> NDArray[np.float64]:
    """Vectors as the rows of a matrix; zeros stand for nulls, and a null inside a vector is not a number."""
    width = series.dtype.shape[0] if isinstance(series.dtype, pl.Array) else 0
    flat = series.drop_nulls().explode() if series.null_count() else series.explode()
    inside = flat.cast(pl.Float64).fill_null(float("nan")).to_numpy().reshape(-1, width)
    missing = nulls_of(series)
    if missing is None:
        return inside
    matrix = np.zeros((len(series), width))
    matrix[~missing] = inside
    return matrix

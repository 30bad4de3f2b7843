"""Columns that are measured as a whole, or not at all: vectors, bytes, and columns without any value. Called by
`taking`.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.data.columns import Column
from seatrial.data.profile import hashing, leaves, limits, vectors
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.lookup import Lookup, codes_of
from seatrial.data.profile.near_texts import NearSample
from seatrial.data.profile.near_vectors import vector_keys
from seatrial.data.profile.records import ColumnBinning, ColumnProfile, Items, Vectors

_NO_ITEMS = Items(counts=(), complete=True)
_HASHED = 16
"""Coordinates that go into the digest of a row: a vector that agrees in so many, evenly spread, is the same one."""


class VectorTaker:
    """What is known of one column of vectors so far."""

    def __init__(self, column: Column, binning: ColumnBinning) -> None:
        self._column = column
        self._multiply = hashing.multiplier(column.name)
        self._norms = Lookup(binning.edges)
        edges = binning.projections or ((),) * limits.PROJECTIONS
        self._lookups = [Lookup(row) for row in edges]
        self._own = np.array(binning.directions)
        self._bins = np.zeros(self._norms.bins, dtype=np.int64)
        self._projections = [np.zeros(lookup.bins, dtype=np.int64) for lookup in self._lookups]
        self._near = NearSample(binning.near) if binning.near else None
        self._values = self._nulls = self._zero = self._not_finite = 0
        self._matrix: NDArray[np.float64] = np.zeros((0, 0))
        self._missing: leaves.Mask | None = None

    def hashes(self, series: pl.Series) -> U64:
        """The hash of each vector of the next block, by some of its coordinates."""
        self._matrix, self._missing = leaves.vectors_of(series), leaves.nulls_of(series)
        width = self._matrix.shape[1]
        hashes = np.zeros(len(self._matrix), dtype=np.uint64)
        for place in dict.fromkeys(np.linspace(0, width - 1, _HASHED).astype(int).tolist() if width else []):
            hashes += hashing.floats(self._matrix[:, place], hashing.multiplier(f"{self._column.name}[{place}]"))
        if self._missing is not None:
            hashes[self._missing] = hashing.null_hash(self._multiply)
        return hashes

    def codes(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """The bin of each vector in the direction in which those of the reference differ most, or else of its norm."""
        self._values += len(self._matrix)
        norms, projected = vectors.measured(self._matrix, self._own)
        known = np.isfinite(norms)
        if self._missing is not None:
            known &= ~self._missing
            self._nulls += int(np.count_nonzero(self._missing))
        there = len(norms) - (0 if self._missing is None else int(np.count_nonzero(self._missing)))
        if self._near is not None:
            self._near.add(vector_keys(self._matrix[known], norms[known]))
        norms = norms[known]
        self._not_finite += there - len(norms)
        self._zero += int(np.count_nonzero(norms == 0.0))
        bins = self._norms.bins_of(vectors.lengths(norms))
        self._bins += np.bincount(bins, minlength=len(self._bins))
        for lookup, counts, row in zip(self._lookups, self._projections, projected, strict=True):
            places = lookup.bins_of(row[known])
            counts += np.bincount(places, minlength=lookup.bins)
        codes = np.full(len(known), limits.NULL_CODE, dtype=np.uint8)
        codes[known] = codes_of(places if self._own.size else bins)
        return codes

    def finish(self) -> ColumnProfile:
        """The profile of all blocks."""
        measured = Vectors(
            bins=tuple(self._bins.tolist()),
            zero=self._zero,
            not_finite=self._not_finite,
            projections=tuple(tuple(row.tolist()) for row in self._projections),
        )
        return ColumnProfile(
            column=self._column,
            values=self._values,
            nulls=self._nulls,
            items=Items(counts=(), complete=self._values == self._nulls, missed=self._values - self._nulls),
            vectors=measured,
            near=None if self._near is None else self._near.finish(),
        )


class OpaqueTaker:
    """Bytes, of which only the presence is counted, and columns that are null throughout."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._multiply = hashing.multiplier(column.name)
        self._values = self._nulls = 0
        self._missing: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)

    def hashes(self, series: pl.Series) -> U64:
        """The hash of each value of the next block."""
        self._missing = series.is_null().to_numpy()
        empty = series.dtype == pl.Null
        hashes = np.zeros(len(series), dtype=np.uint64) if empty else hashing.texts(series) * self._multiply
        hashes[self._missing] = hashing.null_hash(self._multiply)
        return hashes

    def codes(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """0 where there is something."""
        self._values += len(self._missing)
        self._nulls += int(np.count_nonzero(self._missing))
        return np.where(self._missing, limits.NULL_CODE, 0).astype(np.uint8)

    def finish(self) -> ColumnProfile:
        """The profile of all blocks."""
        there = self._values - self._nulls
        items = Items(counts=(), complete=False, missed=there) if there else _NO_ITEMS
        return ColumnProfile(column=self._column, values=self._values, nulls=self._nulls, items=items)

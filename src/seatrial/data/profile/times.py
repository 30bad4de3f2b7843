"""Columns of times, one block of rows after another; called by `taking`."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.data.columns import Column
from seatrial.data.profile import hashing, leaves, limits
from seatrial.data.profile.days import DayTaker
from seatrial.data.profile.gaps import gap_bins
from seatrial.data.profile.hashing import F64, U64
from seatrial.data.profile.lookup import Bins, Lookup, codes_of
from seatrial.data.profile.records import ColumnBinning, ColumnProfile, Times
from seatrial.data.profile.sketches import Sketches

_HOUR: Final = 3.6e9
_WEEK: Final = 168
_THURSDAY: Final = 3
"""The weekday of 1970-01-01, Monday being 0."""


class TimeTaker:
    """What is known of one column so far. Blocks have to come in the order of the rows."""

    def __init__(self, column: Column, binning: ColumnBinning, sketches: Sketches) -> None:
        self._column, self._binning, self._sketches = column, binning, sketches
        self._multiply = hashing.multiplier(column.name)
        self._lookup = Lookup(binning.edges)
        self._bins = np.zeros(self._lookup.bins, dtype=np.int64)
        self._week = np.zeros(_WEEK, dtype=np.int64)
        self._gaps = np.zeros(limits.GAP_BINS, dtype=np.int64)
        self._values = self._nulls = self._falls = self._steps = 0
        self._days = DayTaker()
        self._least: int | None = None
        self._most: int | None = None
        self._first: int | None = None
        self._last: int | None = None
        self._micros: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._floats: F64 = np.zeros(0)
        self._missing: leaves.Mask | None = None

    def hashes(self, series: pl.Series) -> U64:
        """The hash of each value of the next block, which `codes` then takes in."""
        self._micros, self._missing = leaves.micros_of(series), leaves.nulls_of(series)
        self._floats = self._micros.astype(np.float64)
        hashes = hashing.wholes(self._micros, self._floats, self._multiply)
        present, micros = hashes, self._micros
        if self._missing is not None:
            hashes[self._missing] = hashing.null_hash(self._multiply)
            present, micros = hashes[~self._missing], micros[~self._missing]
        self._sketches.add(present, lambda places: [_written(value) for value in micros[places].tolist()])
        return hashes

    def codes(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """The bin of each value."""
        self._values += len(self._micros)
        if self._missing is None:
            return codes_of(self._take(self._micros, self._floats))
        self._nulls += int(np.count_nonzero(self._missing))
        codes = np.full(len(self._micros), limits.NULL_CODE, dtype=np.uint8)
        there = ~self._missing
        codes[there] = codes_of(self._take(self._micros[there], self._floats[there]))
        return codes

    def _take(self, micros: NDArray[np.int64], floats: F64) -> Bins:
        bins = self._lookup.bins_of(floats)
        if not micros.size:
            return bins
        self._bins += np.bincount(bins, minlength=len(self._bins))
        hours = np.floor(floats / _HOUR)
        hours -= np.floor(hours / _WEEK) * _WEEK
        self._week += np.bincount(hours.astype(np.intp), minlength=_WEEK)
        least, most = int(micros.min()), int(micros.max())
        self._days.add(floats, least, most)
        self._least = least if self._least is None else min(self._least, least)
        self._most = most if self._most is None else max(self._most, most)
        steps = np.diff(floats)
        if self._last is not None:
            steps = np.append(floats[:1] - float(self._last), steps)
        self._first = int(micros[0]) if self._first is None else self._first
        self._last = int(micros[-1])
        self._steps += len(steps)
        rising = steps.take(np.flatnonzero(steps >= 0))  # a mask without a pattern costs six times that
        self._falls += len(steps) - len(rising)
        self._gaps += np.bincount(gap_bins(rising), minlength=limits.GAP_BINS)
        return bins

    def finish(self) -> ColumnProfile:
        """The profile of all blocks."""
        items, distinct = self._sketches.finish()
        by_day = self._week.reshape(7, 24)
        times = Times(
            count=self._values - self._nulls,
            least=self._least,
            most=self._most,
            bins=tuple(self._bins.tolist()),
            hours=tuple(by_day.sum(axis=0).tolist()),
            weekdays=tuple(np.roll(by_day.sum(axis=1), _THURSDAY).tolist()),
            gaps=tuple(self._gaps.tolist()),
            falls=self._falls,
            steps=self._steps,
            first=self._first,
            last=self._last,
            days=self._days.finish(),
        )
        return ColumnProfile(
            column=self._column, values=self._values, nulls=self._nulls, items=items, distinct=distinct, times=times
        )


def _written(micros: int) -> str:
    try:
        return str(np.datetime64(micros, "us"))
    except ValueError:
        return f"{micros} us"

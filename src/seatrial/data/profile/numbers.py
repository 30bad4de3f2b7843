"""Columns of numbers, one block of rows after another; called by `taking`."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.data.columns import Column
from seatrial.data.profile import hashing, leaves, limits
from seatrial.data.profile.hashing import F64, U64
from seatrial.data.profile.lookup import Bins, Lookup, codes_of
from seatrial.data.profile.merging import bounded
from seatrial.data.profile.records import ColumnBinning, ColumnProfile, Numbers
from seatrial.data.profile.sketches import Sketches

_DECIMALS: Final = 7
"""Decimals that are told apart: 0 to 6, and more."""
_ZEROS: Final = 7
_PIECE: Final = 8192
_EXACT: Final = 2.0**53
_CENTRED: Final = 1024
"""Values, about, whose median is what the first block's sums are taken around."""


class NumberTaker:
    """What is known of one column so far.

    As long as it has few different values, each is looked at once and rows are only numbered: bins, sums and ends are
    those of the values, as often as they occur, and are taken in at the end or when there are too many.
    """

    def __init__(self, column: Column, binning: ColumnBinning, sketches: Sketches) -> None:
        self._column, self._binning, self._sketches = column, binning, sketches
        self._multiply = hashing.multiplier(column.name)
        self._lookup = Lookup(binning.edges)
        self._bins = np.zeros(self._lookup.bins, dtype=np.int64)
        self._centre = 0.0
        self._values = self._nulls = self._count = self._nan = self._plus = self._minus = 0
        self._zeros = self._negatives = self._looked_at = 0
        self._least: int | float | None = None
        self._most: int | float | None = None
        self._sum = self._squares = 0.0
        self._decimals = np.zeros(_DECIMALS + 1, dtype=np.int64)
        self._at_end = np.zeros(_ZEROS, dtype=np.int64)
        self._stored: NDArray[Any] = np.zeros(0)
        self._floats: F64 = np.zeros(0)
        self._range: tuple[float, float] = (0, 0)
        self._finite = True
        self._missing: leaves.Mask | None = None
        self._there: NDArray[np.intp] | None = None
        self._different: list[NDArray[Any]] = []
        self._numbers: NDArray[np.intp] | None = None
        self._of_values: NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)

    def hashes(self, series: pl.Series) -> U64:
        """The hash of each value of the next block, which `codes` then takes in."""
        stored, self._missing = leaves.numbers_of(series)
        self._stored = stored
        self._range = (stored.min().item(), stored.max().item()) if stored.size else (0, 0)
        self._finite = all(map(math.isfinite, self._range))
        if stored.dtype == np.float64:
            self._floats = stored
            hashes = hashing.floats(stored, self._multiply, finite=self._finite)
        else:
            self._floats = stored.astype(np.float64)
            hashes = hashing.wholes(stored, self._floats, self._multiply)
        present, self._there = hashes, None
        if self._missing is not None:
            np.copyto(hashes, hashing.null_hash(self._multiply), where=self._missing)
            self._there = np.flatnonzero(~self._missing)  # by places, which is many times faster than by a mask
            present = hashes.take(self._there)
        self._number(present)
        return hashes

    def _number(self, hashes: U64) -> None:
        """Number the values that are there, as long as there are few different ones."""
        tally, stored, there = self._sketches.tally, self._stored, self._there
        complete, counts = tally.complete, tally.counts

        def texts(places: NDArray[np.intp]) -> list[str]:
            new = stored[places if there is None else there[places]]
            if complete:
                self._different.append(new)
            return [written(value) for value in new.tolist()]

        self._numbers = self._sketches.add(hashes, texts)
        if complete and self._numbers is None:
            self._take_counted(counts)
            self._different = []

    def codes(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """The bin of each value; costly looks are taken at the rows in `chosen`."""
        floats = self._floats
        self._values += len(floats)
        if self._missing is not None:
            self._nulls += int(np.count_nonzero(self._missing))
        if self._missing is None and self._finite:
            self._look(floats[chosen])
            if self._numbers is not None:
                return self._codes_of_values().take(self._numbers, mode="wrap")
            bins = self._lookup.bins_of(floats)
            self._take(floats, bins, self._range)
            return codes_of(bins)
        return self._with_gaps(floats, chosen)

    def _with_gaps(self, floats: F64, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        known = np.ones(len(floats), dtype=np.bool_) if self._finite else np.isfinite(floats)
        if self._missing is not None:
            known &= ~self._missing
        self._look(floats[chosen[known[chosen]]])
        codes = np.full(len(floats), limits.NULL_CODE, dtype=np.uint8)
        if self._numbers is not None:
            found = self._codes_of_values().take(self._numbers, mode="wrap")
            if self._there is None:
                return found
            codes[self._there] = found
            return codes
        if not self._finite:
            self._not_finite(floats, np.ones(len(floats), dtype=np.int64))
            codes[floats == np.inf] = min(self._lookup.bins - 1, limits.LAST_CODE)
            codes[floats == -np.inf] = 0
        there = floats[known]
        bins = self._lookup.bins_of(there)
        codes[known] = codes_of(bins)
        if there.size:
            stored = self._stored[known]
            self._take(there, bins, (stored.min().item(), stored.max().item()))
        return codes

    def _codes_of_values(self) -> NDArray[np.uint8]:
        """The code of each different value, by its number."""
        if len(self._of_values) != len(self._sketches.tally.counts):
            floats = np.concatenate(self._different).astype(np.float64)
            codes = np.full(len(floats), limits.NULL_CODE, dtype=np.uint8)
            known = np.isfinite(floats)
            codes[known] = codes_of(self._lookup.bins_of(floats[known]))
            codes[floats == np.inf] = min(self._lookup.bins - 1, limits.LAST_CODE)
            codes[floats == -np.inf] = 0
            self._of_values = codes
        return self._of_values

    def _not_finite(self, floats: F64, counts: NDArray[np.int64]) -> None:
        self._nan += int(counts[np.isnan(floats)].sum())
        self._plus += int(counts[floats == np.inf].sum())
        self._minus += int(counts[floats == -np.inf].sum())

    def _take(self, floats: F64, bins: Bins, ends: tuple[float, float]) -> None:
        """Take in finite values."""
        if not floats.size:
            return
        if not self._count:  # not that of the reference: far from there, the sums would lose their digits
            self._centre = leaves.median_of(floats[:: max(1, len(floats) // _CENTRED)])
        self._bins += np.bincount(bins, minlength=len(self._bins))
        self._count += len(floats)
        with np.errstate(over="ignore", invalid="ignore"):
            away = floats - self._centre
            self._sum += float(away.sum())
            self._squares += squares_of(away)
        least, most = ends
        if least <= 0 <= most:
            self._zeros += int(np.count_nonzero(floats == 0.0))
        if least < 0:
            self._negatives += int(np.count_nonzero(floats < 0.0))
        self._widen(ends)

    def _take_counted(self, counts: NDArray[np.int64]) -> None:
        """Take in the first different values, of which each occurs so often."""
        if not counts.any():
            return
        stored = np.concatenate(self._different)[: len(counts)]
        floats = stored.astype(np.float64)
        self._not_finite(floats, counts)
        known = np.isfinite(floats) & (counts > 0)
        floats, stored, counts = floats[known], stored[known], counts[known]
        if not floats.size:
            return
        self._centre = float(floats[counts.argmax()])  # no value before it: this comes first, or is all there is
        bins = np.bincount(self._lookup.bins_of(floats), weights=counts, minlength=len(self._bins))
        self._bins += bins.astype(np.int64)
        self._count += int(counts.sum())
        with np.errstate(over="ignore", invalid="ignore"):
            away = floats - self._centre
            self._sum += float((away * counts).sum())
            self._squares += float((away * away * counts).sum())
        self._zeros += int(counts[floats == 0.0].sum())
        self._negatives += int(counts[floats < 0.0].sum())
        self._widen((stored.min().item(), stored.max().item()))

    def _widen(self, ends: tuple[float, float]) -> None:
        least, most = ends
        self._least = least if self._least is None else min(self._least, least)
        self._most = most if self._most is None else max(self._most, most)

    def _look(self, floats: F64) -> None:
        self._looked_at += len(floats)
        few = floats[_has_decimals(floats, _DECIMALS - 1)]  # most measurements have more, and cost no further look
        self._decimals[_DECIMALS] += len(floats) - len(few)
        if few.size:
            self._decimals[:_DECIMALS] += decimals_of(few)
            self._at_end += zeros_at_end_of(few)

    def finish(self) -> ColumnProfile:
        """The profile of all blocks."""
        if self._sketches.tally.complete:
            self._take_counted(self._sketches.tally.counts)
            self._different = []
        mean, m2 = 0.0, 0.0
        if self._count:
            shift = self._sum / self._count
            mean, m2 = bounded(self._centre + shift), bounded(max(0.0, self._squares - self._sum * shift))
        items, distinct = self._sketches.finish()
        numbers = Numbers(
            count=self._count,
            nan=self._nan,
            plus_infinity=self._plus,
            minus_infinity=self._minus,
            zeros=self._zeros,
            negatives=self._negatives,
            least=_unsigned_zero(self._least),
            most=_unsigned_zero(self._most),
            mean=mean,
            m2=m2,
            bins=tuple(self._bins.tolist()),
            looked_at=self._looked_at,
            decimals=tuple(self._decimals.tolist()),
            zeros_at_end=tuple(self._at_end.tolist()),
        )
        return ColumnProfile(
            column=self._column, values=self._values, nulls=self._nulls, items=items, distinct=distinct, numbers=numbers
        )


def written(value: int | float) -> str:  # noqa: PYI041  (both come here, and differ)
    """A number as people write it: 1 and 1.0 are the same."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2.0**53:
        return str(int(value))
    return str(value)


def decimals_of(values: F64) -> NDArray[np.int64]:
    """How many values need 0, 1, ... 6 decimals, as the shortest text that reads back as the same float."""
    counts = np.zeros(_DECIMALS, dtype=np.int64)
    left = values
    for decimals in range(_DECIMALS - 1):
        exact = _has_decimals(left, decimals)
        counts[decimals] = np.count_nonzero(exact)
        left = left[~exact]
        if not left.size:
            return counts
    counts[_DECIMALS - 1] = len(left)
    return counts


def squares_of(values: F64) -> float:
    """The sum of squares, in pieces for which BLAS starts no threads."""
    pieces = (values[start : start + _PIECE] for start in range(0, len(values), _PIECE))
    return sum(float(np.dot(piece, piece)) for piece in pieces)


def _has_decimals(values: F64, decimals: int) -> leaves.Mask:
    """Whether so many decimals write a float exactly; 10^decimals is exact, so the division rounds correctly."""
    power = 10.0**decimals
    with np.errstate(over="ignore"):
        scaled = np.rint(values * power)
    exact: leaves.Mask = (scaled / power == values) | ~np.isfinite(scaled)
    return exact


def zeros_at_end_of(values: F64) -> NDArray[np.int64]:
    """How many whole numbers other than 0 end in 0, 1, ... 5 zeros, or in 6 and more."""
    counts = np.zeros(_ZEROS, dtype=np.int64)
    left = values[(values == np.rint(values)) & (values != 0.0)]
    for zeros in range(1, _ZEROS):
        divisible = left[_divisible(left, 10.0**zeros)]
        counts[zeros - 1] = len(left) - len(divisible)
        left = divisible
    counts[_ZEROS - 1] = len(left)
    return counts


def _divisible(values: F64, power: float) -> leaves.Mask:
    """Which whole numbers are multiples of a power of ten. Below 2^53 the quotients of multiples and all products are
    exact, so two operations say it that cost a tenth of a remainder."""
    if values.size and max(values.max(), -values.min()) >= _EXACT / 2:
        remainders: leaves.Mask = np.fmod(values, power) == 0.0
        return remainders
    exact: leaves.Mask = np.rint(values / power) * power == values
    return exact


def _unsigned_zero(value: float | None) -> float | None:
    return 0.0 if str(value) == "-0.0" else value

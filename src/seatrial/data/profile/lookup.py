"""From numbers to their bins, fast: a table of cells instead of a search for each value.

The range of the edges is cut into equal cells. The cell of a value gives the bin at which its cell begins, and one
comparison for each edge inside the fullest cell does the rest. Very skewed columns have too many edges in one cell:
there, cells are equal in the bits of the float, which is almost its logarithm; and where that does not help either,
each value is searched for. All ways give the same bins: edges[i - 1] <= value < edges[i].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile.hashing import F64
from seatrial.data.profile.limits import LAST_CODE

_CELLS: Final = 4096
_MOST_COMPARISONS: Final = 4


Bins: TypeAlias = NDArray[np.integer[Any]]


class _Cells(Protocol):
    """Which cell a value is in, never falling as values rise."""

    def of(self, values: F64) -> NDArray[np.intp]: ...


class Lookup:
    """The bins of one column."""

    def __init__(self, edges: Sequence[float]) -> None:
        self.edges: F64 = np.asarray(edges, dtype=np.float64)
        self.bins = len(self.edges) + 1
        self._type: type[np.integer[Any]] = np.uint8 if self.bins <= LAST_CODE + 1 else np.intp
        self._cells: _Cells | None = None
        self._begins: Bins = np.zeros(0, dtype=self._type)
        self._steps: tuple[F64, ...] = (self.edges,) * (_MOST_COMPARISONS + 1)
        if len(self.edges):
            self._choose_cells()

    def _choose_cells(self) -> None:
        ways: list[_Cells] = [_Even(self.edges)]
        if self.edges[0] > 0:
            ways.append(_Bits(self.edges))
        for way in ways:
            inside = np.bincount(way.of(self.edges), minlength=_CELLS)
            comparisons = int(inside.max())
            if comparisons < len(self._steps):
                # An edge may lie anywhere in its cell, so the cell begins in the bin before its first edge.
                begins = np.cumsum(inside) - inside
                ends = np.append(self.edges, np.full(comparisons, np.inf))
                self._cells, self._begins = way, begins.astype(self._type)
                self._steps = tuple(ends[begins + step] for step in range(comparisons))

    def bins_of(self, values: F64) -> Bins:
        """The bin of each finite value: as bytes, which cost an eighth, where so many bins fit."""
        if self._cells is None:
            return np.searchsorted(self.edges, values, side="right").astype(self._type)
        cells = self._cells.of(values)
        bins = self._begins.take(cells, mode="wrap")
        for step in self._steps:
            bins += values >= step.take(cells, mode="wrap")
        return bins


class _Even:
    """Cells of equal width."""

    def __init__(self, edges: F64) -> None:
        first, last = float(edges[0]), float(edges[-1])  # Python's floats overflow to infinity without a warning
        scale = (_CELLS - 1) / (last - first) if last > first else 0.0
        self._scale, self._shift = (scale, -first * scale) if math.isfinite(first * scale) else (0.0, 0.0)

    def of(self, values: F64) -> NDArray[np.intp]:
        """Cells of finite values. A value that is too large for the scaling lies in the last cell."""
        with np.errstate(over="ignore"):
            scaled = values * self._scale
        scaled += self._shift
        np.clip(scaled, 0, _CELLS - 1, out=scaled)
        return scaled.astype(np.intp)


class _Bits:
    """Cells of equal numbers of floats, for edges above zero: the bits of such floats rise with their values."""

    def __init__(self, edges: F64) -> None:
        self._first = edges[:1].view(np.int64)[0]
        span = int(edges[-1:].view(np.int64)[0]) - int(self._first)
        self._shift = np.int64(max(0, span.bit_length() - _CELLS.bit_length() + 1))

    def of(self, values: F64) -> NDArray[np.intp]:
        """Cells of finite values; negative ones have negative bits, and lie in the first cell."""
        bits = np.maximum(values.view(np.int64), self._first)
        bits -= self._first
        bits >>= self._shift
        cells: NDArray[np.intp] = np.minimum(bits, _CELLS - 1)
        return cells


def codes_of(bins: Bins) -> NDArray[np.uint8]:
    """Bins as bytes, the last code for all that have none of their own."""
    if bins.dtype == np.uint8:
        return bins.view(np.uint8)
    codes = bins.astype(np.uint8)
    if bins.size and bins.max() > LAST_CODE:
        codes[bins > LAST_CODE] = LAST_CODE
    return codes

"""A predictions table on disk, in pieces of rows: texts as codes, scores as floats, ids as they are.

Made by `reading` from a file and by `joining` from two; read by `pieces`. What lies in memory is the names of classes
and groups, and where each piece begins.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.large.spill import Span, Spill

MOST_NAMES: Final = 1 << 16
"""Different texts of one column; codes are 16 bits wide."""

PIECE_ROWS: Final = 1 << 20
"""Rows that lie in memory together, with a dozen columns and what is made of them."""


class Stored(Struct, frozen=True, kw_only=True):
    """A piece of one column: one run of bytes, or several where it was put together from parts."""

    spill: Spill
    spans: tuple[Span, ...]
    coded: bool

    def read(self) -> NDArray[np.generic]:
        """Codes or floats."""
        kind = np.dtype(np.uint16 if self.coded else np.float64)
        parts = [np.frombuffer(self.spill.read(span), dtype=kind) for span in self.spans]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Keys(Struct, frozen=True, kw_only=True):
    """The ids of one piece."""

    spill: Spill
    spans: tuple[Span, ...]

    def read(self) -> pl.Series:
        """Whole numbers, or canonical texts."""
        return pl.concat([self.spill.read_series(span) for span in self.spans])


class LargeTable(Struct, frozen=True, kw_only=True):
    """`rows` rows in pieces of `sizes`. `columns` are by our names (`label`, `score`, `group:region`), each a list of
    pieces; `names` are the texts of those that are coded, in the order of their codes. `whole` says that ids are whole
    numbers in the file, which is quicker than text; `increasing` that each is larger than the one before. `unkept` are
    columns that were checked and are not kept: only metrics over all rows read them."""

    path: str
    rows: int
    sizes: tuple[int, ...]
    columns: dict[str, tuple[Stored, ...]]
    names: dict[str, tuple[str, ...]]
    keys: tuple[Keys, ...]
    whole: bool
    increasing: bool
    spill: Spill
    unkept: tuple[str, ...] = ()

    def column(self, name: str, piece: int) -> NDArray[np.generic]:
        """One column of one piece."""
        return self.columns[name][piece].read()

    def ids(self, piece: int, *, text: bool) -> pl.Series:
        """The ids of one piece, as texts where `text` says so."""
        found = self.keys[piece].read()
        return found.cast(pl.String) if text and self.whole else found

"""What is kept of whole rows: a sample of them, and sums for rank correlations. Called by `taking`.

The sample is of the rows with the smallest digests. A row that is not smaller than the largest one kept is put
aside by one comparison, so after some blocks hardly any is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seatrial.data.policy import SAMPLE_HASHES, SAMPLE_ROWS
from seatrial.data.profile import hashing, limits
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.records import PairSums, RowSample

Codes = NDArray[np.uint8]


class Smallest:
    """The smallest of some digests, repeated ones repeated."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.kept: U64 = np.zeros(0, dtype=np.uint64)

    def candidates(self, digests: U64) -> NDArray[np.intp]:
        """The places of digests that may belong to the smallest."""
        if len(self.kept) < self._limit:
            return np.arange(len(digests))
        return np.flatnonzero(digests < self.kept[-1])

    def add(self, digests: U64) -> None:
        """Take in some candidates."""
        if digests.size:
            self.kept = np.sort(np.concatenate([self.kept, digests]))[: self._limit]


class SampleTaker:
    """The sample of rows so far. `columns` are those whose bins are kept, by their place in a block's codes.

    Rows whose digests are equal are ordered by their codes, so the sample does not depend on the order of rows.
    """

    def __init__(self, columns: Sequence[tuple[int, str]]) -> None:
        self._places = np.array([place for place, _ in columns], dtype=np.intp)
        self._names = tuple(name for _, name in columns)
        self._full, self._bare, self._coded = Smallest(SAMPLE_HASHES), Smallest(SAMPLE_HASHES), Smallest(SAMPLE_ROWS)
        self._codes: Codes = np.zeros((0, len(columns)), dtype=np.uint8)

    def add(self, full: U64, bare: U64, codes: Codes) -> None:
        """Take in a block: digests of whole rows, of rows without ids, and bins, a row for each column."""
        self._full.add(full[self._full.candidates(full)])
        self._bare.add(bare[self._bare.candidates(bare)])
        chosen = self._coded.candidates(full)
        if chosen.size:
            digests = np.concatenate([self._coded.kept, full[chosen]])
            rows = np.concatenate([self._codes, codes[self._places][:, chosen].T])
            order = first_rows(digests, rows)[:SAMPLE_ROWS]
            self._coded.kept, self._codes = digests[order], rows[order]

    def finish(self) -> RowSample:
        """The sample of all blocks."""
        return RowSample(
            hashing=hashing.stamp(),
            hashes=tuple(self._full.kept.tolist()),
            bare_hashes=tuple(self._bare.kept.tolist()),
            columns=self._names,
            codes=self._codes.tobytes(),
        )


def first_rows(digests: U64, rows: Codes) -> NDArray[np.intp]:
    """The order of rows by digest, and by their codes where digests are equal."""
    order = np.argsort(digests, kind="stable")
    ordered = digests[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort((*rows.T[::-1], digests))
    return order


class PairTaker:
    """Sums of products of scores so far. `columns`: place in a block's codes, name, and the score of each bin."""

    def __init__(self, columns: Sequence[tuple[int, str, Sequence[int]]]) -> None:
        self._places = [place for place, _, _ in columns]
        self._names = tuple(name for _, name, _ in columns)
        self._tables = [_table(scores) for _, _, scores in columns]
        self._count = 0
        self._totals = np.zeros(len(columns), dtype=np.int64)
        self._sums = np.zeros((len(columns), len(columns)), dtype=np.int64)

    def add(self, codes: Codes) -> None:
        """Take in the bins of a block, a row for each column."""
        size = codes.shape[1]
        self._count += size
        if not self._places:
            return
        for start in range(0, size, limits.GEMM_ROWS):
            part = codes[:, start : start + limits.GEMM_ROWS]
            scores = np.empty((len(self._places), part.shape[1]), dtype=np.float32)
            for row, (place, table) in enumerate(zip(self._places, self._tables, strict=True)):
                table.take(part[place], out=scores[row], mode="clip")
            self._sums += (scores @ scores.T).astype(np.int64)
            self._totals += scores.sum(axis=1).astype(np.int64)

    def finish(self) -> PairSums:
        """The sums over all blocks."""
        upper = self._sums[np.triu_indices(len(self._names))]
        return PairSums(
            columns=self._names,
            count=self._count,
            totals=tuple(self._totals.tolist()),
            sums=tuple(upper.tolist()),
        )


def _table(scores: Sequence[int]) -> NDArray[np.float32]:
    """The score of each code; bins above the last code share its score, as they share the code."""
    table = np.zeros(256, dtype=np.float32)
    known = np.asarray(scores[: limits.LAST_CODE + 1], dtype=np.float32)
    table[: len(known)] = known
    return table

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
from seatrial.data.profile.different_rows import DifferentRows
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.records import PairSums, RowSample

Codes = NDArray[np.uint8]
_ONE_THREAD = 1 << 18
"""Multiplications that OpenBLAS does in the thread that asks. Its threads wait for each other by spinning, which on a
machine that has other work to do was measured to cost twenty times the product itself."""


class Smallest:
    """The smallest of some digests, repeated ones repeated."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.kept: U64 = np.zeros(0, dtype=np.uint64)

    def candidates(self, digests: U64) -> NDArray[np.intp]:
        """The places of digests that may belong to the smallest."""
        if len(self.kept) == self._limit:
            return np.flatnonzero(digests <= self.kept[-1])
        if len(digests) <= self._limit:
            return np.arange(len(digests))
        return np.flatnonzero(digests <= np.partition(digests, self._limit)[self._limit])

    def add(self, digests: U64) -> None:
        """Take in some candidates."""
        if digests.size:
            self.kept = np.sort(np.concatenate([self.kept, digests]))[: self._limit]


class SampleTaker:
    """The sample of rows so far. `columns` are those whose bins are kept, by their place in a block's codes."""

    def __init__(self, columns: Sequence[tuple[int, str]]) -> None:
        self._places = np.array([place for place, _ in columns], dtype=np.intp)
        self._names = tuple(name for _, name in columns)
        self._full, self._bare = Smallest(SAMPLE_HASHES), Smallest(SAMPLE_HASHES)
        self._coded = DifferentRows(len(columns))

    def add(self, full: U64, bare: U64, codes: Codes) -> None:
        """Take in a block: digests of whole rows, of rows without ids, and bins, a row for each column."""
        self._full.add(full[self._full.candidates(full)])
        self._bare.add(bare[self._bare.candidates(bare)])
        chosen = self._coded.candidates(full)
        if chosen.size:
            different, first, counts = np.unique(full[chosen], return_index=True, return_counts=True)
            places = chosen[first[:SAMPLE_ROWS]]
            self._coded.add(different[:SAMPLE_ROWS], counts[:SAMPLE_ROWS], codes[np.ix_(self._places, places)].T)

    def finish(self) -> RowSample:
        """The sample of all blocks."""
        return RowSample(
            hashing=hashing.stamp(),
            hashes=tuple(self._full.kept.tolist()),
            bare_hashes=tuple(self._bare.kept.tolist()),
            columns=self._names,
            codes=self._coded.codes.tobytes(),
            digests=tuple(self._coded.digests.tolist()),
            counts=tuple(self._coded.counts.tolist()),
        )


class PairTaker:
    """Sums of products of scores so far. `columns`: place in a block's codes, name, and the score of each bin."""

    def __init__(self, columns: Sequence[tuple[int, str, Sequence[int]]]) -> None:
        self._places = [place for place, _, _ in columns]
        self._names = tuple(name for _, name, _ in columns)
        self._tables = [_table(scores) for _, _, scores in columns]
        self._count = 0
        width = len(columns) + 1  # the last row of scores is all ones, so that its products are the totals
        self._sums = np.zeros((width, width), dtype=np.int64)
        self._at_once = min(1024, _ONE_THREAD // width**2)
        self._pieces = limits.GEMM_ROWS // self._at_once

    def add(self, codes: Codes) -> None:
        """Take in the bins of a block, a row for each column."""
        size = codes.shape[1]
        self._count += size
        if not self._places:
            return
        scores = np.ones((len(self._places) + 1, size), dtype=np.float32)
        for row, (place, table) in enumerate(zip(self._places, self._tables, strict=True)):
            scores[row] = table.take(codes[place].astype(np.intp), mode="wrap")
        whole = size // self._at_once * self._at_once
        pieces = scores[:, :whole].reshape(len(scores), -1, self._at_once).transpose(1, 0, 2)
        for start in range(0, len(pieces), self._pieces):
            some = pieces[start : start + self._pieces]
            products = np.matmul(some, some.transpose(0, 2, 1))
            self._sums += products.sum(axis=0).astype(np.int64)
        rest = scores[:, whole:]
        self._sums += (rest @ rest.T).astype(np.int64)

    def finish(self) -> PairSums:
        """The sums over all blocks."""
        width = len(self._names)
        upper = self._sums[:width, :width][np.triu_indices(width)]
        return PairSums(
            columns=self._names,
            count=self._count,
            totals=tuple(self._sums[:width, width].tolist()),
            sums=tuple(upper.tolist()),
        )


def _table(scores: Sequence[int]) -> NDArray[np.float32]:
    """The score of each code; bins above the last code share its score, as they share the code."""
    table = np.zeros(256, dtype=np.float32)
    known = np.asarray(scores[: limits.LAST_CODE + 1], dtype=np.float32)
    table[: len(known)] = known
    return table

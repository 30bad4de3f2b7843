"""A key for each text that small changes mostly leave as it is, and a sample of these keys. Called by `texts`.

A text's key is made of the smallest hashes, under a few hash functions, of its pairs of successive words (Broder 1997,
Proc. SEQUENCES, 21: two texts agree in one with a probability that is the share of pairs they have in common, s). So
two texts have the same key with probability s^3: 1 if they differ in case, blanks and punctuation only, about 0.4 for
one changed word in twelve, 1e-6 for a hundredth in common. Texts of many words have a key of five hashes, for
long unlike texts have more in common.

The sample keeps the smallest keys, as `RowSample` does digests of rows: near-equal texts of two datasets meet in it
whoever takes it, and samples can be added.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.data.profile import hashing
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.records import NearKeys
from seatrial.data.profile.rows import Smallest
from seatrial.data.profile.words import Words, words

_MANY_WORDS: Final = 64
_FEW, _MANY = 3, 5
_FUNCTIONS: Final = tuple(int(hashing.multiplier(f"near/{place}")) for place in range(_MANY))
_PAIR: Final = hashing.multiplier("near/pair")
_CUT: Final = np.uint64(24)
"""Keys have 40 bits, which keeps files small: one of a million other texts has a given key with probability 1e-6."""


class NearSample:
    """The smallest keys so far, repeated ones repeated, and how many keys there were."""

    def __init__(self, limit: int) -> None:
        self._smallest, self._count = Smallest(limit), 0

    def add(self, keys: U64) -> None:
        """Take in the keys of some values."""
        self._count += len(keys)
        self._smallest.add(keys[self._smallest.candidates(keys)])

    def finish(self) -> NearKeys:
        """The sample of all values."""
        return NearKeys(count=self._count, keys=tuple(self._smallest.kept.tolist()))


def text_keys(texts: pl.Series) -> U64:
    """The keys of texts (no nulls), without those that have no word."""
    parts = [_keys(some) for some in words(texts)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)


def _keys(some: Words) -> U64:
    counts = some.counts[some.counts > 0]
    if not counts.size:
        return np.zeros(0, dtype=np.uint64)
    starts = np.cumsum(counts) - counts
    pairs = some.hashes * _PAIR
    pairs[:-1] += some.hashes[1:]
    last = starts + counts - 1
    pairs[last] = some.hashes[last] * _PAIR  # the last word is followed by the end
    pairs = hashing.finished(pairs)
    keys = np.zeros(len(counts), dtype=np.uint64)
    for function in _FUNCTIONS[:_FEW]:
        _add_least(keys, pairs, starts, function)
    is_long = counts >= _MANY_WORDS
    if is_long.any():
        longer = keys.copy()
        for function in _FUNCTIONS[_FEW:]:
            _add_least(longer, pairs, starts, function)
        keys = np.where(is_long, longer, keys)
    return cut(keys)


def _add_least(keys: U64, pairs: U64, starts: NDArray[np.intp], function: int) -> None:
    """Add to each key the smallest hash of its pairs under one more function."""
    keys += np.minimum.reduceat(pairs * np.uint64(function), starts)
    keys *= np.uint64(function)


def cut(sums: U64) -> U64:
    """Keys of 40 bits from sums of hashes."""
    return hashing.finished(sums) >> _CUT

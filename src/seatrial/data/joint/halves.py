"""Which half of the sampled rows a row belongs to, for whatever learns from one half and judges on the other.

By digest and a seed. A row that occurs several times is split at random, each copy by a bit of its own: were all
copies on one side, a table of few different rows would be judged on rows unlike those it has learned from; were they
shared out evenly, both halves would carry the same noise, and noise would look learned. The mixing is the finaliser of
SplitMix64 (Steele, Lea and Flood 2014, OOPSLA).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_WORD = 64


def halves(digests: NDArray[np.uint64], counts: NDArray[np.int64], seed: int) -> Floats:
    """For either half, how many copies of each row are in it."""
    if len(digests) == 0:
        return np.zeros((2, 0))
    words = (counts + _WORD - 1) // _WORD
    start = np.cumsum(words) - words
    row = np.repeat(np.arange(len(digests)), words)
    turn = np.arange(len(row)) - start[row]
    bits = _mixed(digests[row] + _STEP * (turn.astype(np.uint64) + np.uint64(1)), seed)
    copies = np.minimum(counts[row] - turn * _WORD, _WORD).astype(np.uint64)
    kept = np.bitwise_count(bits >> (np.uint64(_WORD) - copies)).astype(np.int64)
    second = np.add.reduceat(kept, start)
    return np.stack([counts - second, second]).astype(np.float64)


def _mixed(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = values ^ (np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64) * _FIRST)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    mixed ^= mixed >> np.uint64(31)
    return mixed

"""Which half of the sampled rows a row belongs to, for whatever learns from one half and judges on the other.

By digest, so that equal rows fall into the same half, and by a seed. The mixing is the finaliser of SplitMix64 (Steele,
Lea and Flood 2014, OOPSLA): the smallest digests, which a sample consists of, are alike in their leading bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def halves(digests: NDArray[np.uint64], seed: int) -> NDArray[np.int64]:
    """0 or 1 for each row."""
    with np.errstate(over="ignore"):
        mixed = digests + _STEP * np.uint64((seed & 0xFFFFFFFF) + 1)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(63)).astype(np.int64)

"""A key for each vector that rounding, scaling and another storage type mostly leave as it is. Called by `opaque`.

The vector is divided by its norm, and some of its coordinates, evenly spread, are rounded to thousandths. Two
vectors that agree in all of them are the same one as far as a distance can tell. Noise moves a coordinate over the
edge of its step at times, so few coordinates are taken: of vectors of 384 numbers that were stored in half precision
two in three keep their key.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile import hashing
from seatrial.data.profile.hashing import U64
from seatrial.data.profile.near_texts import cut

_COORDINATES: Final = 16
_STEPS: Final = 1_000.0
"""Of a coordinate of a vector as long as 1."""


def vector_keys(matrix: NDArray[np.float64], norms: NDArray[np.float64]) -> U64:
    """The keys of vectors (rows), without those that are all zero or not finite."""
    usable = np.isfinite(norms) & (norms > 0.0)
    width = matrix.shape[1]
    places = dict.fromkeys(np.linspace(0, width - 1, _COORDINATES).astype(int).tolist() if width else [])
    sums = np.zeros(int(np.count_nonzero(usable)), dtype=np.uint64)
    for place in places:
        rounded = np.rint(matrix[usable, place] / norms[usable] * _STEPS)
        sums += hashing.floats(rounded, hashing.multiplier(f"near/vector/{place}"), finite=True)
    return cut(sums)

"""Vectors (embeddings) by their norms and by projections on fixed directions of signs; called by `taking`.

Directions are +1 or -1 in each dimension, from a digest of the width, so that they are the same everywhere
(Achlioptas 2003, J. Comput. Syst. Sci. 66:671: signs preserve distances as well as normal directions do).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seatrial import digest
from seatrial.data.profile.limits import PROJECTIONS

_STEPS = 1000.0


@lru_cache(maxsize=16)
def directions(width: int) -> NDArray[np.float64]:
    """Signs, a row for each projection, scaled so that a projection is as long as a coordinate is on average."""
    needed = width * PROJECTIONS
    raw = b"".join(digest.raw(f"seatrial/direction/{width}/{part}".encode()) for part in range(needed // 256 + 1))
    bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8))[:needed].reshape(PROJECTIONS, width)
    signs: NDArray[np.float64] = (bits * 2.0 - 1.0) / np.sqrt(max(width, 1))
    return signs


def lengths(norms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Norms on a grid of a thousandth of themselves, which is what is binned. Vectors that are all of length one
    differ by rounding alone, and bins between such norms would tell apart who rounded them last."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        steps = np.round(np.log(norms) * _STEPS)
        found: NDArray[np.float64] = np.where(norms > 0, np.exp(steps / _STEPS), norms)
    return found


def measured(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The norm of each row, and its projections, a row for each direction.

    einsum adds in one fixed order: a bin must not depend on how many rows came at once. BLAS would also start threads.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
        projected = np.stack([np.einsum("ij,j->i", matrix, way) for way in directions(matrix.shape[1])])
    return norms, projected

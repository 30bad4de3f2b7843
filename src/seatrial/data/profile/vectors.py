"""Vectors (embeddings) by their norms and by projections on fixed directions of signs, and on two of their own; called
by `taking`.

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
_ROWS = 1_024
_TURNS = 20
_DIGITS = 4
_OWN = 2


@lru_cache(maxsize=16)
def directions(width: int) -> NDArray[np.float64]:
    """Signs, a row for each projection, scaled so that a projection is as long as a coordinate is on average."""
    needed = width * PROJECTIONS
    raw = b"".join(digest.raw(f"seatrial/direction/{width}/{part}".encode()) for part in range(needed // 256 + 1))
    bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8))[:needed].reshape(PROJECTIONS, width)
    signs: NDArray[np.float64] = (bits * 2.0 - 1.0) / np.sqrt(max(width, 1))
    return signs


def own_directions(matrix: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """The mean of some vectors, and the direction in which they differ most, both of length one; none of vectors that
    have none. In the first, vectors of another model lie elsewhere; by the second, those of other rows are recognised.

    The second is found by power iteration, which need not converge: any direction of much variance does. Digits are cut
    so that another order of summation makes no other bins.
    """
    known = matrix[np.isfinite(matrix).all(axis=1)]
    some = known[:: max(1, len(known) // _ROWS)][:_ROWS]
    largest = float(np.abs(some).max(initial=0.0))
    if len(some) < 2 or largest == 0.0:
        return ()
    some = some / largest  # no square of which is beyond all floats
    mean = some.mean(axis=0)
    away = some - mean
    widest = away[int(np.argmax(np.einsum("ij,ij->i", away, away)))]
    for _ in range(_TURNS):
        size = float(np.sqrt(np.einsum("i,i->", widest, widest)))
        if not 0.0 < size < np.inf:
            return ()
        widest = np.einsum("ij,i->j", away, np.einsum("ij,j->i", away, widest / size))
    found = [own for own in (_of_length_one(mean), _of_length_one(widest)) if own is not None]
    return tuple(tuple(own.tolist()) for own in found) if len(found) == _OWN else ()


def _of_length_one(vector: NDArray[np.float64]) -> NDArray[np.float64] | None:
    size = float(np.sqrt(np.einsum("i,i->", vector, vector)))
    if not 0.0 < size < np.inf:
        return None
    turned = vector / size * (1.0 if vector[int(np.argmax(np.abs(vector)))] > 0 else -1.0)
    return np.asarray(np.round(turned, _DIGITS) + 0.0)


def lengths(norms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Norms on a grid of a thousandth of themselves, which is what is binned. Vectors that are all of length one
    differ by rounding alone, and bins between such norms would tell apart who rounded them last."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        steps = np.round(np.log(norms) * _STEPS)
        found: NDArray[np.float64] = np.where(norms > 0, np.exp(steps / _STEPS), norms)
    return found


def measured(
    matrix: NDArray[np.float64], own: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The norm of each row, and its projections, a row for each direction; `own` come last.

    einsum adds in one fixed order: a bin must not depend on how many rows came at once. BLAS would also start threads.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
        ways = directions(matrix.shape[1])
        if own is not None and own.size:  # vectors of another width have no such direction; the schema tells them
            fits = own.shape[1] == matrix.shape[1]
            ways = np.concatenate([ways, own if fits else np.zeros((len(own), matrix.shape[1]))])
        projected = np.stack([np.einsum("ij,j->i", matrix, way) for way in ways])
    return norms, projected

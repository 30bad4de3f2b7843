"""Bins that hold too little are joined before whole distributions are compared.

The chi-square law of a distance wants about five rows expected in every bin on both sides (Cochran 1954, Biometrics
10:417). The choice looks only at the sum of both sides, which without a difference says nothing about either,
so it does not favour one outcome.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EXPECTED = 5.0
"""Rows expected on the smaller side in every pooled bin."""

_Array = NDArray[np.float64]


def pooled_in_order(reference: _Array, current: _Array, *, bins: int) -> tuple[_Array, _Array]:
    """Neighbours joined into at most `bins` bins of about equal mass; a bin that is heavy alone stays alone."""
    both = reference + current
    total = float(both.sum())
    smaller = min(float(reference.sum()), float(current.sum())) / total
    least = max(total / bins * 0.75, EXPECTED / smaller) if smaller > 0 else total
    starts, held = [0], 0.0
    for index, mass in enumerate(both.tolist()):
        if held >= least or (held > 0 and mass >= least):
            starts.append(index)
            held = 0.0
        held += mass
    left = float(both[starts[-1] :].sum())
    if len(starts) > 1 and left < EXPECTED / smaller:
        starts.pop()
    return _sums(reference, starts), _sums(current, starts)


def _sums(counts: _Array, starts: list[int]) -> _Array:
    return np.asarray(np.add.reduceat(counts, starts), dtype=np.float64)


def pooled_by_mass(reference: _Array, current: _Array) -> tuple[_Array, _Array]:
    """Rare categories joined into one, the last."""
    both = reference + current
    total = float(both.sum())
    smaller = min(float(reference.sum()), float(current.sum())) / total
    common = both * smaller >= EXPECTED
    rest = float(reference[~common].sum()), float(current[~common].sum())
    earlier, later = reference[common], current[common]
    if sum(rest) > 0:
        earlier, later = np.append(earlier, rest[0]), np.append(later, rest[1])
    if sum(rest) * smaller < EXPECTED and sum(rest) > 0 and earlier.size > 2:
        smallest = int(np.argmin((earlier + later)[:-1]))
        earlier[smallest] += earlier[-1]
        later[smallest] += later[-1]
        earlier, later = earlier[:-1], later[:-1]
    return earlier, later

"""The different values of an array, in order. Called wherever a profile is made.

`np.unique` alone does the same, and more: since numpy 2.3 it goes through a hash table, which for some thousand
integers costs ten times a sort, and it loads numpy's masked arrays, ten milliseconds of a start.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Scalar = TypeVar("_Scalar", np.uint64, np.float64)


def unique(values: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """Each value once, ascending; there is to be no NaN, which would be itself never."""
    ordered = np.sort(values)
    fresh = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return ordered[fresh]

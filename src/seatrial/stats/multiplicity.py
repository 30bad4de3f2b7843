"""Many tests at once: p values adjusted so that each may be held against the level of the whole family.

Gates use Holm's for "which slice is worse": it needs no assumption about how slices depend on each other. Hochberg's
rejects at least as much and is valid under independence or positive dependence. Benjamini and Hochberg's bounds the
share of false discoveries instead, for reports and for the data check, which has hundreds of claims.

What is subtle: a p value that is not a number is a test that could not be made. It counts as 1 for the others (the
family does not get smaller because a test failed) and stays what it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_ROUNDING = 1e-9  # twice a tail may exceed 1 by so much


def holm(p_values: Sequence[float]) -> list[float]:
    """Step-down adjusted p values, in the given order. Holm (1979), Scand. J. Stat. 6:65."""
    known, order = _ascending(p_values)
    result, largest = list(known), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, known[index] * (len(known) - place)))
        result[index] = largest
    return _nan_kept(p_values, result)


def hochberg(p_values: Sequence[float]) -> list[float]:
    """Step-up adjusted p values, in the given order. Hochberg (1988), Biometrika 75:800."""
    known, order = _ascending(p_values)
    result, smallest = list(known), 1.0
    for place in range(len(known) - 1, -1, -1):
        smallest = min(smallest, known[order[place]] * (len(known) - place))
        result[order[place]] = smallest
    return _nan_kept(p_values, result)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Step-up adjusted p values for the false discovery rate, in the given order.

    Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57:289.
    """
    known, order = _ascending(p_values)
    result, smallest = list(known), 1.0
    for place in range(len(known), 0, -1):
        index = order[place - 1]
        smallest = min(smallest, known[index] * len(known) / place)
        result[index] = smallest
    return _nan_kept(p_values, result)


def rejected(adjusted: Sequence[float], *, alpha: float) -> list[bool]:
    """Which hypotheses fall at level `alpha` of the family; none whose p value is not a number."""
    return [p <= alpha for p in adjusted]


def _ascending(p_values: Sequence[float]) -> tuple[list[float], list[int]]:
    for p in p_values:
        if not (math.isnan(p) or 0.0 <= p <= 1.0 + _ROUNDING):
            raise ValueError(f"{p} is no p value")
    known = [1.0 if math.isnan(p) else min(p, 1.0) for p in p_values]
    return known, sorted(range(len(known)), key=known.__getitem__)


def _nan_kept(p_values: Sequence[float], result: list[float]) -> list[float]:
    return [math.nan if math.isnan(p) else value for p, value in zip(p_values, result, strict=True)]

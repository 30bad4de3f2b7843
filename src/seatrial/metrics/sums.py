"""Sums by group: the one array operation that every metric needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.evidence.sample import Real


def sum_by(group: NDArray[np.integer], groups: int, values: Real | None = None) -> Real:
    """The sum of `values` in each group, by group number; without values, how many entries each has."""
    return np.bincount(group, weights=values, minlength=groups).astype(np.float64, copy=False)


def mean_by(group: NDArray[np.integer] | None, rows: Real, values: Real) -> Real:
    """The mean of `values` in each group; `rows` are how many each has. Without groups, that of all."""
    return np.array([values.mean()]) if group is None else sum_by(group, len(rows), values) / rows

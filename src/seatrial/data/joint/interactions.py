"""Which pairs of columns a learner should look at together.

A tree takes one column at a time, so it finds that two columns no longer belong together only by luck when neither has
changed by itself. Here all pairs are counted at once in a coarse grid, for both datasets, and the pairs whose grids
differ most beyond what their columns differ by themselves become columns of their own: the idea of FAST (Lou, Caruana,
Gehrke and Hooker 2013, KDD), with two samples instead of residuals.

The counts are products of one-hot matrices in float32. They are whole numbers below 2^24, so the result is exact in
whatever order a machine adds them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.joint.boosting import LEVELS, Codes

GRID = 4
"""Cells per column; GRID * GRID is at most `boosting.LEVELS`."""
PAIRS = 8

Floats = NDArray[np.float64]


def coarse(codes: Codes) -> Codes:
    """Each column in `GRID` codes of about equal share, by all rows."""
    result = np.empty_like(codes)
    for place in range(codes.shape[1]):
        counts = np.bincount(codes[:, place], minlength=LEVELS)
        middle = (np.cumsum(counts) - counts / 2) / max(len(codes), 1)
        result[:, place] = np.minimum((middle * GRID).astype(np.int64), GRID - 1)[codes[:, place]]
    return result


def together(grid: Codes, pairs: list[tuple[int, int]]) -> Codes:
    """For each pair a column of joint codes."""
    if not pairs:
        return np.zeros((len(grid), 0), dtype=np.uint8)
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    return (grid[:, first] * GRID + grid[:, second]).astype(np.uint8)


def strongest(grid: Codes, is_current: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The pairs whose joint counts differ most, beyond those of their columns."""
    columns = grid.shape[1]
    hot = (grid[:, :, None] == np.arange(GRID, dtype=np.uint8)).reshape(len(grid), -1).astype(np.float32)
    new, old = _counted(hot[is_current], columns), _counted(hot[~is_current], columns)
    n, m = float(is_current.sum()), float((~is_current).sum())
    joint = _distance(new, old, n, m).sum(axis=(2, 3))
    every = np.arange(columns)
    alone = _distance(np.einsum("iaa->ia", new[every, every]), np.einsum("iaa->ia", old[every, every]), n, m).sum(
        axis=1
    )
    first, second = np.triu_indices(columns, 1)
    gain = joint[first, second] - alone[first] - alone[second]
    order = np.argsort(-gain, kind="stable")[:PAIRS]
    return [(int(first[at]), int(second[at])) for at in order]


def _counted(hot: NDArray[np.float32], columns: int) -> Floats:
    product = hot.T @ hot
    return product.reshape(columns, GRID, columns, GRID).transpose(0, 2, 1, 3).astype(np.float64)


def _distance(new: Floats, old: Floats, n: float, m: float) -> Floats:
    """The terms of the chi-square statistic of two samples."""
    total = new + old
    return np.asarray(n * m * (new / n - old / m) ** 2 / np.maximum(total, 1.0), dtype=np.float64)

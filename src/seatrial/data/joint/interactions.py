"""Which pairs of columns a learner should look at together.

A tree takes one column at a time, so it finds that two columns no longer belong together only by luck when neither has
changed by itself. Here all pairs are counted at once in a coarse grid, for both datasets, and the pairs whose grids
differ most beyond what their columns differ by themselves become columns of their own: the idea of FAST (Lou, Caruana,
Gehrke and Hooker 2013, KDD), with two samples instead of residuals.

Cells are sets of rows, written as bits; two occur together as often as the bits of both are set. That is exact, and as
fast as a product of matrices, which would start threads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.joint.boosting import LEVELS, Codes

GRID = 4
"""Cells per column; GRID * GRID is at most `boosting.LEVELS`."""
PAIRS = 8  # that become columns of their own

Floats = NDArray[np.float64]


def coarse(codes: Codes, copies: NDArray[np.int64]) -> Codes:
    """Each column in `GRID` codes of about equal share, by all rows."""
    result = np.empty_like(codes)
    for place in range(codes.shape[1]):
        counts = np.bincount(codes[:, place], copies, minlength=LEVELS)
        middle = (np.cumsum(counts) - counts / 2) / max(float(counts.sum()), 1.0)
        result[:, place] = np.minimum((middle * GRID).astype(np.int64), GRID - 1)[codes[:, place]]
    return result


def together(grid: Codes, pairs: list[tuple[int, int]]) -> Codes:
    """For each pair a column of joint codes."""
    if not pairs:
        return np.zeros((len(grid), 0), dtype=np.uint8)
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    return (grid[:, first] * GRID + grid[:, second]).astype(np.uint8)


def strongest(grid: Codes, counts: Floats, is_current: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The pairs whose joint counts differ most, beyond those of their columns."""
    columns = grid.shape[1]
    new, old = (_counted(grid[side], counts[side]) for side in (is_current, ~is_current))
    n, m = float(counts[is_current].sum()), float(counts[~is_current].sum())
    joint = _distance(new, old, n, m).sum(axis=(2, 3))
    every = np.arange(columns)
    alone = _distance(np.einsum("iaa->ia", new[every, every]), np.einsum("iaa->ia", old[every, every]), n, m).sum(
        axis=1
    )
    first, second = np.triu_indices(columns, 1)
    gain = joint[first, second] - alone[first] - alone[second]
    order = np.argsort(-gain, kind="stable")[:PAIRS]
    return [(int(first[at]), int(second[at])) for at in order]


def _counted(grid: Codes, counts: Floats) -> Floats:
    """How often each two cells occur together: (columns, columns, GRID, GRID)."""
    rows, columns = grid.shape
    hot = _bits((grid.T[:, None, :] == np.arange(GRID, dtype=np.uint8)[None, :, None]).reshape(-1, rows))
    copies = counts.astype(np.int64)
    total = np.zeros((len(hot), len(hot)), dtype=np.int64)
    for power in range(int(copies.max(initial=0)).bit_length()):
        some = hot & _bits(((copies >> power) & 1).astype(np.bool_)[None, :])
        for cell, words in enumerate(some):
            total[cell, cell:] += np.bitwise_count(hot[cell:] & words).sum(axis=1, dtype=np.int64) << power
    total += np.triu(total, 1).T
    return total.reshape(columns, GRID, columns, GRID).transpose(0, 2, 1, 3).astype(np.float64)


def _bits(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Each row of flags as words of 64 bits."""
    padded = np.zeros((len(flags), -(-flags.shape[1] // 64) * 64), dtype=np.bool_)
    padded[:, : flags.shape[1]] = flags
    return np.packbits(padded, axis=1).view(np.uint64)


def _distance(new: Floats, old: Floats, n: float, m: float) -> Floats:
    """The terms of the chi-square statistic of two samples."""
    total = new + old
    return np.asarray(n * m * (new / n - old / m) ** 2 / np.maximum(total, 1.0), dtype=np.float64)

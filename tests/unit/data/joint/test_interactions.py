"""Which pairs of columns are looked at together."""

from __future__ import annotations

import numpy as np

from seatrial.data.joint import interactions


def test_counts_of_cells_are_those_of_counting_one_by_one() -> None:
    rng = np.random.default_rng(0)
    grid = rng.integers(0, interactions.GRID, (150, 3)).astype(np.uint8)
    copies = rng.integers(1, 40, 150).astype(np.float64)

    counted = interactions._counted(grid, copies)

    for first in range(3):
        for second in range(3):
            for a in range(interactions.GRID):
                for b in range(interactions.GRID):
                    expected = copies[(grid[:, first] == a) & (grid[:, second] == b)].sum()
                    assert counted[first, second, a, b] == expected


def test_the_pair_that_came_apart_is_first_though_no_column_changed() -> None:
    rng = np.random.default_rng(1)
    grid = rng.integers(0, 4, (2000, 12)).astype(np.uint8)
    is_current = np.arange(2000) >= 1000
    grid[~is_current, 7] = grid[~is_current, 2]

    assert interactions.strongest(grid, np.ones(2000), is_current)[0] == (2, 7)


def test_a_column_that_shifted_alone_makes_no_interaction() -> None:
    """Against all others it differs, but not more than by itself."""
    rng = np.random.default_rng(2)
    grid = rng.integers(0, 4, (4000, 10)).astype(np.uint8)
    is_current = np.arange(4000) >= 2000
    grid[is_current, 5] = 3
    pairs = ~is_current & (rng.random(4000) < 0.3)
    grid[pairs, 1] = grid[pairs, 8]

    assert interactions.strongest(grid, np.ones(4000), is_current)[0] == (1, 8)


def test_joint_codes_tell_all_cells_apart() -> None:
    grid = np.array([[a, b] for a in range(4) for b in range(4)], dtype=np.uint8)

    codes = interactions.together(grid, [(0, 1)])

    assert sorted(codes[:, 0].tolist()) == list(range(16))


def test_coarse_cells_are_of_about_equal_share() -> None:
    codes = np.random.default_rng(3).integers(0, 16, (4000, 1)).astype(np.uint8)

    cells = np.bincount(interactions.coarse(codes, np.ones(4000, dtype=np.int64))[:, 0])

    assert cells.min() > 800

"""How sampled rows are divided into what is learned from and what is judged on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.joint.halves import halves


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(1, 500)), max_size=30), st.integers(0, 2**64 - 1))
def test_each_copy_is_in_one_half(rows: list[tuple[int, int]], seed: int) -> None:
    digests = np.array([digest for digest, _ in rows], dtype=np.uint64)
    counts = np.array([count for _, count in rows], dtype=np.int64)

    parts = halves(digests, counts, seed)

    assert parts.sum(axis=0).tolist() == counts.tolist()
    assert (parts >= 0).all()


def test_the_halves_are_about_equal_and_unlike_those_of_another_seed() -> None:
    digests = np.arange(4000, dtype=np.uint64)  # small and alike, as the smallest digests are
    ones = np.ones(4000, dtype=np.int64)

    first, second = halves(digests, ones, 1)[0], halves(digests, ones, 2)[0]

    assert 1850 < first.sum() < 2150
    assert 1850 < np.abs(first - second).sum() < 2150


def test_copies_are_shared_out_by_chance_and_not_evenly() -> None:
    """As a binomial: with 100 copies the standard deviation is 5."""
    parts = halves(np.arange(3000, dtype=np.uint64), np.full(3000, 100), 7)

    assert abs(parts[0].mean() - 50) < 0.5
    assert 4.6 < parts[0].std() < 5.4

"""Power sums over pieces give the moments of any weighted sum, wherever the values lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.metrics.counting import Tally
from seatrial.metrics.figures import unit_sums
from seatrial.metrics.large.power_sums import PowerSums


@given(
    numbers=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    cuts=st.lists(st.integers(1, 399), max_size=5, unique=True).map(sorted),
    far=st.sampled_from([0.0, 1.0, 1e4]),
)
def test_moments_of_a_weighted_sum(numbers: int, seed: int, cuts: list[int], far: float) -> None:
    """However rows are cut into pieces, and however far from 0 they lie, in every group."""
    draw = np.random.default_rng(seed)
    values = far + draw.standard_exponential((numbers, 400))
    group = draw.integers(0, 3, 400).astype(np.int32)
    weights = [draw.normal(size=3) for _ in range(numbers)]
    sums = PowerSums(numbers, 3)
    for begin, end in zip([0, *cuts], [*cuts, 400], strict=True):
        sums.add([each[begin:end] for each in values], group[begin:end])
    constant = -sum(weight * sums.mean(at) for at, weight in enumerate(weights))

    found = sums.unit_sums(weights, np.asarray(constant))

    means = np.array([[each[group == at].mean() for at in range(3)] for each in values])
    added = sum(weight[group] * (each - mean[group]) for weight, each, mean in zip(weights, values, means, strict=True))
    expected = unit_sums(np.asarray(added), group.astype(np.int64), 3)
    for at in range(3):
        one, other = (each.moments(at, float((group == at).sum()), 0.5) for each in (found, expected))
        assert one is not None
        assert other is not None
        assert one.squares == pytest.approx(other.squares, rel=1e-9)
        assert one.fourths == pytest.approx(other.fourths, rel=1e-9)
        assert one.cubes == pytest.approx(other.cubes, rel=1e-9, abs=1e-9 * other.squares**1.5)


def test_a_group_that_comes_late_has_its_own_centre() -> None:
    """Values a million deviations away from those of the first piece keep their digits."""
    draw = np.random.default_rng(5)
    late = 1e6 + draw.normal(size=1_000)
    sums = PowerSums(1, 2)
    sums.add([draw.normal(size=500)], np.zeros(500, dtype=np.int32))
    sums.add([late], np.ones(1_000, dtype=np.int32))

    found = sums.unit_sums([np.ones(2)], -sums.mean(0)).moments(1, 1_000.0, 0.0)

    assert found is not None
    assert found.squares == pytest.approx(1_000 * late.var(), rel=1e-9)
    assert found.fourths == pytest.approx(((late - late.mean()) ** 4).sum(), rel=1e-9)


def test_a_small_difference_of_large_numbers_is_not_lost() -> None:
    """Candidate and difference are summed: models that differ by a millionth have its spread to nine digits."""
    draw = np.random.default_rng(6)
    ours, apart = draw.standard_exponential(5_000), 1e-6 * draw.normal(size=5_000)
    sums = PowerSums(2, 1)
    for begin in range(0, 5_000, 700):
        sums.add([ours[begin : begin + 700], apart[begin : begin + 700]], None)
    one = np.ones(1)

    found = sums.unit_sums([0 * one, one], -sums.mean(1)).moments(0, 5_000.0, 0.0)

    assert found is not None
    assert found.squares == pytest.approx(5_000 * apart.var(), rel=1e-9)


def test_tallies_of_pieces_add_up() -> None:
    """Codes that only one of them has are kept."""
    one = Tally(found=np.array([1, 4, 9]), count=np.array([2, 1, 1]))
    other = Tally(found=np.array([0, 4]), count=np.array([5, 7]))

    both = one.plus(other)

    assert (both.found.tolist(), both.count.tolist()) == ([0, 1, 4, 9], [5, 2, 8, 1])

"""The chance that groups which are alike are shown to be so, against drawn samples and the studentised range."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.stats import studentized_range
from seatrial.stats.alike import Bounded, chance_alike
from seatrial.stats.normal import cdf, upper_quantile

_Z = upper_quantile(0.05)
_DRAWN = np.random.default_rng(8).lognormal(0, 1, 300)
_SHAPES = {
    "two": [1.0, 1.0],
    "two unequal": [1.0, 0.3],
    "six": [1.0] * 6,
    "six unequal": [1.0, 0.8, 0.6, 0.4, 0.3, 0.1],
    "twenty": [1.0] * 20,
    "twenty unequal": [1 / math.sqrt(at) for at in range(1, 21)],
    "one small": [1.0] + [0.2] * 19,
    "two small": [1.0, 1.0] + [0.1] * 18,
    "sixty of any size": list(1 / np.sqrt(_DRAWN[:60])),
}


def _groups(errors: list[float], up: float = 1.0, down: float = 1.0) -> list[Bounded]:
    return [Bounded(error=error, up=_Z * error * up, down=_Z * error * down) for error in errors]


def _limit(groups: list[Bounded], chance: float) -> float:
    low, high = 0.0, 60.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if chance_alike(groups, middle) >= chance else (middle, high)
    return high


@pytest.mark.parametrize("name", _SHAPES)
@pytest.mark.parametrize(("up", "down"), [(1.0, 1.0), (0.5, 1.5)])
@pytest.mark.parametrize("chance", [0.5, 0.8])
def test_the_chance_is_that_of_drawn_samples(name: str, up: float, down: float, chance: float) -> None:
    """Twenty thousand samples of normal means, every pair held against its own bound: within a hundredth and a half."""
    groups = _groups(_SHAPES[name], up, down)
    limit = _limit(groups, chance)
    errors = np.asarray([each.error for each in groups])
    room = limit - np.hypot([[each.up] for each in groups], [each.down for each in groups])
    np.fill_diagonal(room, math.inf)
    draw, within = np.random.default_rng(5), 0
    for _ in range(20):
        x = draw.normal(size=(1_000, len(errors))) * errors
        within += int((x[:, :, None] - x[:, None, :] <= room).all(axis=(1, 2)).sum())

    assert within / 20_000 == pytest.approx(chance, abs=0.015)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.floats(0.1, 9.0), st.floats(0.01, 100.0))
def test_equal_groups_are_the_studentised_range(count: int, q: float, error: float) -> None:
    groups = [Bounded(error=error, up=_Z * error, down=_Z * error, count=count)]

    found = chance_alike(groups, error * (q + math.sqrt(2) * _Z))

    assert found == pytest.approx(1 - studentized_range.tail(q, count), abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.1, 1.0), min_size=6, max_size=6), st.floats(0.5, 3.0))
def test_two_groups_are_within_where_their_difference_is(sizes: list[float], limit: float) -> None:
    """One normal law, between what either may lie above the other; never where that leaves nothing."""
    one, other = (Bounded(error=sizes[at], up=sizes[at + 1], down=sizes[at + 2]) for at in (0, 3))
    above, below = limit - math.hypot(one.up, other.down), limit - math.hypot(other.up, one.down)
    deviation = math.hypot(one.error, other.error)
    exact = max(0.0, cdf(above / deviation) - cdf(-below / deviation))

    assert chance_alike([one, other], limit) == pytest.approx(exact, abs=0.005)


def test_a_group_that_is_given_several_times_is_as_many_groups() -> None:
    apart = chance_alike(_groups([1.0, 1.0, 0.5, 0.5, 0.5]), 5.0)
    together = [
        Bounded(error=each.error, up=each.up, down=each.down, count=count)
        for each, count in zip(_groups([1.0, 0.5]), (2, 3), strict=True)
    ]

    assert chance_alike(together, 5.0) == apart


def test_three_hundred_groups_of_any_size_are_counted_by_kinds() -> None:
    """No two alike: the sizes next to each other are taken as one, and the chance stays that of drawn samples."""
    errors = 1 / np.sqrt(_DRAWN)
    limit = _limit(_groups(list(errors)), 0.8)
    room = limit - _Z * np.hypot(errors[:, None], errors)
    np.fill_diagonal(room, math.inf)
    draw = np.random.default_rng(6)
    within = [bool((x[:, None] - x <= room).all()) for x in draw.normal(size=(2_000, 300)) * errors]

    assert np.mean(within) == pytest.approx(0.8, abs=0.03)


def test_bounds_wider_than_the_limit_are_never_within() -> None:
    """Exactly never, however alike groups look; and hardly ever is more than that."""
    groups = _groups([1.0] * 3)

    assert chance_alike(groups, math.sqrt(2) * _Z) == 0.0
    assert 0.0 < chance_alike(groups, math.sqrt(2) * _Z + 0.3) < 0.03
    assert chance_alike(groups, 40.0) == pytest.approx(1.0, abs=1e-6)


def test_one_group_has_no_other() -> None:
    with pytest.raises(ValueError, match="one group"):
        chance_alike(_groups([1.0]), 1.0)

"""What every effect promises, by simulation with fixed seeds: bounds that err as often as they may, p that is one.

Small enough to run always; tests/long prints the tables over all sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import stats

from seatrial.stats.distances import js, sd_equivalent
from seatrial.stats.effects import (
    Effect,
    beyond,
    collisions,
    shape,
    share,
    shift,
    spread,
    unseen,
)
from tests.support.effect_laws import LAWS, REFERENCE, Shares, counted, normal_shares, rates, zipf_shares

_SD: dict[str, Any] = {"confidence": 0.95, "floor": 0.1, "detect": 0.3, "alpha": 0.001}
_SHARE: dict[str, float] = {"confidence": 0.95, "floor": 0.005, "detect": 0.05, "alpha": 0.001}
_DRAWS = 400
_MOST_WRONG = 0.085
"""5 % and the noise of 400 draws: a binomial exceeds 34 of 400 with a probability of 0.001."""


def _true_shift(law: str) -> float:
    area = float((np.cumsum(REFERENCE) - REFERENCE / 2) @ LAWS[law])
    return abs(math.sqrt(2) * float(stats.norm.ppf(area)))


@pytest.mark.parametrize("law", ["clean", "shift .3", "shift 1", "sd x1.3", "sd x.7", "20 % stuck"])
def test_bounds_of_a_shift_hold(law: str) -> None:
    """Each bound errs about 5 %, for equal and unequal shapes; the shift of a symmetric change of width is none."""
    seen = counted(
        partial(shift, **_SD),
        REFERENCE,
        LAWS[law],
        n=20_000,
        m=500,
        truth=_true_shift(law),
        draws=_DRAWS,
        seed=1,
        floor=0.1,
    )

    assert max(seen.low_wrong, seen.high_wrong) <= _MOST_WRONG
    if law == "shift .3":
        assert min(seen.low_wrong, seen.high_wrong) > 0.02  # and they are not wide for safety's sake
        assert seen.found > 0.97


@pytest.mark.parametrize(
    ("law", "truth"),
    [
        ("clean", 0.0),
        ("shift .3", 0.0),
        ("shift 1", 0.0),
        ("sd x1.3", math.sqrt(2) * math.log(1.3)),
        ("sd x.7", -math.sqrt(2) * math.log(0.7)),
        ("shift 1 and sd x1.3", math.sqrt(2) * math.log(1.3)),
    ],
)
def test_bounds_of_a_spread_hold_whatever_the_shift(law: str, truth: float) -> None:
    """sqrt 2 |log ratio| is covered, and a shift by a whole standard deviation is no change of spread."""
    seen = counted(partial(spread, **_SD), REFERENCE, LAWS[law], n=20_000, m=500, truth=truth, draws=_DRAWS, seed=2)

    assert max(seen.low_wrong, seen.high_wrong) <= _MOST_WRONG
    if truth == 0.0:
        assert seen.p_below_01 <= 0.035
        assert seen.found <= 0.005
    if law == "sd x1.3":
        assert seen.found > 0.97


@pytest.mark.parametrize(("measure", "law", "truth"), [(shift, "shift .3", 0.2998), (spread, "sd x1.3", 0.3710)])
def test_bounds_hold_where_the_reference_is_the_smaller_side(
    measure: Callable[..., Effect], law: str, truth: float
) -> None:
    """500 rows of reference, 5,000 current ones: its own uncertainty is then nearly all there is."""
    seen = counted(partial(measure, **_SD), REFERENCE, LAWS[law], n=500, m=5_000, truth=truth, draws=_DRAWS, seed=15)

    assert max(seen.low_wrong, seen.high_wrong) <= _MOST_WRONG
    assert min(seen.low_wrong, seen.high_wrong) >= 0.02


@pytest.mark.parametrize("law", ["clean", "shift .1", "shift .3", "shift 1", "sd x1.3", "sd x2", "20 % stuck"])
def test_bounds_of_a_shape_hold(law: str) -> None:
    """In eight bins, none of which has to be pooled, the true distance is known; near and far alike."""
    earlier, later = REFERENCE.reshape(8, 8).sum(axis=1), LAWS[law].reshape(8, 8).sum(axis=1)
    truth = sd_equivalent(js(earlier, later))
    seen = counted(partial(shape, **_SD), earlier, later, n=20_000, m=500, truth=truth, draws=_DRAWS, seed=3, floor=0.1)

    assert max(seen.low_wrong, seen.high_wrong) <= _MOST_WRONG


@pytest.mark.parametrize("categories", [2, 12, 300, 10_000])
def test_clean_categories_hardly_ever_alarm_however_many_there_are(categories: int) -> None:
    """The plug-in distance of 300 clean categories is far above the floor; the corrected one is not, and p holds."""
    shares = zipf_shares(categories)
    seen = counted(
        partial(shape, ordered=False, **_SD),
        shares,
        shares,
        n=20_000,
        m=500,
        truth=0.0,
        draws=_DRAWS,
        seed=4,
        floor=0.1,
    )

    assert seen.p_below_01 <= 0.03
    assert seen.found <= 0.005
    assert seen.mean < 0.08


@pytest.mark.parametrize(
    ("before", "after"), [(0.0, 0.005), (0.001, 0.001), (0.02, 0.02), (0.02, 0.07), (0.3, 0.35), (0.95, 1.0)]
)
def test_bounds_of_a_share_hold(before: float, after: float) -> None:
    """Rare and common shares; Miettinen and Nurminen's bounds err 5 %, the mid-p test keeps its level."""
    generator = np.random.default_rng(5)
    seen = rates(
        (
            (share(int(k), 20_000, int(x), 500, **_SHARE), abs(after - before))
            for k, x in zip(generator.binomial(20_000, before, 1000), generator.binomial(500, after, 1000), strict=True)
        ),
        floor=0.005,
    )

    assert max(seen.low_wrong, seen.high_wrong) <= 0.075
    if before == after:
        assert seen.p_below_01 <= 0.02


@pytest.mark.parametrize(("truth", "least_found"), [(0.0, 0.0), (0.05, 0.99)])
def test_rows_beyond_the_reference_are_exact(truth: float, least_found: float) -> None:
    """p of clean rows is at most its level; 5 % of rows beyond the largest value are found in 500."""
    generator = np.random.default_rng(6)
    seen = rates(
        (
            (
                beyond(int(generator.binomial(500, truth + (1 - truth) * top)), 500, 20_000, **_SHARE),
                truth + (1 - truth) * top,
            )
            for top in 1 - generator.beta(20_000, 1, 1000)
        ),
        floor=0.005,
    )

    assert max(seen.low_wrong, seen.high_wrong) <= 0.075
    assert seen.found >= least_found
    if truth == 0.0:
        assert seen.p_below_01 <= 0.02


@pytest.mark.parametrize(("categories", "new"), [(200, 0.0), (5_000, 0.0), (100_000, 0.0), (200, 0.03), (5_000, 0.1)])
def test_new_values_are_judged_by_what_the_singletons_foretell(categories: int, new: float) -> None:
    """With 8 or 35 % of values seen once, new values are expected and do not alarm; more of them than that do."""
    generator = np.random.default_rng(7)
    steps = np.cumsum(zipf_shares(categories, 1.05))

    def effect() -> tuple[Effect, float]:
        earlier = np.searchsorted(steps, generator.random(20_000))
        later = np.searchsorted(steps, generator.random(500))
        later[: generator.binomial(500, new)] = -1
        values, times = np.unique(earlier, return_counts=True)
        fresh = int((~np.isin(later, values)).sum())
        return unseen(fresh, 500, int((times == 1).sum()), 20_000, **_SHARE), new

    seen = rates((effect() for _ in range(200)), floor=0.005)

    if new == 0.0:
        assert seen.p_below_01 <= 0.035
        assert seen.low_wrong <= 0.10
    else:
        assert seen.found > 0.9


@pytest.mark.parametrize(
    ("values", "repeated"), [(10**12, 0.0), (10**6, 0.0), (10**4, 0.0), (10**12, 0.1), (10**6, 0.1)]
)
def test_repeated_rows_are_judged_by_how_often_chance_repeats(values: int, repeated: float) -> None:
    """Clean rows keep the level whatever they repeat by chance; a tenth of the rows repeated is found in 500."""
    generator = np.random.default_rng(8)

    def pairs(rows: np.ndarray[Any, Any]) -> int:
        times = np.unique(rows, return_counts=True)[1]
        return int((times * (times - 1) // 2).sum())

    def effect() -> tuple[Effect, float]:
        earlier, later = generator.integers(0, values, 20_000), generator.integers(0, values, 500)
        copies = int(500 * repeated)
        later[:copies] = later[copies : 2 * copies]
        return collisions(pairs(later), 500, pairs(earlier), 20_000, **_SHARE), repeated

    seen = rates((effect() for _ in range(300)), floor=0.005)

    assert max(seen.low_wrong, seen.high_wrong) <= 0.09
    if repeated:
        assert seen.found > 0.99
    else:
        assert seen.p_below_01 <= 0.03


@pytest.mark.parametrize("measure", [shift, spread, shape])
def test_p_of_clean_columns_keeps_its_level(measure: Callable[..., Effect]) -> None:
    """Of 3,000 clean columns, about 30 have p <= .01 and 3 have p <= .001."""
    seen = counted(partial(measure, **_SD), REFERENCE, REFERENCE, n=20_000, m=500, truth=0.0, draws=3_000, seed=11)

    assert 0.004 <= seen.p_below_01 <= 0.017
    assert seen.p_below_001 <= 0.0033  # 10 or more of 3 expected have a probability of 0.001
    assert seen.found <= 0.001


@pytest.mark.parametrize(("rare", "m"), [(0.01, 50), (0.01, 500), (0.001, 500)])
def test_p_of_a_nearly_constant_column_keeps_its_level(rare: float, m: int) -> None:
    """A column that is zero but for 1 % of rows: the normal law of ranks would be wrong by a factor of a thousand."""
    generator = np.random.default_rng(12)
    seen = [
        shift([20_000 * (1 - rare), 20_000 * rare], [m - int(k), int(k)], **_SD).p
        for k in generator.binomial(m, rare, 4_000)
    ]

    assert sum(p <= 0.001 for p in seen) <= 12
    assert sum(p <= 0.01 for p in seen) <= 64


@pytest.mark.parametrize(
    ("measure", "later"),
    [
        (shift, normal_shares(0.3, 1)),
        (spread, normal_shares(0, math.exp(0.3 / math.sqrt(2)))),
        (shape, normal_shares(0.3, 1)),
    ],
)
def test_planned_rows_show_what_must_not_go_unseen(measure: Callable[..., Effect], later: Shares) -> None:
    """With `n_needed` rows an effect of `detect` is found 90 % of the time, but for noise and approximation."""
    planned = measure(REFERENCE * 20_000, REFERENCE * 500, **_SD).n_needed
    assert planned is not None
    seen = counted(partial(measure, **_SD), REFERENCE, later, n=20_000, m=planned, truth=0.3, draws=_DRAWS, seed=13)

    assert 0.83 <= seen.found <= 0.97


@pytest.mark.parametrize("before", [0.0, 0.02, 0.5])
def test_planned_rows_show_a_share_that_moved(before: float) -> None:
    """Likewise for shares, rare ones too, where counts are coarse."""
    planned = share(int(20_000 * before), 20_000, int(500 * before), 500, **_SHARE).n_needed
    assert planned is not None
    generator = np.random.default_rng(14)
    found = [
        effect.p <= 0.001 and effect.low > 0.005
        for effect in (
            share(
                int(generator.binomial(20_000, before)),
                20_000,
                int(generator.binomial(planned, before + 0.05)),
                planned,
                **_SHARE,
            )
            for _ in range(_DRAWS)
        )
    ]

    assert 0.83 <= sum(found) / _DRAWS <= 0.98

"""Error rates and power of every effect over sizes and shapes, by simulation with fixed seeds.

Run with `-s` to see the tables:

    make test-long PYTEST_ARGS="-n 0 -s tests/long/test_effects_error_rates.py"
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from scipy import stats

from seatrial.stats.distances import js, sd_equivalent
from seatrial.stats.effects import Effect, shape, share, shift, spread
from tests.support.effect_laws import LAWS, REFERENCE, Shares, counted, rates, zipf_shares

_SD: dict[str, Any] = {"confidence": 0.95, "floor": 0.1, "detect": 0.3, "alpha": 0.001}
_SHARE: dict[str, Any] = {"confidence": 0.95, "floor": 0.005, "detect": 0.05, "alpha": 0.001}
_SIZES = [(20_000, 500), (20_000, 5_000), (500, 500)]
_DRAWS = 2_000
_MOST_WRONG = 0.07  # 5 % and four standard errors of 2,000 draws


def _shift_of(later: Shares) -> float:
    area = float((np.cumsum(REFERENCE) - REFERENCE / 2) @ later)
    return abs(math.sqrt(2) * float(stats.norm.ppf(area)))


def _spread_of(later: Shares) -> float:
    effect = spread(REFERENCE * 1e12, later * 1e12, **_SD)
    assert effect is not None
    return effect.estimate


def _shape_of(later: Shares) -> float:
    """In sixteen bins, so that pooling has nothing to do."""
    return sd_equivalent(js(_coarse(REFERENCE), _coarse(later)))


def _coarse(shares: Shares) -> Shares:
    return np.asarray(shares.reshape(16, 4).sum(axis=1))


@pytest.mark.parametrize(("n", "m"), _SIZES)
@pytest.mark.parametrize(
    ("measure", "truth_of", "binned"),
    [(shift, _shift_of, False), (spread, _spread_of, False), (shape, _shape_of, True)],
)
def test_bounds_and_power_of_ordered_bins(
    measure: Callable[..., Effect], truth_of: Callable[[Shares], float], binned: bool, n: int, m: int
) -> None:
    """Each bound errs 5 % at most, but for noise, for every law; what lies clearly above the floor is found."""
    for index, (name, later) in enumerate(LAWS.items()):
        earlier, now = (_coarse(REFERENCE), _coarse(later)) if binned else (REFERENCE, later)
        seen = counted(partial(measure, **_SD), earlier, now, n=n, m=m, truth=truth_of(later), draws=_DRAWS, seed=index)
        print(f"{measure.__name__:7} {n:6} {m:5} {name:20} true {truth_of(later):.3f}  {seen}")
        extreme = name == "shift 3" or (n == 500 and name in ("20 % stuck", "1 % sentinel", "sd x2"))

        assert max(seen.low_wrong, seen.high_wrong) <= (0.12 if extreme else _MOST_WRONG), name
        if name == "clean":
            assert seen.p_below_01 <= 0.02
            assert seen.p_below_001 <= 0.005
            assert seen.found <= 0.003


@pytest.mark.parametrize(("n", "m"), _SIZES)
@pytest.mark.parametrize("categories", [2, 30, 300, 3_000, 10_000])
def test_clean_categories(categories: int, n: int, m: int) -> None:
    """Many or few, Zipf or equally common: clean columns keep the level and stay below the floor."""
    for name, shares in (("zipf", zipf_shares(categories)), ("equal", np.full(categories, 1 / categories))):
        seen = counted(
            partial(shape, ordered=False, **_SD), shares, shares, n=n, m=m, truth=0.0, draws=1_000, seed=categories
        )
        print(f"shape {n:6} {m:5} {name} {categories:6}  {seen}")

        assert seen.p_below_01 <= 0.022
        assert seen.found <= 0.005
        assert seen.low_wrong <= 0.08


@pytest.mark.parametrize(("n", "m"), _SIZES)
def test_shares(n: int, m: int) -> None:
    """Rare, common, vanishing: bounds err 5 %, the mid-p test keeps its level."""
    generator = np.random.default_rng(n + m)
    for before, after in [(0.0, 0.0), (0.001, 0.001), (0.02, 0.02), (0.5, 0.5), (0.0, 0.05), (0.02, 0.07), (0.95, 1.0)]:
        draws = zip(generator.binomial(n, before, _DRAWS), generator.binomial(m, after, _DRAWS), strict=True)
        effects = ((share(int(k), n, int(x), m, **_SHARE), abs(after - before)) for k, x in draws)
        seen = rates(effects, floor=0.005)
        print(f"share {n:6} {m:5} {before} to {after}  {seen}")

        assert max(seen.low_wrong, seen.high_wrong) <= _MOST_WRONG
        if before == after:
            assert seen.p_below_01 <= 0.018


def test_every_measure_takes_less_than_two_milliseconds() -> None:
    """The median of 200 calls with 64 bins, on a machine that does other things as well."""
    generator = np.random.default_rng(0)
    earlier, later = generator.multinomial(20_000, REFERENCE), generator.multinomial(500, LAWS["shift .3"])
    for measure in (shift, spread, shape):
        times = []
        for _ in range(200):
            start = perf_counter()
            measure(earlier, later, **_SD)
            times.append(perf_counter() - start)
        print(f"{measure.__name__:7} {1e6 * float(np.median(times)):.0f} microseconds")

        assert float(np.median(times)) < 0.002

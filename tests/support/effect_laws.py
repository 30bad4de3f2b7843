"""Pairs of distributions whose distance is known, and how often an effect's promises hold for samples of them.

For the simulations of `stats/effects`: a small one beside the unit tests, the tables in tests/long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import stats

from seatrial.stats.effects import Effect

Shares = NDArray[np.float64]

EDGES = stats.norm.ppf(np.linspace(0, 1, 65)[1:-1])
"""Inner edges of 64 bins of equal mass of N(0, 1), as a profile's are of its reference."""

REFERENCE: Shares = np.full(64, 1 / 64)


def normal_shares(mean: float, sd: float) -> Shares:
    """The shares of the 64 bins under N(mean, sd)."""
    return np.asarray(np.diff(np.concatenate(([0.0], stats.norm.cdf((EDGES - mean) / sd), [1.0]))))


def zipf_shares(categories: int, exponent: float = 1.1) -> Shares:
    """Shares of categories of which few are common and most are rare."""
    weights = np.arange(1, categories + 1, dtype=np.float64) ** -exponent
    return np.asarray(weights / weights.sum())


LAWS: dict[str, Shares] = {
    "clean": REFERENCE,
    "shift .1": normal_shares(0.1, 1),
    "shift .3": normal_shares(0.3, 1),
    "shift 1": normal_shares(1, 1),
    "shift 3": normal_shares(3, 1),
    "sd x1.1": normal_shares(0, 1.1),
    "sd x1.3": normal_shares(0, 1.3),
    "sd x.7": normal_shares(0, 0.7),
    "sd x2": normal_shares(0, 2),
    "shift 1 and sd x1.3": normal_shares(1, 1.3),
    "20 % stuck": 0.8 * REFERENCE + 0.2 * np.eye(64)[37],
    "1 % sentinel": 0.99 * REFERENCE + 0.01 * np.eye(64)[0],
}


class Rates(Struct, frozen=True, kw_only=True):
    """Shares of the draws. `found` is how often an alarm follows: p <= .001 and low above the floor."""

    low_wrong: float
    high_wrong: float
    p_below_01: float
    p_below_001: float
    found: float
    mean: float

    def __str__(self) -> str:
        return (
            f"mean {self.mean:.3f}  low wrong {self.low_wrong:.3f}  high wrong {self.high_wrong:.3f}  "
            f"p<=.01 {self.p_below_01:.4f}  p<=.001 {self.p_below_001:.4f}  found {self.found:.3f}"
        )


def rates(draws: Iterable[tuple[Effect, float]], *, floor: float) -> Rates:
    """What became of effects beside their true sizes."""
    pairs = list(draws)
    effects = [effect for effect, _ in pairs]
    count = len(pairs)
    return Rates(
        low_wrong=sum(effect.low > truth + 1e-9 for effect, truth in pairs) / count,
        high_wrong=sum(effect.high < truth - 1e-9 for effect, truth in pairs) / count,
        p_below_01=sum(effect.p <= 0.01 for effect in effects) / count,
        p_below_001=sum(effect.p <= 0.001 for effect in effects) / count,
        found=sum(effect.p <= 0.001 and effect.low > floor for effect in effects) / count,
        mean=math.fsum(effect.estimate for effect in effects) / count,
    )


def counted(
    measure: Callable[[NDArray[np.int64], NDArray[np.int64]], Effect | None],
    earlier: Shares,
    later: Shares,
    *,
    n: int,
    m: int,
    truth: float,
    draws: int,
    seed: int,
    floor: float = 0.1,
) -> Rates:
    """Rates for multinomial counts: n rows of the reference, m of the current data."""
    generator = np.random.default_rng(seed)

    def drawn() -> Iterable[tuple[Effect, float]]:
        for _ in range(draws):
            effect = measure(generator.multinomial(n, earlier), generator.multinomial(m, later))
            assert effect is not None
            yield effect, truth

    return rates(drawn(), floor=floor)

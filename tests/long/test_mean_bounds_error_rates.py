"""How often bounds for a mean err, by simulation with fixed seeds. Figures for `stats/skewed_mean.py`.

Run with `-s` to see the tables:

    make test-long PYTEST_ARGS="-n 0 -s tests/long/test_mean_bounds_error_rates.py"

"wrong and decides" counts a bound beyond the true mean in a sample with at least LEAST effective units: what a gate
with that least count would get wrong. A gate that decides only on some samples errs more often among those, so the
share is of all samples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from seatrial.stats.skewed_mean import Moments, hall_interval, student_interval

LEAST = 20.0
_Array = NDArray[np.float64]
_Draw = Callable[[np.random.Generator, tuple[int, int]], _Array]


def _exponential(rng: np.random.Generator, size: tuple[int, int]) -> _Array:
    return rng.exponential(size=size)


def _lognormal(rng: np.random.Generator, size: tuple[int, int]) -> _Array:
    return rng.lognormal(size=size)


def _log_loss_difference(rng: np.random.Generator, size: tuple[int, int], rarity: float = 0.0) -> _Array:
    """Two logistic models around the truth, the candidate overconfident; `rarity` lowers the log-odds of all rows."""
    truth = 2 * rng.normal(size=size) - rarity
    label = rng.random(size) < 1 / (1 + np.exp(-truth))
    candidate = 1.6 * truth + 0.8 * rng.normal(size=size)
    baseline = 0.9 * truth + 0.5 * rng.normal(size=size)
    losses = [np.logaddexp(0, np.where(label, -logit, logit)) for logit in (candidate, baseline)]
    return np.asarray(losses[0] - losses[1])


def _rare_log_loss_difference(rng: np.random.Generator, size: tuple[int, int]) -> _Array:
    return _log_loss_difference(rng, size, 5.0)


def _spikes(share: float, heights: _Draw) -> _Draw:
    def draw(rng: np.random.Generator, size: tuple[int, int]) -> _Array:
        return np.where(rng.random(size) < share, heights(rng, size), 0.0)

    return draw


def _ones(_rng: np.random.Generator, size: tuple[int, int]) -> _Array:
    return np.ones(size)


def _signs(rng: np.random.Generator, size: tuple[int, int]) -> _Array:
    return np.where(rng.random(size) < 0.7, 1.0, -1.0)


def _tens(rng: np.random.Generator, size: tuple[int, int]) -> _Array:
    return 10 + rng.normal(size=size)


SETTINGS: dict[str, _Draw] = {
    "exponential": _exponential,
    "lognormal, sigma 1": _lognormal,
    "log loss difference": _log_loss_difference,
    "log loss difference, rare label": _rare_log_loss_difference,
    "1 % of rows are 1": _spikes(0.01, _ones),
    "1 % of rows exponential": _spikes(0.01, _exponential),
    "1 % of rows lognormal": _spikes(0.01, _lognormal),
    "1 % of rows about 10": _spikes(0.01, _tens),
    "4 % of rows exponential": _spikes(0.04, _exponential),
    "4 % of rows lognormal": _spikes(0.04, _lognormal),
    "2 % of rows -1 or 1": _spikes(0.02, _signs),
    "4 % of rows -1 or 1": _spikes(0.04, _signs),
}


@cache
def _truth(name: str) -> float:
    rng = np.random.default_rng(1)
    return float(np.mean([SETTINGS[name](rng, (100, 10_000)).mean() for _ in range(60)]))


def _error_rates(name: str, n: int, replicates: int, alpha: float = 0.05) -> tuple[_Array, _Array, float]:
    """Shares of samples: Student's lower, upper, Hall's lower, upper bound wrong; the same and deciding; deciding."""
    truth, rng = _truth(name), np.random.default_rng(n + len(name))
    wrong, both, decides = np.zeros(4), np.zeros(4), 0
    for _ in range(replicates // 200):
        rows = SETTINGS[name](rng, (200, n))
        mean = rows.mean(axis=1)
        away = rows - mean[:, None]
        square = away * away
        powers = zip(mean, square.sum(1), (square * away).sum(1), (square * square).sum(1), strict=True)
        for moment in powers:
            average, second, third, fourth = (float(part) for part in moment)
            moments = Moments(n=n, mean=average, squares=second, cubes=third, fourths=fourth)
            plain, bent = student_interval(moments, alpha=alpha), hall_interval(moments, alpha=alpha)
            missed = np.array([plain.lower > truth, plain.upper < truth, bent.lower > truth, bent.upper < truth])
            wrong += missed
            if moments.effective_units >= LEAST:
                both += missed
                decides += 1
    total = replicates // 200 * 200
    return wrong / total, both / total, decides / total


@pytest.mark.parametrize("name", SETTINGS)
def test_a_bound_seldom_errs_and_decides(name: str) -> None:
    for n, replicates in ((500, 20_000), (2_000, 20_000), (10_000, 10_000)):
        wrong, both, decides = _error_rates(name, n, replicates)
        shown = "  ".join(f"{share:.1%}" for share in wrong)
        print(f"{name:32s} {n:6d}  {shown}  | {max(both[:2]):.1%}  {max(both[2:]):.1%}  decides {decides:.0%}")

        assert max(both[2:]) <= 0.06


@pytest.mark.parametrize(("alpha", "most"), [(0.025, 0.031), (0.01, 0.014)])
def test_stricter_bounds_err_less_in_proportion(alpha: float, most: float) -> None:
    for name in ("lognormal, sigma 1", "4 % of rows -1 or 1", "4 % of rows lognormal"):
        _, both, _ = _error_rates(name, 2_000, 20_000, alpha)
        print(f"{name:32s} alpha {alpha}: {max(both[:2]):.2%} Student, {max(both[2:]):.2%} Hall")

        assert max(both[2:]) <= most


@pytest.mark.parametrize("name", ["exponential", "lognormal, sigma 1", "log loss difference", "4 % of rows -1 or 1"])
def test_few_units_decide_seldom_or_rightly(name: str) -> None:
    """Thirty to two hundred units, as clusters are."""
    for n in (30, 60, 100, 200):
        _, both, decides = _error_rates(name, n, 20_000)
        print(f"{name:32s} {n:6d}  {max(both[:2]):.1%} Student, {max(both[2:]):.1%} Hall, decides {decides:.0%}")

        assert max(both[2:]) <= 0.06

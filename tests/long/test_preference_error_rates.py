"""How often the preference gate errs: simulated over shapes of preferences, margins and numbers of ids.

    make test-long PYTEST_ARGS="-n 0 -s tests/long/test_preference_error_rates.py"

prints the table of docs/reference/gates.md. Samples are counts of the five values that an id can have, so the rule is
applied to all of them at once in numpy; that this is the rule of `bounded_mean` is a test of its own. The draws have
a fixed seed, which is that of a test and of no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from seatrial.stats.bounded_mean import LEAST, Size, not_below

VALUES = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])
ALPHA = 0.05
SAMPLES = 50_000
SIZES = (100, 200, 500, 1_000, 2_000, 5_000)
MARGINS = (0.02, 0.05, 0.1)


def _bounds(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lower and the upper bound of every sample."""
    n = int(counts[0].sum())
    mean = counts @ VALUES / n
    away = VALUES[None, :] - mean[:, None]
    squares, cubes, fourths = ((counts * away**power).sum(axis=1) for power in (2, 3, 4))
    safe = np.where(squares > 0, squares, 1.0)
    effective = np.where(squares > 0, safe * safe / np.where(fourths > 0, fourths, 1.0), 0.0)
    skewness = np.where(squares > 0, cubes / n / (safe / n) ** 1.5, 0.0)
    t = stats.t.ppf(1 - ALPHA, n - 1) / np.sqrt(n)

    def unbent(x: float) -> NDArray[np.float64]:
        shifted = x - skewness / (6 * n)
        root = np.cbrt(1 + skewness * shifted)
        return np.asarray(3 * shifted / (root * root + root + 1))

    deviation = np.sqrt(squares / (n - 1))
    below, above = counts[:, :2].sum(axis=1), counts[:, 3:].sum(axis=1)
    exact_low = 0.25 * _low(above, n) - 0.5 * _high(below, n)
    exact_high = 0.5 * _high(above, n) - 0.25 * _low(below, n)
    many = effective >= LEAST
    low = np.where(many, mean - deviation * unbent(t), exact_low)
    return low, np.where(many, mean - deviation * unbent(-t), exact_high)


def _low(count: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    return np.where(count == 0, 0.0, stats.beta.ppf(ALPHA / 2, np.maximum(count, 1), n - count + 1))


def _high(count: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    return np.where(count == n, 1.0, stats.beta.ppf(1 - ALPHA / 2, count + 1, np.maximum(n - count, 1)))


def _shapes(margin: float) -> Mapping[str, tuple[float, ...]]:
    """Shares of the five values whose mean is -margin."""
    shapes = {
        "losses and ties": (2 * margin, 0.0, 1 - 2 * margin, 0.0, 0.0),
        "half losses and ties": (0.0, 4 * margin, 1 - 4 * margin, 0.0, 0.0),
        "many small losses, few wins": (0.0, 4 * margin + 0.04, 0.94 - 4 * margin, 0.0, 0.02),
        "few losses, many small wins": (2 * margin + 0.05, 0.0, 0.85 - 2 * margin, 0.1, 0.0),
        "all values alike": (0.2 + margin, 0.2, 0.2, 0.2, 0.2 - margin),
    }
    for decided in (0.05, 0.1, 0.3, 0.9):
        if decided >= 2 * margin:
            won = decided / 2 - margin
            shapes[f"{100 * decided:g} % decided"] = (won + 2 * margin, 0.0, 1 - decided, 0.0, won)
    return shapes


def _counts(shares: tuple[float, ...], n: int, seed: int, samples: int = SAMPLES) -> NDArray[np.int64]:
    return np.random.default_rng(seed).multinomial(n, np.array(shares) / sum(shares), size=samples)


def test_the_rule_in_numpy_is_that_of_the_gate() -> None:
    """On samples of every kind: many ids and few, decided and tied."""
    generator = np.random.default_rng(7)
    for _ in range(400):
        counts = generator.multinomial(int(generator.choice([20, 60, 200])), generator.dirichlet([0.3] * 5))
        low, high = _bounds(counts[None, :])
        size = Size(least=0.25, most=0.5)
        found = not_below(np.repeat(VALUES, counts).tolist(), size=size, margin=0.05, alpha=ALPHA, power=0.8)

        assert (found.interval.lower, found.interval.upper) == pytest.approx((low[0], high[0]), abs=1e-9)


def test_false_passes_and_false_blocks_are_as_rare_as_the_reference_says() -> None:
    """At most 6 % and, from 500 ids on, 2 %, over all shapes and margins; the largest of each are printed."""
    print("\n| ids | worse by exactly the margin, passes at most | equal, blocked at most |\n|---|---|---|")
    for n in SIZES:
        passed = blocked = 0.0
        for margin in MARGINS:
            for at, shares in enumerate(_shapes(margin).values()):
                assert float(VALUES @ shares) == pytest.approx(-margin)
                passed = max(passed, float((_bounds(_counts(shares, n, at))[0] > -margin).mean()))
            for at, shares in enumerate(_shapes(0.0).values()):
                blocked = max(blocked, float((_bounds(_counts(shares, n, 100 + at))[1] < -margin).mean()))
        print(f"| {n:,} | {100 * passed:.1f} % | {100 * blocked:.1f} % |")

        assert passed <= 0.06
        assert n < 500 or blocked <= 0.02

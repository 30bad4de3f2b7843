"""Have two groups moved apart: bounds on |D| - |B| that err as rarely as promised, whatever the signs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from seatrial.gates.fairness.widening import Moved, widening
from seatrial.stats import normal, studentized_range


def _moved(candidate: float, baseline: float, minus: float = 0.01, plus: float = 0.04) -> Moved:
    return Moved(candidate=candidate, baseline=baseline, of_minus=minus**2, of_plus=plus**2)


@pytest.mark.parametrize(
    ("ours", "theirs"), list(itertools.product([(0.7, 0.5), (0.5, 0.7)], [(0.65, 0.55), (0.55, 0.65)]))
)
def test_signs_do_not_matter(ours: tuple[float, float], theirs: tuple[float, float]) -> None:
    """Whichever group is ahead, and under whichever model, twenty points after ten are ten more."""
    one, other = (_moved(mine, old) for mine, old in zip(ours, theirs, strict=True))

    found = widening([one, other], alpha=0.05)

    assert found.estimate == pytest.approx(0.1)
    assert found.lower < 0.1 < found.upper


def test_far_from_zero_it_is_the_difference_of_two_groups() -> None:
    """With signs beyond doubt only candidate minus baseline counts: z of alpha / 2 times the root of both variances;
    the lower bound, of a pair that was picked, at the studentised range."""
    error = 0.01 * 2**0.5
    found = widening([_moved(0.9, 0.8), _moved(0.2, 0.3)], alpha=0.05)

    assert found.upper == pytest.approx(0.2 + normal.upper_quantile(0.025) * error)
    assert found.lower == pytest.approx(0.2 - studentized_range.upper_quantile(0.05, 2) / 2**0.5 * error)


def test_the_pair_that_moved_most_is_named() -> None:
    """Of three groups the first and the last."""
    found = widening([_moved(0.8, 0.6), _moved(0.6, 0.6), _moved(0.5, 0.6)], alpha=0.05)

    assert found.pair == (0, 2)
    assert found.estimate == pytest.approx(0.3)


def test_more_groups_ask_for_more_to_say_worse() -> None:
    """The lower bound falls with the number of groups, the upper one does not move."""
    pair = [_moved(0.7, 0.6), _moved(0.5, 0.6)]
    two, many = widening(pair, alpha=0.05), widening([*pair, *[_moved(0.6, 0.6)] * 8], alpha=0.05)

    assert many.lower < two.lower
    assert many.upper == two.upper


@pytest.mark.parametrize(
    ("candidate", "baseline"),
    [
        ((0.6, 0.6, 0.6), (0.6, 0.6, 0.6)),
        ((0.7, 0.6, 0.6), (0.65, 0.6, 0.6)),
        ((0.6, 0.7, 0.6), (0.65, 0.6, 0.6)),
        ((0.62, 0.6, 0.6), (0.6, 0.62, 0.6)),
        ((0.5, 0.6, 0.7), (0.7, 0.6, 0.5)),
    ],
)
def test_bounds_err_as_rarely_as_promised(candidate: tuple[float, ...], baseline: tuple[float, ...]) -> None:
    """Estimates of both models with a correlation of 0.8; 1,000 samples of a fixed seed, three standard errors."""
    draw = np.random.default_rng(3)
    spread, together = 0.03, 0.8
    pairs = list(itertools.combinations(range(3), 2))
    truth = max(abs(candidate[a] - candidate[b]) - abs(baseline[a] - baseline[b]) for a, b in pairs)
    minus, plus = spread * (2 - 2 * together) ** 0.5, spread * (2 + 2 * together) ** 0.5
    above = below = 0
    for _ in range(1_000):
        shared = draw.normal(size=3)
        ours = candidate + spread * (together**0.5 * shared + (1 - together) ** 0.5 * draw.normal(size=3))
        theirs = baseline + spread * (together**0.5 * shared + (1 - together) ** 0.5 * draw.normal(size=3))
        found = widening(
            [_moved(float(a), float(b), minus, plus) for a, b in zip(ours, theirs, strict=True)], alpha=0.05
        )
        above += found.lower > truth
        below += found.upper < truth

    assert above / 1_000 <= 0.05 + 3 * (0.05 * 0.95 / 1_000) ** 0.5
    assert below / 1_000 <= 0.05 + 3 * (0.05 * 0.95 / 1_000) ** 0.5


def test_two_hundred_thousand_groups_of_few_kinds_are_few_pairs() -> None:
    """All pairs of them would be twenty thousand million; of pairs that tie the last is named."""
    kinds = [
        Moved(candidate=1.0, baseline=1.0, of_minus=0.1, of_plus=0.1),
        Moved(candidate=0.0, baseline=1.0, of_minus=0.1, of_plus=0.1),
    ]

    found = widening(kinds * 100_000, alpha=0.05)

    assert (found.estimate, found.pair) == (1.0, (199_998, 199_999))

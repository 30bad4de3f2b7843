"""Tango's closed form against a numeric maximisation that knows nothing of it."""

from __future__ import annotations

import math

import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtri, xlogy

from seatrial.stats import tango
from seatrial.stats.tango import PairedCounts

_TABLES = [(44, 0, 1), (161, 6, 16), (21, 1, 7), (1600, 86, 150), (450, 4, 9), (30, 0, 0), (12, 5, 0), (5000, 3, 240)]
_DIFFERENCES = [-0.6, -0.1, -0.01, -0.001, 0.0005, 0.02, 0.35]


def _numeric_score(n: int, b: int, c: int, difference: float) -> float:
    """The score statistic with the constrained share found by a bounded search of the likelihood."""

    def negative_log_likelihood(share: float) -> float:
        return -float(xlogy(b, share + difference) + xlogy(c, share) + xlogy(n - b - c, 1 - 2 * share - difference))

    low, high = max(0.0, -difference), (1 - difference) / 2
    found = minimize_scalar(negative_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-13})
    share = min((low, float(found.x), high), key=negative_log_likelihood)
    variance = (2 * share + difference - difference**2) / n
    return (b / n - c / n - difference) / math.sqrt(variance)


@pytest.mark.parametrize(("n", "b", "c"), _TABLES)
@pytest.mark.parametrize("difference", _DIFFERENCES)
def test_score_agrees_with_a_numeric_maximum_likelihood(n: int, b: int, c: int, difference: float) -> None:
    """The statistic agrees to 1e-6 with one whose nuisance share is found by searching the likelihood."""
    expected = _numeric_score(n, b, c, difference)

    actual = tango.score(PairedCounts(n=n, candidate_only=b, baseline_only=c), difference)

    assert actual == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("n", "b", "c"), _TABLES)
def test_interval_agrees_with_a_numeric_inversion(n: int, b: int, c: int) -> None:
    """The limits agree to 1e-6 with Brent's method on the numeric statistic."""
    z = float(ndtri(0.95))
    centre = (b - c) / n
    lower = brentq(lambda d: _numeric_score(n, b, c, d) - z, -1 + 1e-9, centre - 1e-9, xtol=1e-12)
    upper = brentq(lambda d: _numeric_score(n, b, c, d) + z, centre + 1e-9, 1 - 1e-9, xtol=1e-12)

    interval = tango.interval(PairedCounts(n=n, candidate_only=b, baseline_only=c), alpha=0.05)

    assert interval.lower == pytest.approx(lower, abs=1e-6)
    assert interval.upper == pytest.approx(upper, abs=1e-6)

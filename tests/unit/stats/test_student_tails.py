"""Student's t against scipy, far into the tail, and its limits."""

from __future__ import annotations

import pytest
from scipy import stats

from seatrial.stats import normal, student


@pytest.mark.parametrize("freedom", [1.0, 4.5, 44.5, 488.0, 9_999.0])
@pytest.mark.parametrize("t", [0.0, 0.3, -2.0, 5.0, 12.0])
def test_tails_agree_with_scipy(t: float, freedom: float) -> None:
    assert student.two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-9)


def test_many_degrees_of_freedom_are_the_normal_law() -> None:
    assert student.two_sided(4.0, 1e9) == normal.two_sided(4.0)
    assert student.two_sided(4.0, 99_999.0) == pytest.approx(normal.two_sided(4.0), rel=2e-3)


def test_no_degrees_of_freedom_are_refused() -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        student.two_sided(1.0, 0.0)

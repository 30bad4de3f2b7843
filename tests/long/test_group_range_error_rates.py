"""How often bounds on a range of groups err, by simulation with fixed seeds. Figures for `stats/group_range.py`.

Run with `-s` to see the tables:

    make test-long PYTEST_ARGS="-n 0 -s tests/long/test_group_range_error_rates.py"
"""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.stats.group_range import range_of_shares, ratio_of_shares

LIMIT = 0.05


def _rates(shares: list[float], rows: list[int], replicates: int) -> tuple[float, float, float]:
    """Shares of samples: the point, the lower bound beyond the limit; the upper bound within it."""
    draws = np.random.default_rng(len(shares) + rows[0]).binomial(rows, shares, size=(replicates, len(shares)))
    found = [range_of_shares(row.tolist(), rows, alpha=0.05) for row in draws]
    return (
        float(np.mean([bounds.estimate > LIMIT for bounds in found])),
        float(np.mean([bounds.lower > LIMIT for bounds in found])),
        float(np.mean([bounds.upper <= LIMIT for bounds in found])),
    )


@pytest.mark.parametrize(("groups", "replicates"), [(2, 20_000), (5, 20_000), (20, 10_000), (200, 500)])
def test_equal_groups_are_blocked_in_one_case_in_a_hundred_at_most(groups: int, replicates: int) -> None:
    """Share 0.8; the point rule blocks nearly always."""
    for rows in (50, 200, 1_000):
        point, blocked, passed = _rates([0.8] * groups, [rows] * groups, replicates)
        print(f"{groups:4d} groups of {rows:5d}: point {point:.3f}  FAIL {blocked:.4f}  PASS {passed:.3f}")

        assert blocked <= 0.01 + (0.002 if groups == 2 else 0.0)


def test_unequal_groups_are_blocked_no_more_often() -> None:
    rows = [30 * (1 + place) ** 2 for place in range(12)]
    point, blocked, passed = _rates([0.8] * 12, rows, 10_000)
    print(f"12 groups of 30 to {rows[-1]}: point {point:.3f}  FAIL {blocked:.4f}  PASS {passed:.3f}")

    assert blocked <= 0.01


@pytest.mark.parametrize(
    "shares",
    [[0.8, 0.85], [0.9, 0.95], [0.02, 0.07], [0.945, 0.995], [0.8, 0.825, 0.825, 0.85], [0.8] * 3 + [0.85] * 2],
)
def test_groups_at_the_limit_are_judged_rightly(shares: list[float]) -> None:
    """Truly LIMIT apart: neither PASS nor FAIL in more than six samples in a hundred."""
    for rows in (200, 500, 1_000, 5_000):
        _, blocked, passed = _rates(shares, [rows] * len(shares), 20_000)
        print(f"{shares} of {rows:5d}: FAIL {blocked:.4f}  PASS {passed:.4f}")

        assert max(blocked, passed) <= 0.06


@pytest.mark.parametrize("shares", [[0.8, 0.64], [0.5, 0.4], [0.1, 0.08], [0.03, 0.024], [0.8, 0.8, 0.64, 0.64]])
def test_groups_at_four_fifths_are_judged_rightly(shares: list[float]) -> None:
    for rows in (50, 200, 1_000, 5_000):
        draws = np.random.default_rng(rows).binomial(rows, shares, size=(20_000, len(shares)))
        found = [ratio_of_shares(row.tolist(), [rows] * len(shares), alpha=0.05) for row in draws]
        passed = float(np.mean([bounds.lower > 0.8 for bounds in found]))
        blocked = float(np.mean([bounds.upper < 0.8 for bounds in found]))
        print(f"ratio 0.8, {shares} of {rows:5d}: FAIL {blocked:.4f}  PASS {passed:.4f}")

        assert max(blocked, passed) <= 0.06

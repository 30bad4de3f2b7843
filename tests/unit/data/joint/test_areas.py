"""Areas under the curve, their errors, and how those of folds are put together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from seatrial.data.joint import areas


def _sides(seed: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return np.round(rng.standard_normal(180), 1), np.round(rng.standard_normal(120) + shift, 1)


@pytest.mark.parametrize("shift", [0.0, 0.7, 2.0])
def test_the_area_is_that_of_mann_and_whitney(shift: float) -> None:
    low, high = _sides(1, shift)
    is_high = np.arange(300) >= 180

    area = areas.of_scores(np.concatenate([low, high]), np.ones(300), is_high)

    assert area.value == pytest.approx(mannwhitneyu(high, low).statistic / (180 * 120))
    asymptotic = mannwhitneyu(high, low, alternative="greater", method="asymptotic", use_continuity=False).pvalue
    assert area.beyond(0.5) == pytest.approx(asymptotic, rel=1e-2)


def test_the_error_is_delongs() -> None:
    low, high = _sides(2, 0.7)

    area = areas.of_scores(np.concatenate([low, high]), np.ones(300), np.arange(300) >= 180)

    placements = np.array([(np.sum(low < one) + np.sum(low == one) / 2) / len(low) for one in high])
    others = np.array([(np.sum(high > one) + np.sum(high == one) / 2) / len(high) for one in low])
    assert area.error == pytest.approx(np.sqrt(placements.var(ddof=1) / 120 + others.var(ddof=1) / 180))
    assert area.value == pytest.approx(placements.mean())


def test_a_row_that_occurs_three_times_counts_as_three() -> None:
    low, high = _sides(3, 0.5)
    scores, is_high = np.concatenate([low, high]), np.arange(300) >= 180
    copies = np.where(np.arange(300) % 7 == 0, 3, 1)

    once = areas.of_scores(scores, copies.astype(np.float64), is_high)
    repeated = areas.of_scores(np.repeat(scores, copies), np.ones(int(copies.sum())), np.repeat(is_high, copies))

    assert once == repeated


def test_a_perfect_separation_of_few_rows_is_not_certain() -> None:
    area = areas.of_scores(np.arange(20.0), np.ones(20), np.arange(20) >= 10)

    assert area.value == 1.0
    assert area.bounds(0.95)[0] < 0.95


def test_the_error_of_a_mean_assumes_nothing_of_how_folds_hang_together() -> None:
    fold = areas.Area(value=0.6, error=0.02, null_error=0.03)

    mean = areas.averaged([fold, fold], 1.0)

    assert (mean.value, mean.error, mean.null_error) == (0.6, 0.02, 0.03)
    assert areas.averaged([fold, fold], 4.0).error == pytest.approx(0.04)


def test_the_area_of_no_rows_is_unknown() -> None:
    area = areas.of_table(np.zeros(3), np.ones(3))

    assert np.isnan(area.value)

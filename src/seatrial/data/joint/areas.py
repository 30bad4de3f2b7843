"""How well scores tell two groups of rows apart, with bounds: the area under the curve.

Used for the classifier (`classifier.py`) and, in the form of a table of codes by labels, for leakage (`leakage.py`).
The variance is that of DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44:837, by placements: of each row, the
share of the other group that lies on its right side. Equal scores count one half.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.stats import normal

Floats = NDArray[np.float64]


class Area(Struct, frozen=True, kw_only=True):
    """An area, its standard error, and the standard error it would have if the scores meant nothing."""

    value: float
    error: float
    null_error: float

    def beyond(self, limit: float) -> float:
        """p of an area of `limit` or less."""
        error = self.null_error if limit <= 0.5 else self.error
        return normal.sf((self.value - limit) / error) if error > 0 else float("nan")

    def bounds(self, confidence: float) -> tuple[float, float]:
        """Lower and upper bound, each wrong with probability 1 - confidence at most."""
        reach = normal.upper_quantile(1.0 - confidence) * self.error
        return max(0.0, self.value - reach), min(1.0, self.value + reach)


def of_table(low: Floats, high: Floats) -> Area:
    """The area where rows of two groups were counted by score, in ascending order: P(high scores above low)."""
    m, n = float(low.sum()), float(high.sum())
    if m == 0 or n == 0:
        return Area(value=float("nan"), error=float("nan"), null_error=float("nan"))
    of_high = (np.cumsum(low) - low / 2) / m
    of_low = 1.0 - (np.cumsum(high) - high / 2) / n
    value = float(np.dot(of_high, high) / n)
    spread_high = float(np.dot(high, (of_high - value) ** 2)) / max(n - 1.0, 1.0)
    spread_low = float(np.dot(low, (of_low - value) ** 2)) / max(m - 1.0, 1.0)
    both = low + high
    total = m + n
    ties = 1.0 - float(np.sum((both / total) ** 3))
    # A perfect separation has no spread; one misplaced row of the smaller group must stay possible.
    least = 0.5 / min(m, n) ** 2
    return Area(
        value=value,
        error=math.sqrt(max(spread_high / n + spread_low / m, least)),
        null_error=math.sqrt(max(ties * (total + 1.0) / (12.0 * m * n), least)),
    )


def of_scores(scores: Floats, counts: Floats, is_high: NDArray[np.bool_]) -> Area:
    """The area of real scores of rows, each of which occurs so many times."""
    _, place = np.unique(scores, return_inverse=True)
    high = np.bincount(place[is_high], counts[is_high], minlength=int(place.max(initial=-1)) + 1)
    low = np.bincount(place[~is_high], counts[~is_high], minlength=len(high))
    return of_table(low.astype(np.float64), high.astype(np.float64))


def averaged(areas: list[Area], copies: float) -> Area:
    """The mean over folds, of rows that count for less where they come in `copies`.

    Areas of folds that learned from each other's rows are correlated, by up to 1 where the scores mean nothing; the
    standard deviation of a mean is at most the mean of the standard deviations, whatever the correlation, and that
    is what is taken.
    """
    count = len(areas)
    return Area(
        value=sum(area.value for area in areas) / count,
        error=math.sqrt(copies) * sum(area.error for area in areas) / count,
        null_error=math.sqrt(copies) * sum(area.null_error for area in areas) / count,
    )

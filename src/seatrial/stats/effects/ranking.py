"""How well scores tell two groups apart: the area under the curve, as far as it lies from one half.

For classifiers that try to tell two datasets apart, and for columns that give the label away. The variance is that of
DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44:837; with clusters (rows of one user, one day) that of
Obuchowski (1997), Biometrics 53:567, which sums placements within a cluster before squaring them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seatrial.stats import permutation
from seatrial.stats.effects.record import Effect, folded, rows_needed

_Array = NDArray[np.float64]


def auc(
    scores_positive: ArrayLike,
    scores_negative: ArrayLike,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
    clusters_positive: ArrayLike | None = None,
    clusters_negative: ArrayLike | None = None,
) -> Effect:
    """|AUC - 1/2| of the two lists of scores; `signed` is above 0 where positives score higher.

    Positives are the current side. Clusters are whole numbers, one for each score; a number that occurs on both
    sides is one cluster.
    """
    positive, negative = _scores(scores_positive), _scores(scores_negative)
    m, n = positive.size, negative.size
    if min(m, n) == 0:
        raise ValueError("an area under the curve needs scores of both groups")
    placements_positive = _placements(positive, negative)
    placements_negative = 1 - _placements(negative, positive)
    area = float(placements_positive.mean())
    n_effective, m_effective = n / deff_reference, m / deff_current
    rows = n_effective + m_effective
    law = permutation.dealt_out(_tied(positive, negative), m_effective / rows, rows)
    under_null = math.sqrt(law.variance * (1 / n_effective + 1 / m_effective))
    if clusters_positive is None or clusters_negative is None:
        own = float(placements_positive.var(ddof=1)) * deff_current if m > 1 else 0.25
        of_reference = float(placements_negative.var(ddof=1)) * deff_reference if n > 1 else 0.25
        error = math.sqrt(own / m + of_reference / n)
    else:
        error = _clustered(placements_positive, placements_negative, clusters_positive, clusters_negative, area)
        under_null = max(error, under_null)
    signed = area - 0.5
    low, high = _bounds(area, error, min(n_effective, m_effective), confidence)
    return Effect(
        statistic="auc",
        estimate=abs(signed),
        signed=signed,
        low=low,
        high=high,
        p=permutation.two_sided(signed / under_null, law.skewness) if under_null > 0 else 1.0,
        n_needed=rows_needed(
            law.variance,
            law.variance,
            n_effective,
            confidence=confidence,
            floor=floor,
            detect=detect,
            alpha=alpha,
            deff_current=deff_current,
        ),
    )


def _bounds(area: float, error: float, fewer: float, confidence: float) -> tuple[float, float]:
    if error <= 0.0 and area in (0.0, 1.0):
        # Rows paired off are independent, and all of them agree: the area is at least alpha^(1/pairs), exactly.
        return max(0.0, (1 - confidence) ** (1 / max(fewer, 1.0)) - 0.5), 0.5
    low, high = folded(area - 0.5, error, confidence=confidence)
    return min(low, 0.5), min(high, 0.5)


def _scores(values: ArrayLike) -> _Array:
    scores = np.asarray(values, dtype=np.float64).ravel()
    if bool(np.isnan(scores).any()):
        raise ValueError("a score is not a number")
    return scores


def _placements(of: _Array, among: _Array) -> _Array:
    """For each score the share of the others that lie below it, equal ones by half."""
    ordered = np.sort(among)
    below = np.searchsorted(ordered, of, side="left") + np.searchsorted(ordered, of, side="right")
    return np.asarray(below / (2 * among.size), dtype=np.float64)


def _tied(positive: _Array, negative: _Array) -> _Array:
    """How many scores of both groups share each value, by ascending value."""
    return np.unique(np.concatenate((positive, negative)), return_counts=True)[1].astype(np.float64)


def _clustered(
    positive: _Array, negative: _Array, clusters_positive: ArrayLike, clusters_negative: ArrayLike, area: float
) -> float:
    """The standard error when rows of one cluster depend on each other."""
    ids_positive, ids_negative = np.asarray(clusters_positive), np.asarray(clusters_negative)
    if ids_positive.shape != positive.shape or ids_negative.shape != negative.shape:
        raise ValueError("every score needs a cluster")
    _, index = np.unique(np.concatenate((ids_positive, ids_negative)), return_inverse=True)
    m, n = positive.size, negative.size
    groups = int(index.max()) + 1
    sums = np.bincount(index[:m], weights=(positive - area) / m, minlength=groups)
    sums += np.bincount(index[m:], weights=(negative - area) / n, minlength=groups)
    return math.sqrt(float(sums @ sums) * groups / max(groups - 1, 1))

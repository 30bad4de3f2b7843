"""Distances between two lists of counts, as users name them: KL, JS, PSI, KS, Wasserstein, chi-square, Hellinger.

All take (reference, current), the same bins in the same order, and are pure arithmetic: no
test, no threshold. They are shown, and limited where a contract says so; what decides otherwise is in `effects/`.
Natural logarithms, so KL, JS and PSI are in nats. KL and PSI add half a count to every bin (Krichevsky and Trofimov
1981, IEEE Trans. Inf. Theory 27:199), without which one empty bin makes them infinite; a bin empty on both
sides is left out, so that a longer list of words changes nothing. The others need no smoothing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

HALF_COUNT = 0.5
"""What KL and PSI add to every bin."""

_Array = NDArray[np.float64]


def kl(reference: ArrayLike, current: ArrayLike) -> float:
    """Kullback and Leibler's divergence KL(current || reference) in nats, with half counts.

    Kullback and Leibler (1951), Ann. Math. Stat. 22:79. Not symmetric: how surprising current rows are to
    whoever knows the reference.
    """
    earlier, later = _smoothed(reference, current)
    return max(0.0, float(np.sum(later * np.log(later / earlier))))


def psi(reference: ArrayLike, current: ArrayLike) -> float:
    """The population stability index in nats, with half counts: KL both ways, summed (Jeffreys's divergence).

    Yurdakul (2018), Statistical Properties of the Population Stability Index: without drift it follows
    (1/n + 1/m) times chi-square with bins - 1 degrees of freedom.
    """
    earlier, later = _smoothed(reference, current)
    return max(0.0, float(np.sum((later - earlier) * np.log(later / earlier))))


def js(reference: ArrayLike, current: ArrayLike) -> float:
    """Jensen and Shannon's divergence in nats, 0 to log 2; symmetric. Lin (1991), IEEE Trans. Inf. Theory 37:145.

    Biased upwards by about (bins - 1) / 8 times (1/n + 1/m) where there is no difference; `effects.shape` takes
    that away.
    """
    earlier, later = _shares(reference, current)
    return js_of_shares(earlier, later)


def js_of_shares(earlier: _Array, later: _Array) -> float:
    """The same of shares, each summing to 1."""
    middle = (earlier + later) / 2
    parts = _times_log(earlier, middle) + _times_log(later, middle)
    return min(math.log(2), max(0.0, float(parts.sum()) / 2))


def js_distance(reference: ArrayLike, current: ArrayLike) -> float:
    """The square root of JS in bits, 0 to 1: a metric (Endres and Schindelin 2003, IEEE Trans. Inf. Theory 49:1858)."""
    return math.sqrt(js(reference, current) / math.log(2))


def ks(reference: ArrayLike, current: ArrayLike) -> float:
    """The largest difference of the two cumulative shares over ordered bins, 0 to 1: Kolmogorov and Smirnov's D.

    Of binned values it is at most that of the values themselves.
    """
    earlier, later = _shares(reference, current)
    return float(np.max(np.abs(np.cumsum(later - earlier))))


def wasserstein(edges: ArrayLike, reference: ArrayLike, current: ArrayLike, *, least: float, most: float) -> float:
    """The first Wasserstein (earth mover's) distance in the column's unit, values spread evenly within each bin.

    `edges` are the inner ones, one fewer than bins; the open ends are cut at `least` and `most`, the smallest and
    largest value of both sides. The area between the two cumulative distributions (Vallender 1974, Theory Probab.
    Appl. 18:784), exact for that spread.
    """
    earlier, later = _shares(reference, current)
    inner = np.asarray(edges, dtype=np.float64)
    if inner.size != earlier.size - 1:
        raise ValueError(f"{inner.size} edges do not part {earlier.size} bins")
    ends = np.concatenate(([min(least, *inner[:1])], inner, [max(most, *inner[-1:])]))
    gap = np.concatenate(([0.0], np.cumsum(later - earlier)))
    gap[-1] = 0.0
    left, right = gap[:-1], gap[1:]
    whole = (np.abs(left) + np.abs(right)) / 2
    apart = np.abs(right - left)
    crossing = left * right < 0
    with np.errstate(divide="ignore", invalid="ignore"):
        area = np.where(crossing, (left * left + right * right) / (2 * apart), whole)
    return float(area @ np.diff(ends))


def chi_square(reference: ArrayLike, current: ArrayLike) -> float:
    """Pearson's statistic of the two by bins table, both sides as samples. Pearson (1911), Biometrika 8:250.

    No units; without drift it follows chi-square with one degree of freedom fewer than bins that hold anything.
    """
    earlier, later = _counts(reference, current)
    n, m = earlier.sum(), later.sum()
    pooled = earlier + later
    held = pooled > 0
    gap = later[held] / m - earlier[held] / n
    return float(np.sum(gap * gap / pooled[held]) * n * m)


def hellinger(reference: ArrayLike, current: ArrayLike) -> float:
    """Hellinger's distance, 0 to 1: sqrt(1 - sum sqrt(p q)). Hellinger (1909), J. reine angew. Math. 136:210."""
    earlier, later = _shares(reference, current)
    return math.sqrt(float(np.sum((np.sqrt(earlier) - np.sqrt(later)) ** 2)) / 2)


def sd_equivalent(js_nats: float) -> float:
    """The shift of a normal distribution, in its standard deviations, that is as far apart: sqrt(8 JS).

    A shift by x has JS = x^2 / 8 to second order. The largest value is 2.35, where nothing overlaps.
    """
    return math.sqrt(8 * max(js_nats, 0.0))


def _counts(reference: ArrayLike, current: ArrayLike) -> tuple[_Array, _Array]:
    earlier, later = np.asarray(reference, dtype=np.float64), np.asarray(current, dtype=np.float64)
    if earlier.ndim != 1 or earlier.shape != later.shape:
        raise ValueError(f"{earlier.shape} and {later.shape} are not counts of the same bins")
    if not (bool(np.all(earlier >= 0)) and bool(np.all(later >= 0)) and earlier.sum() > 0 and later.sum() > 0):
        raise ValueError("a distance needs counts on both sides, none below 0")
    return earlier, later


def _shares(reference: ArrayLike, current: ArrayLike) -> tuple[_Array, _Array]:
    earlier, later = _counts(reference, current)
    return earlier / earlier.sum(), later / later.sum()


def _smoothed(reference: ArrayLike, current: ArrayLike) -> tuple[_Array, _Array]:
    earlier, later = _counts(reference, current)
    held = (earlier + later) > 0
    earlier, later = earlier[held] + HALF_COUNT, later[held] + HALF_COUNT
    return earlier / earlier.sum(), later / later.sum()


def _times_log(share: _Array, middle: _Array) -> _Array:
    """share * log(share / middle), 0 where the share is 0."""
    held = share > 0
    result = np.zeros_like(share)
    result[held] = share[held] * np.log(share[held] / middle[held])
    return result

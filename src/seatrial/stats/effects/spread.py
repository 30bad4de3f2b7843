"""Whether a distribution became wider or narrower, with its location set aside.

Bins are laid on the normal scale of the reference: the edge between two bins is the normal quantile of the share of
the reference below it (normal scores, as in van der Waerden's and Klotz's tests; Klotz 1962, Ann. Math. Stat. 33:498).
On that scale the current rows are fitted by a normal distribution with a mean and a standard deviation of
its own, by maximum likelihood for grouped values, so that the open end bins need no numbers. This is the
binormal model of Dorfman and Alf (1969), J. Math. Psychol. 6:487. A shift alone goes into the mean and leaves the
spread as it is, exactly so where the reference is a monotone function of a normal variable.

The effect is sqrt 2 times |log of the ratio of standard deviations|: the distance of two normal distributions with
equal mean in Fisher's metric, in which a small shift by x standard deviations has length x (Atkinson and Mitchell 1981,
Sankhya A 43:345).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seatrial.stats import normal, student
from seatrial.stats.effects.location import counts_of
from seatrial.stats.effects.record import Effect, folded, rows_needed

FARTHEST = 10.0
"""The largest effect shown: a ratio of standard deviations of about 1,200."""

_ROUNDS = 40
_LARGEST_STEP = 0.7  # of log sigma, in one round
_WIDEST = FARTHEST / math.sqrt(2)  # |log sigma|
_OUTSIDE = 1.5  # standard deviations beyond the outermost edge at which a width can still be told

_Array = NDArray[np.float64]
_Model = tuple[_Array, _Array, _Array]


def spread(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> Effect | None:
    """The ratio of spreads between counts of the same ordered bins.

    None where fewer than three bins of the reference hold rows: a column of two values has no spread beside its share.
    Raises ValueError where a side is empty.
    """
    earlier, later = counts_of(reference), counts_of(current)
    n, m = float(earlier.sum()), float(later.sum())
    if not (n > 0 and m > 0):
        raise ValueError("a spread needs rows on both sides")
    earlier, later = _joined(earlier, later)
    if earlier.size < 3:
        return None
    scale = _Scale(earlier / n)
    shares = (later + earlier / n) / (m + 1.0)  # one row of the reference: a column that is stuck keeps a width
    centre, log_ratio = scale.fit(shares)
    own, of_reference = scale.variances(centre, log_ratio, shares)
    null_own, null_reference = scale.variances(0.0, 0.0, earlier / n)
    moved_own, moved_reference = scale.of_a_shift(centre)
    n_effective, m_effective = n / deff_reference, m / deff_current
    error = math.sqrt(2 * (own / m_effective + of_reference / n_effective))
    under_null = math.sqrt(2 * (moved_own / m_effective + moved_reference / n_effective))
    signed = min(max(math.sqrt(2) * log_ratio, -FARTHEST), FARTHEST)
    low, high = folded(signed, error, confidence=confidence)
    return Effect(
        statistic="spread_in_sd",
        estimate=abs(signed),
        signed=signed,
        low=min(low, FARTHEST),
        high=min(high, FARTHEST),
        p=student.two_sided(signed / under_null, _freedom(n_effective, m_effective)) if under_null > 0.0 else 1.0,
        n_needed=rows_needed(
            2 * null_own,
            2 * null_reference,
            n_effective,
            confidence=confidence,
            floor=floor,
            detect=detect,
            alpha=alpha,
            deff_current=deff_current,
        ),
        parts=int(earlier.size),
    )


def _freedom(n: float, m: float) -> float:
    """Degrees of freedom for the tail of the ratio: its standard error is itself estimated, from bins of few rows where
    both sides are small. With 89 rows on each side a normal tail was found to be three times too thin at 0.001."""
    return max(n * m / (n + m), 1.0)


def _joined(earlier: _Array, later: _Array) -> tuple[_Array, _Array]:
    """Bins without rows in the reference, joined to the neighbour below (the first ones to that above)."""
    starts = np.flatnonzero(earlier > 0)
    starts[0] = 0
    return np.add.reduceat(earlier, starts), np.add.reduceat(later, starts)


class _Scale:
    """The reference's bins on the normal scale, and the grouped normal fit on it."""

    def __init__(self, shares: _Array) -> None:
        below = np.cumsum(shares)[:-1]
        above = np.cumsum(shares[::-1])[::-1][1:]
        self._edges = np.array(
            [
                -normal.upper_quantile(b) if b < 0.5 else normal.upper_quantile(a)
                for b, a in zip(below.tolist(), above.tolist(), strict=True)
            ]
        )
        self._known: dict[tuple[float, float], _Model] = {}

    def fit(self, shares: _Array) -> tuple[float, float]:
        """The mean and the log of the standard deviation, by Fisher's scoring from 0 and 0."""
        centre = log_ratio = 0.0
        for _ in range(_ROUNDS):
            probabilities, by_centre, by_log = self._model(centre, log_ratio)
            gradient = np.array([shares @ by_centre, shares @ by_log])
            information = _information(probabilities, by_centre, by_log)
            step = np.linalg.solve(information, gradient)
            sigma = math.exp(log_ratio)
            size = max(abs(step[0]) / sigma, abs(step[1]))
            shrink = min(1.0, _LARGEST_STEP / size) if size > 0 else 1.0
            centre, log_ratio = centre + shrink * float(step[0]), log_ratio + shrink * float(step[1])
            log_ratio = min(max(log_ratio, -_WIDEST), _WIDEST)
            if size < 1e-8:
                break
        return float(centre), float(log_ratio)

    def variances(self, centre: float, log_ratio: float, shares: _Array) -> tuple[float, float]:
        """The variance of the log ratio times the rows: of the current side, and of the reference.

        The current side by the sandwich, which holds where the model does not, but never below the model's; the
        reference moves the edges, and
        with them the score.
        """
        probabilities, by_centre, by_log = self._model(centre, log_ratio)
        inverse = np.linalg.inv(_information(probabilities, by_centre, by_log))
        influence = inverse[1, 0] * by_centre + inverse[1, 1] * by_log
        sandwich = float(shares @ influence**2 - (shares @ influence) ** 2)
        own = max(sandwich, float(inverse[1, 1]))  # rows that all fell into one bin have no variance to show
        sigma = math.exp(log_ratio)
        standard = (self._edges - centre) / sigma
        weights = np.exp(0.5 * (self._edges**2 - standard**2)) / sigma
        moved = np.concatenate((np.cumsum((weights * np.diff(influence))[::-1])[::-1], [0.0]))
        base = self.probabilities(0.0, 0.0)
        of_reference = float(base @ moved**2 - (base @ moved) ** 2)
        return own, of_reference

    def of_a_shift(self, centre: float) -> tuple[float, float]:
        """The same where only the location differs; nothing is known of widths far outside the bins."""
        inside = min(max(centre, float(self._edges[0]) - _OUTSIDE), float(self._edges[-1]) + _OUTSIDE)
        return self.variances(inside, 0.0, self.probabilities(inside, 0.0))

    def probabilities(self, centre: float, log_ratio: float) -> _Array:
        """The shares of the bins under a normal distribution on this scale."""
        return self._model(centre, log_ratio)[0]

    def _model(self, centre: float, log_ratio: float) -> _Model:
        """Probabilities of the bins, and the derivatives of their logs by mean and log sd; remembered, for half of what
        is asked is the reference itself."""
        known = self._known.get((centre, log_ratio))
        if known is None:
            known = self._known[centre, log_ratio] = self._made(centre, log_ratio)
        return known

    def _made(self, centre: float, log_ratio: float) -> _Model:
        sigma = math.exp(log_ratio)
        standard = (self._edges - centre) / sigma
        tails = _tails(np.abs(standard))  # beyond each edge, away from the middle
        below = standard < 0
        left = _between(0.0, np.where(below, tails, 1 - tails), 1.0)
        right = _between(1.0, np.where(below, 1 - tails, tails), 0.0)
        probabilities = np.where(left[1:] <= 0.5, left[1:] - left[:-1], right[:-1] - right[1:])
        probabilities = np.maximum(probabilities, 1e-300)
        heights = _between(0.0, np.exp(-0.5 * standard**2) / math.sqrt(2 * math.pi), 0.0)
        moments = _between(0.0, heights[1:-1] * standard, 0.0)
        by_centre = (heights[:-1] - heights[1:]) / probabilities / sigma
        by_log = (moments[:-1] - moments[1:]) / probabilities
        return probabilities, by_centre, by_log


def _between(first: float, middle: _Array, last: float) -> _Array:
    """An array with one more number at either end."""
    whole = np.empty(middle.size + 2)
    whole[0], whole[1:-1], whole[-1] = first, middle, last
    return whole


def _tails(distances: _Array) -> _Array:
    """`normal.sf` of each: numpy has no error function, and a call for each edge would be most of a fit."""
    return 0.5 * np.fromiter(map(math.erfc, (distances / math.sqrt(2)).tolist()), np.float64, distances.size)


def _information(probabilities: _Array, by_centre: _Array, by_log: _Array) -> _Array:
    cross = float(probabilities @ (by_centre * by_log))
    information = np.array([[float(probabilities @ by_centre**2), cross], [cross, float(probabilities @ by_log**2)]])
    return information + np.eye(2) * 1e-12

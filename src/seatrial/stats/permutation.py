"""The tail of a rank statistic when rows are dealt out at random: a normal law, corrected for its skewness.

Where most values are equal (nearly always zero, say) and one side is small, the sum of its ranks is as skewed as
a Poisson variable: the normal law then calls four rare values out of fifty a one in a million event, though it happens
once in a few hundred times. The first three moments under permutation are known exactly; a Pearson type III (gamma)
law with these moments gives the tail: Mielke and Berry (2007), Permutation Methods, section 2.3.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seatrial.stats import normal
from seatrial.stats.gamma import lower_gamma, upper_gamma

_STRAIGHT = 1e-4  # below this skewness the law is normal to eight digits


def mean_skewness(scores: NDArray[np.float64], counts: NDArray[np.float64], drawn: float) -> float:
    """The skewness of the mean of `drawn` scores, taken without putting back; `counts` says how often each is there."""
    total = float(counts.sum())
    centred = scores - float(scores @ counts) / total
    second, third = float(centred**2 @ counts) / total, float(centred**3 @ counts) / total
    if not second > 0.0 or not 0 < drawn < total or total < 3:
        return 0.0
    rest = total - drawn
    finite = (rest - drawn) / (total - 2) * math.sqrt((total - 1) / (drawn * rest))
    return float(third / second**1.5 * finite)


def two_sided(z: float, skewness: float) -> float:
    """Twice the smaller tail beyond z standard deviations, at most 1."""
    if abs(skewness) < _STRAIGHT:
        return normal.two_sided(z)
    if skewness < 0:
        z, skewness = -z, -skewness
    shape = 4 / skewness**2
    point = shape + z * math.sqrt(shape)
    if point <= 0.0:
        return 0.0 if z < 0 else 1.0
    return min(1.0, 2 * min(lower_gamma(shape, point), upper_gamma(shape, point)))

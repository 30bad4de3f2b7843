"""The tail of a rank statistic when rows are dealt out at random: a normal law, corrected for its skewness.

Where most values are equal (nearly always zero, say) and one side is small, the sum of its ranks is as skewed as
a Poisson variable: the normal law then calls four rare values out of fifty a one in a million event, though it happens
once in a few hundred times. The first three moments under permutation are known exactly; a Pearson type III (gamma)
law with these moments gives the tail: Mielke and Berry (2007), Permutation Methods, section 2.3.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.stats import normal
from seatrial.stats.gamma import lower_gamma, upper_gamma

_STRAIGHT = 1e-4  # below this skewness the law is normal to eight digits


class DealtOut(Struct, frozen=True, kw_only=True):
    """The law of the area under the curve when rows go to either side at random.

    `variance` times (1/n + 1/m) is that of the area; 1/12 without ties. `skewness` is that of the area itself.
    """

    variance: float
    skewness: float


def dealt_out(tied: NDArray[np.float64], share: float, effective: float) -> DealtOut:
    """The law for `tied`, the rows of both sides with the same value, by ascending value.

    `share` of all rows go to the current side. `effective` is the number of rows that all of them are worth.
    """
    total = float(tied.sum())
    ranks = (np.cumsum(tied) - tied / 2) / total - 0.5
    second, third = float(ranks**2 @ tied) / total, float(ranks**3 @ tied) / total
    variance = second * total / max(total - 1, 1.0)
    if not (second > 0.0 and 0.0 < share < 1.0 and effective > 2.0):
        return DealtOut(variance=variance, skewness=0.0)
    uneven = (1 - 2 * share) * effective / (effective - 2)
    spread = math.sqrt((effective - 1) / (share * (1 - share))) / effective
    return DealtOut(variance=variance, skewness=third / second**1.5 * uneven * spread)


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

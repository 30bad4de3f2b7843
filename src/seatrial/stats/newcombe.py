"""Newcombe's intervals for the difference of two shares: Wilson's limits of each, squared and added.

Beside Tango's and Miettinen and Nurminen's score intervals, which decide, these are closed forms. They
stay inside [-1, 1] and have a width where nothing was seen. Called by tests and benchmarks, which hold what decides
against them (docs/design/gates.md).

Shares may rest on any numbers of rows. All levels are one-sided: `alpha` is the error on each side.
"""

from __future__ import annotations

import math

from seatrial.stats.interval import Interval
from seatrial.stats.proportion import wilson


def unpaired(right1: int, n1: int, right2: int, n2: int, *, alpha: float) -> Interval:
    """First minus second share of independent rows. Newcombe (1998), Statistics in Medicine 17:873, method 10."""
    first, second = wilson(right1, n1, alpha=alpha), wilson(right2, n2, alpha=alpha)
    share1, share2 = right1 / n1, right2 / n2
    below = math.hypot(share1 - first.lower, second.upper - share2)
    above = math.hypot(first.upper - share1, share2 - second.lower)
    return Interval(lower=share1 - share2 - below, upper=share1 - share2 + above)


def paired(both: int, first_only: int, second_only: int, neither: int, *, alpha: float) -> Interval:
    """First minus second share of the same rows. Newcombe (1998), Statistics in Medicine 17:2635, method 10.

    The correlation of the two answers takes part of the squared distances away; where it is positive, it is brought
    towards 0 by half a row's worth, as the paper prescribes.
    """
    if min(both, first_only, second_only, neither) < 0:
        raise ValueError(f"{both}, {first_only}, {second_only} and {neither} are no counts of rows")
    n = both + first_only + second_only + neither
    first, second = wilson(both + first_only, n, alpha=alpha), wilson(both + second_only, n, alpha=alpha)
    share1, share2 = (both + first_only) / n, (both + second_only) / n
    phi = _correlation(both, first_only, second_only, neither)
    below = _added(share1 - first.lower, second.upper - share2, phi)
    above = _added(first.upper - share1, share2 - second.lower, phi)
    difference = (first_only - second_only) / n
    return Interval(lower=difference - below, upper=difference + above)


def _correlation(both: int, first_only: int, second_only: int, neither: int) -> float:
    n = both + first_only + second_only + neither
    margins = (both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    if margins == 0:
        return 0.0
    excess = float(both * neither - first_only * second_only)
    if excess > 0.0:
        excess = max(excess - n / 2, 0.0)
    return excess / math.sqrt(margins)


def _added(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(one * one + other * other - 2 * phi * one * other, 0.0))

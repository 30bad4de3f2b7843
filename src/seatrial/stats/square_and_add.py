"""The interval of a difference or a ratio of two figures, from the interval of each: square and add.

The method of variance estimates recovery: the distance from each figure to its own bound stands for its standard
error on that side, and independent errors add by their squares (Zou and Donner 2008, Statistics in Medicine 27:1693;
for ratios by logarithms, Donner and Zou 2012, Statistical Methods in Medical Research 21:347). So lopsided intervals
stay lopsided, and where a figure has no bound on a side, neither has the difference.

Called by the latency gate, whose quantiles and means have intervals of very different kinds.
"""

from __future__ import annotations

import math

from msgspec import Struct


class Bounds(Struct, frozen=True, kw_only=True):
    """A figure and its bounds, each with a one-sided error of its own; None where no bound can be named."""

    estimate: float
    lower: float | None
    upper: float | None


def difference(first: Bounds, second: Bounds) -> Bounds:
    """`first` minus `second`. Both estimates are finite."""
    estimate = first.estimate - second.estimate
    below = _together(_gap(first.estimate, first.lower), _gap(second.upper, second.estimate))
    above = _together(_gap(first.upper, first.estimate), _gap(second.estimate, second.lower))
    return Bounds(
        estimate=estimate,
        lower=None if below is None else estimate - below,
        upper=None if above is None else estimate + above,
    )


def increase(first: Bounds, second: Bounds) -> Bounds:
    """By what share `first` is above `second`: 0.1 for a tenth. Raises ValueError unless both are above 0."""
    if not (first.estimate > 0.0 and second.estimate > 0.0):
        raise ValueError(f"{first.estimate} and {second.estimate} have no ratio")
    logs = difference(_logarithms(first), _logarithms(second))
    return Bounds(
        estimate=first.estimate / second.estimate - 1.0,
        lower=None if logs.lower is None else math.expm1(logs.lower),
        upper=None if logs.upper is None else _expm1(logs.upper),
    )


def _gap(high: float | None, low: float | None) -> float | None:
    """How far apart, never below 0: a bound of few values may lie on the estimate's wrong side by a hair."""
    if high is None or low is None or not math.isfinite(high - low):
        return None
    return max(high - low, 0.0)


def _together(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else math.hypot(one, other)


def _logarithms(bounds: Bounds) -> Bounds:
    return Bounds(estimate=math.log(bounds.estimate), lower=_log(bounds.lower), upper=_log(bounds.upper))


def _log(value: float | None) -> float | None:
    return math.log(value) if value is not None and value > 0.0 else None


def _expm1(value: float) -> float | None:
    try:
        return math.expm1(value)
    except OverflowError:
        return None

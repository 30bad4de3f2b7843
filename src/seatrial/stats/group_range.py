"""How far apart k groups are: bounds on the range, never the largest point minus the smallest.

The range that is seen overstates the true one: of twenty equal groups of 200 rows some two always look ten points
apart. Called by gates that limit a disparity between groups, of shares (as difference or ratio), or of anything with a
standard error, such as an AUC.

The two bounds answer different questions and use different critical values, both with error `alpha`:

- lower  "at least this far apart": some pair must be shown to differ, and it was picked among all pairs. So every pair
         is bounded at q / sqrt 2, q the studentised range's quantile for k groups (Tukey 1953; Kramer 1956, Biometrics
         12:307, for unequal numbers of rows; conservative: Hayter 1984, Ann. Stat. 12:61), and the largest counts.
- upper  "at most this far apart": every pair must be shown to be close, so each is bounded by itself and the largest
         counts, without correction (intersection-union: Berger 1982, Technometrics 24:295). The truly farthest pair is
         one pair; its own bound is wrong with probability `alpha`, and no larger one can be less right.

Pairs of shares are bounded by Newcombe's method 10 (1998, Statistics in Medicine 17:873). Their ratios, by the same
square and add on the logarithms of Wilson's limits (Zou and Donner 2008, Statistics in Medicine 27:1693), because the
usual variance of a logarithm (Katz and others 1978) is 0 for flawless groups and infinite for a count of 0. A group
with a count of 0 still has Wilson's upper limit: with that, and the other group's lower limit, "at least this far
apart" stays bounded, while "at most" has no bound: the ratio may be 0.

Simulated (tests/long/test_group_range_error_rates.py), alpha 0.05: equal groups are shown to be more than 0.05 apart in
at most 0.9 % of samples, groups truly at a limit pass it in at most 5.4 %, or exceed it in at most 2.7 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.stats import normal, student, studentized_range
from seatrial.stats.interval import Interval
from seatrial.stats.proportion import wilson

_Array = NDArray[np.float64]


class Pair(Struct, frozen=True, kw_only=True):
    """Two groups, by their places in what was given."""

    high: int
    low: int


class GroupRange(Struct, frozen=True, kw_only=True):
    """The distance of the farthest groups, or the ratio of the smallest to the largest, and its bounds.

    `seen`, `at_lower` and `at_upper` are the pairs that carry the estimate and each bound.
    """

    estimate: float
    lower: float
    upper: float
    seen: Pair
    at_lower: Pair
    at_upper: Pair


def range_of_shares(right: Sequence[int], n: Sequence[int], *, alpha: float) -> GroupRange:
    """The largest minus the smallest of independent shares right[i] / n[i], each of at least one row."""
    share, apart, alone = _limits(right, n, alpha)
    seen = _differences(share)
    sure = seen - _root(share - apart[0], apart[1] - share)
    possible = seen + _root(alone[1] - share, share - alone[0])
    return _range(seen, sure, possible, order=seen, most=1.0)


def ratio_of_shares(right: Sequence[int], n: Sequence[int], *, alpha: float) -> GroupRange:
    """The smallest over the largest of independent shares: 1 where all are equal, 0 where a group has none.

    Where no group has any, nothing is known: the estimate is NaN, between 0 and 1.
    """
    share, apart, alone = _limits(right, n, alpha)
    none = share == 0.0
    log = np.log(np.where(none, 1.0, share))  # of an empty group: replaced below
    low, high = np.log(np.where(none, 1.0, apart[0])), np.log(apart[1])
    seen = _differences(log)
    sure = np.where(none[None, :], low[:, None] - high[None, :], seen - _root(log - low, high - log))
    own_low, own_high = np.log(np.where(none, 1.0, alone[0])), np.log(alone[1])
    possible = seen + _root(own_high - log, log - own_low)
    for pairs in (seen, possible):
        pairs[:, none] = math.inf
    for pairs in (seen, possible, sure):
        pairs[none, :] = -math.inf
    if none.all():
        possible[:, :] = math.inf
    logs = _range(seen, sure, possible, order=_differences(share), most=math.inf)
    return GroupRange(
        estimate=math.nan if none.all() else math.exp(-logs.estimate),
        lower=math.exp(-logs.upper),
        upper=math.exp(-logs.lower),
        seen=logs.seen,
        at_lower=logs.at_upper,
        at_upper=logs.at_lower,
    )


def range_of_estimates(
    values: Sequence[float], errors: Sequence[float], *, alpha: float, freedom: float = math.inf
) -> GroupRange:
    """The largest minus the smallest of independent, nearly normal estimates with the given standard errors.

    `freedom` is that of the errors, the fewest of any group where they differ. An error of 0 claims a certainty that
    no sample gives, and is refused.
    """
    value, error = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if value.ndim != 1 or value.shape != error.shape or value.size < 2:
        raise ValueError(f"{value.shape} values and {error.shape} standard errors are not two groups or more")
    if not (bool(np.all(np.isfinite(value))) and bool(np.all(np.isfinite(error))) and bool(np.all(error > 0.0))):
        raise ValueError("a range needs finite values, with standard errors above 0")
    together = _root(error, error)
    family = studentized_range.upper_quantile(alpha, value.size, freedom) / math.sqrt(2)
    single = student.upper_quantile(alpha, freedom)
    seen = _differences(value)
    return _range(seen, seen - family * together, seen + single * together, order=seen, most=math.inf)


def _limits(right: Sequence[int], n: Sequence[int], alpha: float) -> tuple[_Array, _Array, _Array]:
    """The shares, and Wilson's limits of each: at the level of the family, and at its own."""
    if len(right) != len(n) or len(n) < 2:
        raise ValueError(f"{len(right)} counts of {len(n)} groups are not two groups or more")
    family = normal.sf(studentized_range.upper_quantile(alpha, len(n)) / math.sqrt(2))
    apart = [wilson(k, rows, alpha=family) for k, rows in zip(right, n, strict=True)]
    alone = [wilson(k, rows, alpha=alpha) for k, rows in zip(right, n, strict=True)]
    share = np.asarray([k / rows for k, rows in zip(right, n, strict=True)])
    return share, _ends(apart), _ends(alone)


def _ends(intervals: Sequence[Interval]) -> _Array:
    return np.asarray([[interval.lower for interval in intervals], [interval.upper for interval in intervals]])


def _differences(values: _Array) -> _Array:
    """Of all pairs: the first index is the group that is taken as the higher one."""
    return np.asarray(values[:, None] - values[None, :])


def _root(of_high: _Array, of_low: _Array) -> _Array:
    return np.hypot(of_high[:, None], of_low[None, :])


def _range(seen: _Array, sure: _Array, possible: _Array, *, order: _Array, most: float) -> GroupRange:
    """The largest of each. A range is never below 0; pairs that tie are told apart by `order`, then by their places."""
    estimate, lower, upper = (_largest(pairs, order) for pairs in (seen, sure, possible))
    return GroupRange(
        estimate=float(seen[estimate.high, estimate.low]),
        lower=max(0.0, float(sure[lower.high, lower.low])),
        upper=min(most, float(possible[upper.high, upper.low])),
        seen=estimate,
        at_lower=lower,
        at_upper=upper,
    )


def _largest(pairs: _Array, order: _Array) -> Pair:
    different = ~np.eye(pairs.shape[0], dtype=bool)
    tied = different & (pairs == pairs[different].max())
    high, low = divmod(int(np.where(tied, order, -math.inf).argmax()), pairs.shape[0])
    return Pair(high=high, low=low)

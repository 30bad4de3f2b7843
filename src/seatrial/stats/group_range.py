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
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.stats import normal, student, studentized_range
from seatrial.stats.interval import Interval
from seatrial.stats.proportion import wilson

_Array: TypeAlias = NDArray[np.float64]
_Places: TypeAlias = NDArray[np.intp]

_BLOCK: Final = 1 << 20
"""Pairs that are looked at together."""


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
    kept, groups = _limits(right, n, alpha)

    def pairs(high: slice) -> _Pairs:
        one = groups.taken(high)
        seen = _differences(one.share, groups.share)
        sure = seen - _root(one.share - one.apart[0], groups.apart[1] - groups.share)
        possible = seen + _root(one.alone[1] - one.share, groups.share - groups.alone[0])
        return _Pairs(seen=seen, sure=sure, possible=possible, order=seen)

    return _range(pairs, kept, most=1.0)


def ratio_of_shares(right: Sequence[int], n: Sequence[int], *, alpha: float) -> GroupRange:
    """The smallest over the largest of independent shares: 1 where all are equal, 0 where a group has none.

    Where no group has any, nothing is known: the estimate is NaN, between 0 and 1.
    """
    kept, groups = _limits(right, n, alpha)
    none = groups.share == 0.0
    logs = groups.logarithms()

    def pairs(high: slice) -> _Pairs:
        one, empty = logs.taken(high), none[high]
        seen = _differences(one.share, logs.share)
        bounded = seen - _root(one.share - one.apart[0], logs.apart[1] - logs.share)
        sure = np.where(none[None, :], one.apart[0][:, None] - logs.apart[1][None, :], bounded)
        possible = seen + _root(one.alone[1] - one.share, logs.share - logs.alone[0])
        for each in (seen, possible):
            each[:, none] = math.inf
        for each in (seen, possible, sure):
            each[empty, :] = -math.inf
        if none.all():
            possible[:, :] = math.inf
        return _Pairs(seen=seen, sure=sure, possible=possible, order=_differences(groups.share[high], groups.share))

    found = _range(pairs, kept, most=math.inf)
    return GroupRange(
        estimate=math.nan if none.all() else math.exp(-found.estimate),
        lower=math.exp(-found.upper),
        upper=math.exp(-found.lower),
        seen=found.seen,
        at_lower=found.at_upper,
        at_upper=found.at_lower,
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
    family = studentized_range.upper_quantile(alpha, value.size, freedom) / math.sqrt(2)
    single = student.upper_quantile(alpha, freedom)
    kept = _two_of_each(np.stack([value, error], axis=1))
    value, error = value[kept], error[kept]

    def pairs(high: slice) -> _Pairs:
        seen, together = _differences(value[high], value), _root(error[high], error)
        return _Pairs(seen=seen, sure=seen - family * together, possible=seen + single * together, order=seen)

    return _range(pairs, kept, most=math.inf)


class _Shares(Struct, frozen=True, kw_only=True):
    """Shares (or their logarithms) with Wilson's limits of each, lower and upper: at the level of the family, and at
    its own."""

    share: _Array
    apart: _Array
    alone: _Array

    def taken(self, at: slice) -> _Shares:
        """Some of the groups."""
        return _Shares(share=self.share[at], apart=self.apart[:, at], alone=self.alone[:, at])

    def logarithms(self) -> _Shares:
        """Of a group with none, the logarithms of what has none are 0, and not to be used."""
        none = self.share == 0.0
        made = [np.stack([np.log(np.where(none, 1.0, low)), np.log(high)]) for low, high in (self.apart, self.alone)]
        return _Shares(share=np.log(np.where(none, 1.0, self.share)), apart=made[0], alone=made[1])


def _limits(right: Sequence[int], n: Sequence[int], alpha: float) -> tuple[_Places, _Shares]:
    """The places of the groups to be paired, and what is known of these."""
    if len(right) != len(n) or len(n) < 2:
        raise ValueError(f"{len(right)} counts of {len(n)} groups are not two groups or more")
    family = normal.sf(studentized_range.upper_quantile(alpha, len(n)) / math.sqrt(2))
    kept = _two_of_each(np.stack([np.asarray(right), np.asarray(n)], axis=1))
    counts = [(right[at], n[at]) for at in kept.tolist()]
    apart = [wilson(k, rows, alpha=family) for k, rows in counts]
    alone = [wilson(k, rows, alpha=alpha) for k, rows in counts]
    share = np.asarray([k / rows for k, rows in counts])
    return kept, _Shares(share=share, apart=_ends(apart), alone=_ends(alone))


def _two_of_each(groups: NDArray[np.generic]) -> _Places:
    """The first two places of every different row of `groups`, ascending.

    Groups that are equal have equal bounds with all others, and of pairs that tie the first is named, which is always
    one of these. Ten thousand groups of a row or two are four or five different ones, and not fifty million pairs.
    """
    _, which = np.unique(groups, axis=0, return_inverse=True)
    which = which.reshape(-1)
    order = np.argsort(which, kind="stable")
    in_order = which[order]
    third = np.append([False, False], in_order[2:] == in_order[:-2])
    return np.sort(order[~third])


def _ends(intervals: Sequence[Interval]) -> _Array:
    return np.asarray([[interval.lower for interval in intervals], [interval.upper for interval in intervals]])


def _differences(high: _Array, low: _Array) -> _Array:
    """Of all pairs: the first index is the group that is taken as the higher one."""
    return np.asarray(high[:, None] - low[None, :])


def _root(of_high: _Array, of_low: _Array) -> _Array:
    return np.hypot(of_high[:, None], of_low[None, :])


class _Pairs(Struct, frozen=True, kw_only=True):
    """What is known of some higher groups, each paired with every group: rows are the higher ones."""

    seen: _Array
    sure: _Array
    possible: _Array
    order: _Array


class _Best(Struct):
    """The largest of pairs that come block by block; those that tie are told apart by `order`, then by their places."""

    value: float = -math.inf
    order: float = -math.inf
    pair: Pair | None = None

    def look(self, pairs: _Array, order: _Array, different: NDArray[np.bool_], begin: int) -> None:
        """One more block, of which the first row is the group at `begin`."""
        value = float(pairs[different].max())
        chosen = np.where(different & (pairs == value), order, -math.inf)
        at = int(chosen.argmax())
        high, low = divmod(at, pairs.shape[1])
        if self.pair is None or (value, chosen.flat[at]) > (self.value, self.order):
            self.value, self.order = value, float(chosen.flat[at])
            self.pair = Pair(high=begin + high, low=low)


def _range(pairs: Callable[[slice], _Pairs], kept: _Places, *, most: float) -> GroupRange:
    """The largest of each, over blocks of pairs, so that memory has a bound. A range is never below 0."""
    count = len(kept)
    step = max(1, _BLOCK // count)
    estimate, lower, upper = _Best(), _Best(), _Best()
    for begin in range(0, count, step):
        here = pairs(slice(begin, begin + step))
        different = np.ones(here.seen.shape, dtype=bool)
        rows = np.arange(len(different))
        different[rows, begin + rows] = False
        for best, each in ((estimate, here.seen), (lower, here.sure), (upper, here.possible)):
            best.look(each, here.order, different, begin)
    return GroupRange(
        estimate=estimate.value,
        lower=max(0.0, lower.value),
        upper=min(most, upper.value),
        seen=_placed(estimate, kept),
        at_lower=_placed(lower, kept),
        at_upper=_placed(upper, kept),
    )


def _placed(best: _Best, kept: _Places) -> Pair:
    assert best.pair is not None  # noqa: S101 - there are two groups or more
    return Pair(high=int(kept[best.pair.high]), low=int(kept[best.pair.low]))

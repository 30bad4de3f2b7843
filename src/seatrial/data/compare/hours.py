"""The hours of the day of a column of times: another daily pattern, or another time zone. Called by `times`.

Two views, and one claim of the clearer one: any difference of the 24 shares, and a turn of all hours. A turn has one
degree of freedom where the shares have 23, so it is seen with far fewer rows: each row scores the log of how much
likelier its hour would be if the hours of the reference were turned (a likelihood ratio), and the mean scores of both
sides are compared, by a normal law corrected for skewness. That the score is made from the reference's own counts
favours the reference by one part in its rows for every hour, which is taken off.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare.pair import Pair, detectable, speaks
from seatrial.data.compare.wording import size
from seatrial.data.profile.records import Times
from seatrial.stats import permutation
from seatrial.stats.effects import Effect, shape
from seatrial.stats.effects.record import folded

Counts = NDArray[np.int64]

_HOURS = 24
_WHOLE_DAYS = 2  # less hold no daily pattern
_DAY = 86_400_000_000  # microseconds
_ENOUGH = 50
"""Rows of the reference for each hour, on average, from which on a turn is scored: fewer make scores of noise."""
_BETTER = 3.0
"""How far turned hours may still lie from those of the reference, in what chance makes of equal ones (the squared
Hellinger distance of two samples is about (bins - 1) (1/n + 1/m) / 4)."""


def hours(pair: Pair, before: Times, after: Times) -> Claim | None:
    """The claim that the hours are as they were, where both sides span whole days and have hours at all."""
    old, new = np.asarray(before.hours), np.asarray(after.hours)
    if min(_days(before), _days(after)) < _WHOLE_DAYS or np.count_nonzero(old + new) < 2:
        return None
    any_way = shape(old, new, ordered=False, **pair.limits(Unit.SD))
    if not speaks(any_way, after.count):
        return None
    limits = pair.limits(Unit.SD, detect=detectable(pair.drift.detect, any_way))
    turn = _best_turn(pair, old, new)
    effect = turn if turn is not None and turn.p < any_way.p else any_way
    by = turned(old, new)
    return pair.claim(
        Check.HOURS,
        effect,
        f"the hours of the day of {pair.name} differ by {size(effect, Unit.SD)}: most rows at "
        f"{int(np.argmax(new))} h, was {int(np.argmax(old))} h",
        limits=limits,
        details={"hours_shifted": float(by)},
        times=1 if turn is None else 2,
        guess="" if by == 0 else f"; they look shifted by {by:+d} h: another time zone?",
    )


def _days(times: Times) -> float:
    return 0.0 if times.least is None or times.most is None else (times.most - times.least) / _DAY


def _best_turn(pair: Pair, old: Counts, new: Counts) -> Effect | None:
    """The turn that the current hours speak for most clearly, its p corrected for all of them; None where the reference
    has too few rows to tell."""
    n, m = float(old.sum()), float(new.sum())
    if n < _ENOUGH * _HOURS:
        return None
    error = math.sqrt(pair.deff_reference / n + pair.deff_current / m)
    pooled = (old + new) / (n + m)
    worth_old, worth_new = n / pair.deff_reference, m / pair.deff_current
    uneven = (1 / worth_new**2 - 1 / worth_old**2) / error**3
    best, p = 0.0, 1.0
    for turn in range(1, _HOURS):
        score = np.log((np.roll(old, turn) + 0.5) / (old + 0.5))
        away = score - float(pooled @ score)
        width = math.sqrt(float(pooled @ away**2))
        if width > 0.0:
            own_favour = np.count_nonzero(old) / worth_old
            apart = (float(new @ score) / m - float(old @ score) / n - own_favour) / width
            if apart > best:
                skewness = float(pooled @ (away / width) ** 3) * uneven
                best, p = apart, permutation.two_sided(apart / error, skewness)
    low, high = folded(best, error, confidence=pair.drift.confidence)
    return Effect(
        statistic="turn_in_sd",
        estimate=best,
        signed=best,
        low=low,
        high=high,
        p=min(1.0, p * (_HOURS - 1)),
        n_needed=None,
    )


def turned(before: Counts, after: Counts) -> int:
    """By how many hours, -12 to 12, the hours of `before` are turned to lie closest to those of `after`; 0 if no turn
    explains them much better than none."""
    old, new = before / before.sum(), after / after.sum()
    apart = [
        float((np.sqrt(np.roll(old, turn)) - np.sqrt(new)) @ (np.sqrt(np.roll(old, turn)) - np.sqrt(new)))
        for turn in range(_HOURS)
    ]
    best = int(np.argmin(apart))
    noise = len(apart) / 4 * (1 / before.sum() + 1 / after.sum())
    if apart[best] > _BETTER * noise or apart[0] - apart[best] <= noise:
        return 0
    return best if best <= _HOURS // 2 else best - _HOURS

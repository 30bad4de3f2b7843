"""Have two groups moved further apart than they were under the baseline?

Called by the fairness gate. For a pair of groups, the gap of the candidate is D and that of the baseline B; what is
bounded is
|D| - |B|. A sign is not known, so both are tried: |D| - |B| is the largest over the sign of D of the smallest over the
sign of B of (+-D) - (+-B), and each of these four is a difference of two independent groups with a standard error.
The lower bound is taken at the critical value of the studentised range, because the pair was picked among all; the
upper bound needs none for the number of pairs, because every one must be shown (Berger 1982, Technometrics 24:295),
and half of alpha, because the smaller of two bounds is taken.

Subtle: a group in which the models never disagree has no spread. Each group's variance is therefore that of one more
unit at the far end, after Agresti and Min (2005, Statistics in Medicine 24:729), who do the same for paired shares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

from msgspec import Struct

from seatrial.stats import normal, studentized_range


class Moved(Struct, frozen=True, kw_only=True):
    """One group: the metric of candidate and baseline, and the variances of candidate minus and plus baseline."""

    candidate: float
    baseline: float
    of_minus: float
    of_plus: float


class Widening(Struct, frozen=True, kw_only=True):
    """The pair of groups that moved furthest apart: by how much, between which bounds; `at_upper` carries the upper."""

    estimate: float
    lower: float
    upper: float
    pair: tuple[int, int]
    at_upper: tuple[int, int]


def widening(groups: Sequence[Moved], *, alpha: float) -> Widening:
    """Bounds on the largest |D| - |B| over all pairs of at least two groups, each with error `alpha`."""
    family = studentized_range.upper_quantile(alpha, len(groups)) / math.sqrt(2)
    single = normal.upper_quantile(alpha / 2)  # the sign of B is picked too, of two
    nothing = (-math.inf, (0, 1))
    seen = sure = possible = nothing
    for pair in combinations(_two_of_each(groups), 2):
        first, second = groups[pair[0]], groups[pair[1]]
        ours, theirs = first.candidate - second.candidate, first.baseline - second.baseline
        minus, plus = math.sqrt(first.of_minus + second.of_minus), math.sqrt(first.of_plus + second.of_plus)
        seen = max(seen, (abs(ours) - abs(theirs), pair))
        sure = max(sure, (_bound(ours, theirs, -family * minus, -family * plus), pair))
        possible = max(possible, (_bound(ours, theirs, single * minus, single * plus), pair))
    return Widening(estimate=seen[0], lower=sure[0], upper=possible[0], pair=seen[1], at_upper=possible[1])


def _two_of_each(groups: Sequence[Moved]) -> list[int]:
    """The last two places of groups that are equal: these have equal bounds with all others, and of pairs that tie the
    last is named. Ten thousand groups of a row or two are a few different ones, and not fifty million pairs."""
    last: dict[Moved, tuple[int, ...]] = {}
    for at, group in enumerate(groups):
        last[group] = (*last.get(group, ())[-1:], at)
    return sorted(at for places in last.values() for at in places)


def _bound(ours: float, theirs: float, minus: float, plus: float) -> float:
    up = min(ours - theirs + minus, ours + theirs + plus)
    down = min(theirs - ours + minus, -ours - theirs + plus)
    return max(up, down)

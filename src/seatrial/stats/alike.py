"""How often groups that are alike in truth are shown to be so: the law behind a plan of the fairness gate.

Called by `gates/fairness/plan.py`. A gate on a range passes where for every two groups the seen distance and the bound
around it together stay within a limit (`group_range.py`): x_i - x_j + hypot(up_i, down_j) <= limit, for independent
normal x with one common mean. Of equal groups this is the studentised range; of unequal ones it is found as the range
is, by conditioning on the group that is furthest up.

Subtle: "furthest up" is by x plus what its bound adds, so that the pairs of which that group is not one are within
wherever its own pairs are, but for the little by which hypot is not a sum. Against drawn samples the chance is off by
less than 0.01 (tests/unit/stats/test_alike.py), two groups are exact. Groups of nearly one size are counted together
where there are very many.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.stats import normal

_Array = NDArray[np.float64]

_MOST_KINDS = 32  # of groups; more are counted together with their neighbours
_RATIO = 1.1  # of the errors of groups that are then counted as one kind
_REACH, _STEP = 8.0, 0.125  # standard errors on either side of the mean that are summed over, and how finely
_TABLE = np.arange(-10.0, 10.0, 0.004)
_CDF = np.asarray([normal.cdf(float(z)) for z in _TABLE])  # to 1e-6 between these: numpy has no normal law


class Bounded(Struct, frozen=True, kw_only=True):
    """A group, or `count` that are the same: its standard error, and how far its bounds lie above and below it."""

    error: float
    up: float
    down: float
    count: int = 1


def chance_alike(groups: Sequence[Bounded], limit: float) -> float:
    """The probability that all pairs of two groups or more, alike in truth, are shown to be within `limit`.

    0.0 exactly where even groups that look the same are not.
    """
    kinds = _kinds(groups)
    count = np.asarray([float(each.count) for each in kinds])
    if count.sum() < 2:
        raise ValueError("one group is like itself")
    error, up, down = (
        np.asarray([getattr(each, name) for each in kinds], dtype=np.float64) for name in ("error", "up", "down")
    )
    room = limit - np.hypot(up[:, None], down[None, :])  # by how much i may lie above j
    reach = np.hypot(up, down[error.argmax()])
    most = np.minimum(reach[:, None] - reach[None, :], room.T)  # by how much j may lie above i, which is furthest up
    z = np.arange(-_REACH, _REACH + _STEP / 2, _STEP)
    weight = np.exp(-0.5 * z * z) * (_STEP / math.sqrt(2 * math.pi))
    total = 0.0
    for at in range(len(kinds)):
        x = error[at] * z[:, None]
        inside = _cdf((x + most[at]) / error) - _cdf((x - room[at]) / error)
        others = count - (np.arange(len(kinds)) == at)
        total += float(count[at] * (weight @ np.prod(np.maximum(inside, 0.0) ** others, axis=1)))
    return min(1.0, total)


def _cdf(z: _Array) -> _Array:
    return np.asarray(np.interp(z, _TABLE, _CDF))


def _kinds(groups: Sequence[Bounded]) -> list[Bounded]:
    """Equal groups together; where that leaves many, those of nearly one size."""
    equal: dict[tuple[float, float, float], int] = defaultdict(int)
    for each in groups:
        equal[each.error, each.up, each.down] += each.count
    if len(equal) <= _MOST_KINDS:
        return [Bounded(error=e, up=up, down=down, count=count) for (e, up, down), count in sorted(equal.items())]
    widest = max(each.error for each in groups)
    near: dict[int, list[Bounded]] = defaultdict(list)
    for each in groups:
        near[min(int(math.log(widest / each.error) / math.log(_RATIO)), _MOST_KINDS - 1)].append(each)
    return [_together(near[at]) for at in sorted(near)]


def _together(groups: Sequence[Bounded]) -> Bounded:
    count = sum(each.count for each in groups)

    def mean(squares: Sequence[float]) -> float:
        return math.sqrt(math.fsum(squares) / count)

    return Bounded(
        error=mean([each.count * each.error**2 for each in groups]),
        up=mean([each.count * each.up**2 for each in groups]),
        down=mean([each.count * each.down**2 for each in groups]),
        count=count,
    )

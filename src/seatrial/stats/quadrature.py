"""The area of a tail that starts at a known height: how tails of large parameters are computed.

Continued fractions need more steps the larger the parameters, up to 100,000 at 1e10. A tail beyond the
mode, though, is a smooth curve that falls faster than an exponential, so 48 points of
Gauss-Legendre give it to about 13 digits whatever the parameters. Relative accuracy does not
depend on how deep the tail is, because everything is relative to the first height.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

_POINTS = 48
_FALL = 42.0  # exp(-42) of the first height is where the tail may be cut off


@cache
def _rule() -> tuple[tuple[float, float], ...]:
    """Nodes and weights on [0, 1], by Newton's method on the Legendre polynomial."""
    rule = []
    for index in range(_POINTS):
        x = math.cos(math.pi * (index + 0.75) / (_POINTS + 0.5))
        slope = 1.0
        for _ in range(100):
            before, value = 0.0, 1.0
            for degree in range(1, _POINTS + 1):
                before, value = value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree
            slope = _POINTS * (x * value - before) / (x * x - 1)
            step = value / slope
            x -= step
            if abs(step) < 1e-16:
                break
        rule.append(((1 - x) / 2, 1 / ((1 - x * x) * slope * slope)))
    return tuple(rule)


def tail_area(log_ratio: Callable[[float], float], *, slope: float, curvature: float, most: float) -> float:
    """The integral of exp(log_ratio(s)) over s from 0 to `most`, where log_ratio(0) = 0 and it falls.

    `slope` and `curvature` are minus the first and second derivative at 0, both >= 0 and not both 0: they say how
    far the tail reaches. log_ratio must be concave.
    """
    reach = 2 * _FALL / (slope + math.sqrt(slope * slope + 2 * curvature * _FALL))
    for _ in range(60):  # a third derivative may let the tail reach further
        if reach >= most or log_ratio(reach) < -_FALL + 4:
            break
        reach *= 1.3
    reach = min(reach, most)
    total = 0.0
    for node, weight in _rule():
        total += weight * math.exp(log_ratio(reach * node))
    return reach * total

"""A curve as one word of block characters: `█▅▃▂▁▁`.

Called by both faces of a report; pure. It shows a shape only, so the faces print the first, the
lowest and the last value beside it. A value that is not finite is a gap (`GAP`), and thinning
keeps gaps: one NaN among a million finite values still shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"
_MIDDLE = BLOCKS[3]


def sparkline(values: Sequence[float], *, width: int = 24) -> str:
    """The shape of `values` in at most `width` characters; empty for no values.

    A longer series is thinned: each character is the mean of a run of neighbours, or a gap where
    one of them is not finite. Values that are all equal are a line at middle height.
    """
    if width < 1:
        raise ValueError(f"a sparkline of width {width} cannot be drawn")
    heights = _thinned(values, width) if len(values) > width else tuple(map(_finite, values))
    known = [height for height in heights if height is not None]
    if not known:
        return GAP * len(heights)
    # Halved first, so that the span of two huge values of opposite sign does not overflow.
    low, span = min(known) / 2, max(known) / 2 - min(known) / 2
    return "".join(GAP if height is None else _block(height / 2 - low, span) for height in heights)


def _thinned(values: Sequence[float], width: int) -> tuple[float | None, ...]:
    edges = [index * len(values) // width for index in range(width + 1)]
    return tuple(_mean(values[start:end]) for start, end in pairwise(edges))


def _mean(values: Sequence[float]) -> float | None:
    if not all(map(math.isfinite, values)):
        return None
    # Rounding can carry the mean of the largest floats past all of them, to infinity.
    return min(max(values), sum(value / len(values) for value in values))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _block(above: float, span: float) -> str:
    if span <= 0:
        return _MIDDLE
    return BLOCKS[min(len(BLOCKS) - 1, int(above / span * len(BLOCKS)))]

"""A long series with few points, and the mean of several series.

Called by whoever makes pictures out of curves; pure. Thinning a curve by taking every tenth point loses the one spike
that matters. Here each stretch of neighbours keeps its first, lowest, highest and last point, in order, and a gap if it
has one, so the picture has the outline that it has with all points (min-max decimation; Steinarsson 2013, Downsampling
time series for visual representation, section 4.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from seatrial.report.plot_facts import MOST_POINTS

_KEPT_OF_EACH = 5  # first, lowest, highest, last, and a gap


def thinned(
    x: Sequence[float], y: Sequence[float], most: int = MOST_POINTS
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """At most `most` points with the outline of all; a value that is not finite becomes NaN. Raises ValueError for a
    `most` of less than 5."""
    if most < _KEPT_OF_EACH:
        raise ValueError(f"{most} points cannot keep an outline")
    values = [value if math.isfinite(value) else math.nan for value in y]
    if len(values) <= most:
        return tuple(x), tuple(values)
    stretches = most // _KEPT_OF_EACH
    edges = [index * len(values) // stretches for index in range(stretches + 1)]
    kept = [at for start, end in pairwise(edges) for at in _outline(values, start, end)]
    return tuple(x[at] for at in kept), tuple(values[at] for at in kept)


def _outline(values: Sequence[float], start: int, end: int) -> list[int]:
    known = [at for at in range(start, end) if not math.isnan(values[at])]
    gap = next((at for at in range(start, end) if math.isnan(values[at])), None)
    kept = {start, end - 1}
    if known:
        kept |= {min(known, key=values.__getitem__), max(known, key=values.__getitem__)}
    if gap is not None:
        kept.add(gap)
    return sorted(kept)


def mean_of(series: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The mean at each place, NaN where one of them has no value: a mean that a diverged run left would improve by
    that."""
    return tuple(_mean(at) if all(map(math.isfinite, at)) else math.nan for at in zip(*series, strict=True))


def _mean(values: Sequence[float]) -> float:
    """Halved first, and held between the ends: rounding can carry the mean of the largest floats past all of them."""
    half = math.fsum(value / 2 / len(values) for value in values)
    return min(max(values), max(min(values), 2 * half))

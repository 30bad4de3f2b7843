"""Values of metrics files that a metric cannot have: an accuracy of 92 is a per cent, and passes every limit below 1.

Called by `performance` and `recipe`, which take such values as they are. How they were computed nobody knows here, so
only what no computation can give is refused, and only of names that Seatrial knows; any other name may mean anything.
"""

from __future__ import annotations

from seatrial.metrics.catalog import Metric

_ROUNDING = 1e-6
"""A mean of float32 may end that far beyond its range."""
_PER_CENT = 100.0


def outside(metric: Metric | None, name: str, value: float, file: str) -> str | None:
    """Why the value of a file cannot be that of the metric; None where it can, or where the metric is not known."""
    if metric is None:
        return None
    low, high = metric.low, metric.high
    if not ((low is not None and value < low - _ROUNDING) or (high is not None and value > high + _ROUNDING)):
        return None
    match low, high:
        case float(), float():
            span = f"lies from {low:g} to {high:g}"
        case float(), None:
            span = f"is never below {low:g}"
        case _:
            span = f"is never above {high:g}"
    said = f"{name} is {value:.12g} in {file}, and {span}"
    if high == 1.0 and 1.0 < value <= _PER_CENT:
        return f"{said}: it may be a per cent, to be written as {value / _PER_CENT:.12g}"
    return f"{said}: it is another figure, or another unit"

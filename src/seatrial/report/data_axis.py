"""Where an axis has its ticks and how they read: round numbers, or dates.

Called by `data_svg.py` and `data_markdown.py`; pure.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from seatrial.data.columns import Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SLACK = 1e-9  # 0.6 / 0.2 is not quite 3
_DAY = 86_400_000_000  # microseconds
_HOUR = 3_600_000_000
_MINUTE, _DAYS = 60_000_000, (1, 2, 7, 14, 30, 90, 180, 365)
_TIMES = (1, 1_000, 1_000_000, _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, *(each * _DAY for each in _DAYS))


def ticks(low: float, high: float, kind: Kind, *, most: int = 5) -> list[tuple[float, str]]:
    """At most about `most` values between the ends, each with its text."""
    if not (math.isfinite(high - low) and low < high):
        return []
    step = _time_step(high - low, most) if kind is Kind.TIME else _round_step(high - low, most)
    first, last = math.ceil(low / step - _SLACK), math.floor(high / step + _SLACK)
    values = [number * step for number in range(first, last + 1)]
    return [(value, label(value, kind, step)) for value in values]


def label(value: float, kind: Kind, step: float) -> str:
    """A value as a tick reads it, given what lies between two ticks."""
    if kind is Kind.TIME:
        return _time(value, step)
    if value and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.4g}"
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if step * 10**digits % 1 > 1e-6:  # a step of 0.25 or 2.5 has one digit more than its size says
        digits += 1
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if not any(digit in text for digit in "123456789") else text


def _round_step(span: float, most: int) -> float:
    size = 10.0 ** math.floor(math.log10(span / most))
    return next(size * step for step in _STEPS if size * step * most >= span * (1 - 1e-9))


def _time_step(span: float, most: int) -> float:
    """A step people know: seconds, quarters of an hour, days. Longer spans take multiples of the longest."""
    fitting = (step for step in _TIMES if step * most >= span)
    return next(fitting, _TIMES[-1] * math.ceil(span / most / _TIMES[-1]))


def _time(value: float, step: float) -> str:
    try:
        at = _EPOCH + timedelta(microseconds=round(value))
    except OverflowError:
        return f"{value:.4g} us"
    if step >= _DAY:
        return f"{at:%Y-%m-%d}"
    return f"{at:%m-%d %H:%M}" if step >= _MINUTE else f"{at:%H:%M:%S}"


def ends(low: float, high: float, kind: Kind) -> tuple[str, str]:
    """Both ends of an axis as texts, exact enough to tell them apart."""
    step = (high - low) / 100 if kind is not Kind.TIME else (high - low) / 4
    return label(low, kind, step), label(high, kind, step)

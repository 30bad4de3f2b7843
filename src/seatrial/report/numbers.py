"""The one place where figures become text for people.

Called by both faces of a report and by every command that prints a figure. Each function takes
a value in its natural unit (seconds, bytes, the metric's own) and gives text without control
characters; an unknown value (None) is `UNKNOWN`, never a zero.

What is subtle: figures that are read side by side share their decimals, chosen so that a
difference never disappears by rounding (`places`). A rounded zero carries no sign.
"""

from __future__ import annotations

import math

from seatrial.digest import short as digest

__all__ = [
    "UNKNOWN",
    "count",
    "digest",
    "duration",
    "figure",
    "instant",
    "interval",
    "places",
    "plural",
    "signed",
    "size",
]

UNKNOWN = "-"
_LEAST_PLACES = 3
_MOST_PLACES = 6
_COUNTS_FROM = 10
_HUGE = 1e15  # from here on the digits before the point are noise
_UNITS = ("kB", "MB", "GB", "TB", "PB")


def places(*values: float | None, difference: float | None = None) -> int:
    """Decimals for figures that are read together.

    Three as a rule; fewer for figures of a hundred and more; as many as two digits of the
    `difference` need, six at most.
    """
    known = [value for value in values if value is not None and math.isfinite(value)]
    if known and all(value == int(value) for value in known) and max(map(abs, known)) >= _COUNTS_FROM:
        return 0  # counts, not measurements
    largest = max(map(abs, known), default=0.0)
    whole_digits = len(str(int(min(largest, _HUGE))))
    plain = max(0, _LEAST_PLACES + 1 - whole_digits) if whole_digits > 1 else _LEAST_PLACES
    if not difference or not math.isfinite(difference):
        return plain
    return max(plain, min(_MOST_PLACES, 1 - math.floor(math.log10(abs(difference)))))


def figure(value: float | None, decimals: int | None = None) -> str:
    """A metric's value: `0.871`, `0.0312`, `12.40`, `1,713`, `3.1e-05`, `NaN`, `inf`."""
    if value is None:
        return UNKNOWN
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if abs(value) >= _HUGE or (0 < abs(value) < 10 ** -(_MOST_PLACES if decimals is not None else 4)):
        return f"{value:.3g}"
    if decimals is None:
        if value == int(value) and abs(value) >= 10:
            return f"{value:,.0f}"
        decimals = max(places(value), 2 - math.floor(math.log10(abs(value)))) if 0 < abs(value) < 0.1 else places(value)
    return _unsigned_zero(f"{value:,.{decimals}f}")


def signed(value: float | None, decimals: int | None = None) -> str:
    """A difference: `+0.012`, `-0.041`, and `0.000` without a sign."""
    if value is None:
        return UNKNOWN
    text = figure(value, places(value, difference=value) if decimals is None else decimals)
    return f"+{text}" if value > 0 and _is_not_zero(text) else text


def interval(bounds: tuple[float, float] | None, decimals: int | None = None, *, sign: bool = True) -> str:
    """An interval: `[-0.024, +0.001]`, or `[0.860, 0.890]` with `sign=False`."""
    if bounds is None:
        return UNKNOWN
    shared = places(*bounds) if decimals is None else decimals
    low, high = (signed(bound, shared) if sign else figure(bound, shared) for bound in bounds)
    return f"[{low}, {high}]"


def duration(seconds: float | None) -> str:
    """A time span: `0.04 s`, `0.8 s`, `2 m 10 s`, `1 h 05 m`."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds >= _HUGE:
        return f"{seconds:.3g} s"
    if round(seconds, 2) < 0.1:
        return f"{max(seconds, 0.0):.2f} s"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s"
    # Hours do not care for seconds, so they are rounded to minutes first.
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes:02d} m"


def size(number: float | None) -> str:
    """Bytes, in decimal units: `312 MB`, `1.2 GB`, `87 B`."""
    if number is None or not math.isfinite(number):
        return UNKNOWN
    if number >= _HUGE * 1000:
        return f"{number:.3g} B"
    if number < 1000:
        return f"{max(number, 0):.0f} B"
    value, unit = number / 1000, _UNITS[0]
    for larger in _UNITS[1:]:
        if round(value) < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if round(value, 1) < 10 else f"{value:,.0f} {unit}"


def count(number: int | None) -> str:
    """A whole number with thousands separators: `1,713`."""
    return UNKNOWN if number is None else f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 stage`, `1,713 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def instant(text: str) -> str:
    """`2026-11-21 06:30:00` of an instant in UTC; what is none, or has another offset, as it stands."""
    return text[:19].replace("T", " ") if text.endswith(("Z", "+00:00")) else text.replace("T", " ")


def _unsigned_zero(text: str) -> str:
    return text if _is_not_zero(text) else text.removeprefix("-")


def _is_not_zero(text: str) -> bool:
    return any(digit in text for digit in "123456789") or "inf" in text or "NaN" in text

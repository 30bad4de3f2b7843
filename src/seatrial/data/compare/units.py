"""Which change of unit would explain how two columns of numbers differ.

Only words for a message: whether a column differs is decided elsewhere. A change of unit is a linear one, x ->
factor x + offset, so the standard deviation changes by the factor, and the mean follows. What fits is told only
when the factor is well away from one, so that no drift is explained away as a unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from seatrial.data.profile.records import Numbers

_TOLERANCE = 0.08  # of the log of a ratio of standard deviations; the factors told are 1.6 and more
_MOST = 3.0
"""How many standard errors a mean may lie from where the unit puts it."""


class Change(Struct, frozen=True):
    """One conversion."""

    factor: float
    offset: float
    words: str


_SCALES: Sequence[tuple[float, str]] = (
    (1000.0, "1000 times (thousandths for wholes, such as g for kg)"),
    (1e6, "1,000,000 times"),
    (100.0, "100 times (such as cents for euros, percent for shares)"),
    (10.0, "10 times"),
    (2.54, "2.54 times (inches to centimetres)"),
    (25.4, "25.4 times (inches to millimetres)"),
    (3.2808, "3.28 times (metres to feet)"),
    (1.6093, "1.609 times (miles to kilometres)"),
    (2.2046, "2.205 times (kilograms to pounds)"),
    (3.6, "3.6 times (m/s to km/h)"),
    (60.0, "60 times (minutes for hours, or seconds for minutes)"),
    (3600.0, "3600 times (seconds for hours)"),
    (86400.0, "86400 times (seconds for days)"),
    (24.0, "24 times (hours for days)"),
    (1024.0, "1024 times (such as KiB for MiB)"),
    (57.2958, "57.3 times (radians to degrees)"),
)
_BACK: Sequence[tuple[float, str]] = (
    (1000.0, "a thousandth (such as kg for g)"),
    (1e6, "a millionth"),
    (100.0, "a hundredth (such as euros for cents, shares for percent)"),
    (10.0, "a tenth"),
    (2.54, "1/2.54 (centimetres to inches)"),
    (25.4, "1/25.4 (millimetres to inches)"),
    (3.2808, "0.3048 times (feet to metres)"),
    (1.6093, "0.621 times (kilometres to miles)"),
    (2.2046, "0.4536 times (pounds to kilograms)"),
    (3.6, "1/3.6 (km/h to m/s)"),
    (60.0, "a sixtieth (hours for minutes, or minutes for seconds)"),
    (3600.0, "1/3600 (hours for seconds)"),
    (86400.0, "1/86400 (days for seconds)"),
    (24.0, "1/24 (days for hours)"),
    (1024.0, "1/1024 (such as MiB for KiB)"),
    (57.2958, "0.01745 times (degrees to radians)"),
)
CHANGES: tuple[Change, ...] = (
    Change(1.8, 32.0, "Celsius to Fahrenheit"),
    Change(1 / 1.8, -32 / 1.8, "Fahrenheit to Celsius"),
    Change(1.0, 273.15, "Celsius to kelvin"),
    Change(1.0, -273.15, "kelvin to Celsius"),
    Change(-1.0, 0.0, "the sign is flipped"),
    *(Change(factor, 0.0, f"now {words}") for factor, words in _SCALES),
    *(Change(1 / factor, 0.0, f"now {words}") for factor, words in _BACK),
)


def explained(before: Numbers, after: Numbers) -> str | None:
    """The conversion that turns the figures of `before` into those of `after`, None where none fits well."""
    if before.count < 2 or after.count < 2 or not (0.0 < before.m2 < math.inf and 0.0 < after.m2 < math.inf):
        return None
    sd, sd_now = math.sqrt(before.m2 / before.count), math.sqrt(after.m2 / after.count)
    error = sd_now * math.sqrt(1 / before.count + 1 / after.count)
    if abs(after.mean - before.mean) <= _MOST * error and abs(math.log(sd_now / sd)) <= 2 * _TOLERANCE:
        return None  # hardly anything changed, so there is nothing to explain
    zeros = abs(after.zeros / after.count - before.zeros / before.count)
    if zeros > _TOLERANCE / 4 + _MOST * 0.5 * math.sqrt(1 / before.count + 1 / after.count):
        return None  # a unit leaves zeros where they are, or moves all of them
    best: tuple[float, str] | None = None
    for change in CHANGES:
        ratio = abs(math.log(sd_now / (sd * abs(change.factor))))
        off = abs(after.mean - (change.factor * before.mean + change.offset))
        if ratio <= _slack(before, after) and off <= _MOST * error and (best is None or ratio + off / sd_now < best[0]):
            best = ratio + off / sd_now, change.words
    return None if best is None else best[1]


def _slack(before: Numbers, after: Numbers) -> float:
    """How far the ratio of two standard deviations may lie from a factor: wider for few rows."""
    return _TOLERANCE + 2 * math.sqrt(0.5 / before.count + 0.5 / after.count)


def factor_of(extreme: float, usual: float) -> str | None:
    """What a value far outside was probably multiplied with: a power of ten, told when it is one roughly."""
    if usual == 0.0 or extreme == 0.0 or not (math.isfinite(usual) and math.isfinite(extreme)):
        return None
    power = round(math.log10(abs(extreme)) - math.log10(abs(usual)))  # the quotient may be beyond all floats
    return f"about {10**power:,} times" if power >= 1 else None

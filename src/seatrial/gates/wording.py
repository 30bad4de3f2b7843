"""Figures as a reviewer reads them in a finding's message.

Enough decimals that one row shows, that a margin is printed as it was written, and that two
different numbers never look the same. Reports lay figures out on their own; a message must
stand alone in a log.
"""

from __future__ import annotations

import math

from seatrial.stats.interval import Interval

_MOST_DECIMALS = 12
_LONGEST_WRITTEN = 9  # characters of a margin that somebody typed
_SPELLED_OUT = 1e15


def decimals_for(n: int) -> int:
    """Decimals at which one row of `n` shows, three at least and four at most: what lies beyond is noise."""
    return min(4, max(3, len(str(n - 1)))) if n > 1 else 3


def decimals_of(value: float) -> int:
    """Decimals that show four digits of a figure of any size: three of 12.345, none of 54321."""
    size = abs(value)
    if size == 0 or not math.isfinite(size):
        return 3
    return max(0, min(_MOST_DECIMALS, 3 - math.floor(math.log10(size))))


def number(value: float, decimals: int) -> str:
    """A value with `decimals` decimals, and no minus sign before a zero; a huge one is not spelled out."""
    if abs(value) >= _SPELLED_OUT:
        return f"{value:.4g}"
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def exactly(value: float, decimals: int) -> str:
    """A number that a person wrote, with at least `decimals` decimals and as many as it has."""
    for places in range(decimals, _MOST_DECIMALS + 1):
        text = f"{value:.{places}f}"
        if float(text) == value:
            return text
    return repr(value)


def margin(value: float) -> str:
    """A margin as it was written; one that is a share of something, with four digits."""
    text = exactly(value, 3)
    return text if len(text) <= _LONGEST_WRITTEN else f"{value:.4g}"


def apart(value: float, limit: float, decimals: int) -> str:
    """A value with enough decimals to be told from `limit`."""
    for places in range(decimals, _MOST_DECIMALS + 1):
        text = number(value, places)
        if value == limit or float(text) != limit:
            return text
    return repr(value)


def told_apart(value: float, limit: float) -> str:
    """A value of any size with as many significant digits as tell it from `limit`, four at least."""
    for digits in range(4, 18):
        text = f"{value:.{digits}g}"
        if value == limit or float(text) != limit:
            return text
    return repr(value)


def percent(share: float) -> str:
    """A level: `90 %`, `97.5 %`."""
    return f"{100 * share:.6g} %"


def between(interval: Interval, alpha: float, decimals: int, *, limit: float) -> str:
    """An interval with its level, its ends told from `limit`: `90 % interval -0.024 to 0.001`."""
    if not (math.isfinite(interval.lower) and math.isfinite(interval.upper)):
        return "no interval"
    low, high = apart(interval.lower, limit, decimals), apart(interval.upper, limit, decimals)
    return f"{percent(1 - 2 * alpha)} interval {low} to {high}"


def plural(word: str) -> str:
    """The plural of a word that is counted in messages: `rows`, `queries`."""
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def units(n: int, word: str) -> str:
    """A number of something: `1 cluster`, `1,713 queries`."""
    return f"{n:,} {word if n == 1 else plural(word)}"


def is_or_are(n: int) -> str:
    """The verb of a number of something: `1 input is`, `2 inputs are`, `1 of 20 inputs is`."""
    return "is" if n == 1 else "are"


def rows(n: int) -> str:
    """A number of rows: `1 row`, `1,713 rows`."""
    return units(n, "row")

"""Figures and names as the messages of `data/compare` show them.

Every message names both sides in the column's own unit and the effect with its interval, so a reviewer need not
know the statistic. Values of the data come in here too, cut short and with blanks made visible: a message stays one
line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from seatrial.data.claims import Unit
from seatrial.stats.effects import Effect

_LONGEST = 40  # characters of a value in a message
_END = 14  # of these at the end of one that is cut
_HUGE = 1e15
"""From here on the digits before the point are noise."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def figure(value: float | None) -> str:
    """Four significant digits; the digits before the point are all there, as long as a float has them."""
    if value is None:
        return "none"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else ("infinity" if value > 0 else "-infinity")
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.0f}" if 1e4 <= abs(value) < _HUGE else f"{value:.4g}"


def percent(share: float) -> str:
    """A share of rows: `0.42 %`, `17 %`; what is not zero is never shown as zero, nor what is not all as all."""
    points = share * 100
    if points in (0.0, 100.0):
        return f"{points:.0f} %"
    digits = 1 if 1 <= points <= 99 else 2
    text = f"{points:.{digits}f}"
    if float(text) == 0.0:
        return "under 0.01 %"
    if float(text) == 100.0:
        return "over 99.99 %"
    return f"{text} %"


def value(text: str) -> str:
    """A value of the data in quotation marks, short, its control characters escaped."""
    cut = len(text) > _LONGEST  # in the middle: addresses and paths that differ do so near their ends
    shown = text[: _LONGEST - 3 - _END] + "..." + text[-_END:] if cut else text
    return '"' + "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in shown) + '"'


def values(texts: Sequence[str], *, most: int = 3) -> str:
    """The first of some values, and how many there are besides."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(value(text) for text in texts[:most]) + more


def size(effect: Effect, unit: Unit) -> str:
    """How far apart, with bounds: `0.31 sd (0.24 to 0.39)`."""
    if unit is Unit.SHARE:
        return f"{percent(effect.estimate)} of rows ({percent(effect.low)} to {percent(effect.high)})"
    return f"{effect.estimate:.2f} sd ({effect.low:.2f} to {effect.high:.2f})"


def moment(microseconds: int | None) -> str:
    """A time as people write it; seconds only where they are not zero."""
    if microseconds is None:
        return "none"
    try:
        when = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return f"{microseconds} us since 1970"
    return when.strftime("%Y-%m-%d %H:%M:%S" if when.second else "%Y-%m-%d %H:%M")

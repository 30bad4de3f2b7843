"""Values as YAML that the strict reader of contracts reads back as they were. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*\Z")
_NOT_TEXT = frozenset({"true", "false", "null"})
_LONGEST = 40
_TINY, _HUGE = 1e-4, 1e15
"""Where figures have an exponent: many zeros after the point, or more digits than a float has."""
_LONGEST_KEY = 1_000


def word(text: str, *, always: bool = False) -> str:
    """A text as a key or a value, in quotes where it needs them or `always`."""
    if not always and _PLAIN.match(text) and text.lower() not in _NOT_TEXT:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def key(text: str) -> str:
    """A key two steps in, with its colon. YAML wants one of more than 1,024 characters to be announced."""
    written = word(text)
    return f"{written}:" if len(written) <= _LONGEST_KEY else f"? {written}\n  :"


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"


def flow(values: Iterable[str | int]) -> str:
    """A list on one line."""
    return f"[{', '.join(word(value) if isinstance(value, str) else str(value) for value in values)}]"


def figure(value: float | None, digits: int) -> str:
    """A number with so many significant digits and no exponent, as people write it and may copy it into a rule; only
    what would be a row of zeros has one. The digits before the point are never rounded away."""
    if value is None:
        return "none"
    if not _TINY <= abs(value) < _HUGE:
        return f"{value + 0.0:.{digits}g}"  # one zero
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def comment(text: str) -> str:
    """A text for a comment: one line, printable, short."""
    plain = text if text.isprintable() else ascii(text)[1:-1]
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 3] + "..."

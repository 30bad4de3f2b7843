"""What the difference between two files looks like: times, another order, new identifiers, rounding. Pure.

Called by `file_comparison`. A clue is a guess that helps somebody look at the right place, never a finding:
each is found by masking what it explains in both files and seeing that nothing else is left.
"""

from __future__ import annotations

import re

from seatrial.evidence.sameness import Clue

_TIME = re.compile(
    rb"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    rb"|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"
    rb"|\b1[5-9]\d{8}(?:\d{3}){0,3}(?:\.\d+)?\b"
)
_IDENTIFIER = re.compile(
    rb"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b0x[0-9a-f]{6,16}\b|\b[0-9a-f]{32,64}\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|[-+]?\.\d+(?:[eE][-+]?\d+)?")
_BETWEEN = re.compile(rb"[\s,;:\[\]{}()]+")
_ARCHIVES = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ")
_ROUNDING = 1e-3
"""Relative. Sums in another order differ by less than this; other random numbers by more, nearly always."""


def clues(one: bytes, other: bytes) -> tuple[Clue, ...]:
    """What explains all of the difference, the likeliest first; a random number where nothing does."""
    if one.startswith(_ARCHIVES) and other.startswith(_ARCHIVES):
        return (Clue.ARCHIVE,)
    for pattern, clue in ((_TIME, Clue.TIME), (_IDENTIFIER, Clue.IDENTIFIER)):
        if pattern.sub(b"\0", one) == pattern.sub(b"\0", other):
            return (clue,)
    if sorted(_BETWEEN.split(one)) == sorted(_BETWEEN.split(other)):
        return (Clue.ORDER,)
    if _NUMBER.sub(b"\0", one) == _NUMBER.sub(b"\0", other) and _only_rounded(one, other):
        return (Clue.ROUNDING,)
    return (Clue.RANDOM, Clue.ROUNDING) if b"\0" in one[:8192] else (Clue.RANDOM,)


def _only_rounded(one: bytes, other: bytes) -> bool:
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= _ROUNDING * max(abs(float(a)), abs(float(b))) for a, b in pairs)

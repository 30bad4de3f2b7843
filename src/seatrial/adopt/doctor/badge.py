"""The result as a small picture for a README: the level, and the score. Pure, without a font to measure by.

Widths come from a table of DejaVu Sans, as wide as any usual font; `textLength` makes a browser keep to them.
"""

from __future__ import annotations

from seatrial.adopt.doctor.outcome import Level, Score
from seatrial.report.html import text

_HEIGHT = 20
_PAD = 6
_COLOURS = ("#9f2f2f", "#8a5a00", "#1f6f54", "#1b5e8a")
"""By level; white on each has a contrast above 4.5."""
_NARROW = frozenset("iljt.,:;'|! fr()[]/-")
_WIDE = frozenset("mwMW@%")


def badge(level: Level, score: Score) -> str:
    """The picture, with its words for those who hear it. The same result is the same bytes."""
    left, right = "seatrial", f"level {level.number} of 3, ML test score {score.final:g} of 7"
    widths = [_wide(word) + 2 * _PAD for word in (left, right)]
    whole = sum(widths)
    said = text(f"{left}: {right}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{_HEIGHT}" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<rect width="{widths[0]}" height="{_HEIGHT}" fill="#444"/>'
        f'<rect x="{widths[0]}" width="{widths[1]}" height="{_HEIGHT}" fill="{_COLOURS[level.number]}"/>'
        '<g fill="#fff" font-family="DejaVu Sans,Verdana,Geneva,sans-serif" font-size="11">'
        f"{_word(left, 0)}{_word(right, widths[0])}</g></svg>\n"
    )


def _word(word: str, start: int) -> str:
    return f'<text x="{start + _PAD}" y="14" textLength="{_wide(word)}">{text(word)}</text>'


def _wide(word: str) -> int:
    tenths = sum(38 if one in _NARROW else 105 if one in _WIDE else 68 for one in word)
    return round(tenths / 10)

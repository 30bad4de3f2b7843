"""Text laid into a number of terminal columns: its width, padded, shortened, wrapped.

Called by `table.py` and `terminal.py`, with text that is visible. Counts columns and not characters: East Asian wide
characters and emoji take two, combining marks none. Pure, and light: `rich` would do this too,
at a start-up cost that a run with nothing to do cannot afford.
"""

from __future__ import annotations

from seatrial.report.escape import COMMAND, ELLIPSIS, spelled


def columns(text: str) -> int:
    """How many terminal columns `text` takes."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if character.isascii():
        return 1
    import unicodedata  # half a millisecond that plain ASCII text does not pay

    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def head(text: str, width: int) -> str:
    """The longest beginning of `text` that takes at most `width` columns."""
    if text.isascii():
        return text[:width]
    used = 0
    for index, character in enumerate(text):
        used += _columns_of(character)
        if used > width:
            return text[:index]
    return text


def squeeze(text: str, width: int) -> str:
    """`text` in at most `width` columns, with `…` in the middle where some was left out."""
    if columns(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    tail = head(text[::-1], (width - 1) // 2)[::-1]
    return head(text, width - 1 - columns(tail)) + ELLIPSIS + tail


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled up with spaces to `width` columns; `right` puts the text at the right."""
    space = " " * (width - columns(text))
    return space + text if right else text + space


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns, broken at spaces, else wherever it must. Where it must,
    no line begins with what a CI job would carry out; at spaces `visible` sees to that.

    Never empty: no text is one empty line. Raises ValueError for a width below 2, which a wide
    character would not fit.
    """
    if width < 2:
        raise ValueError(f"text cannot be wrapped to a width of {width}")
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if columns(joined) <= width:
            lines[-1] = joined
            continue
        parts = _broken(word, width)
        lines[-1:] = [lines[-1], *parts] if lines[-1] else parts
    return lines


def _broken(word: str, width: int) -> list[str]:
    parts = []
    while columns(word) > width:
        part = head(word, width)
        if word.startswith(COMMAND, len(part)) and len(part) > 1:
            part = part[:-1]
        parts.append(part)
        word = word[len(part) :]
        if word.startswith(COMMAND):
            word = spelled(word)
    return [*parts, word]

"""Keeps a report within a number of bytes, leaving out what matters least and saying so.

Called by whatever writes Markdown here. Forges cut or refuse long comments; a report that loses its end would
lose it silently, so the choice is made here: rows go by rank, the highest rank first and within
a rank the last row first. A block whose rows are all gone goes with its heading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from seatrial.report.numbers import plural

LEAST = 16_000
"""The smallest limit: bounded names and messages make what is never cut smaller than this."""
_ROOM_FOR_NOTE = 900


class Row(Struct, frozen=True, kw_only=True):
    """One line that may be left out; rank 0 goes last. The note counts it as `noun` or `many`."""

    text: str
    rank: int
    noun: str
    many: str | None = None


class Block(Struct, frozen=True, kw_only=True):
    """Lines that belong together: what stands above the rows, the rows, what stands below.

    A block without rows is never left out. What a block opens it closes itself (`<details>`), so that whatever goes,
    nothing is left open.
    """

    above: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    below: tuple[str, ...] = ()


class Fitted(Struct, frozen=True, kw_only=True):
    """The text of the blocks, every line ended, and the note on what was left out (None when nothing was)."""

    text: str
    note: str | None


def fit(blocks: Sequence[Block], limit: int) -> Fitted:
    """The blocks as text; text and note together are at most `limit` bytes of UTF-8.

    Raises ValueError for a limit below `LEAST`, which blocks of bounded rows could not keep.
    """
    if limit < LEAST:
        raise ValueError(f"a report cannot be kept within {limit:,} bytes; the least is {LEAST:,}")
    text = _text(blocks, frozenset())
    if _bytes(text) <= limit:
        return Fitted(text=text, note=None)
    gone = _to_leave_out(blocks, excess=_bytes(text) - limit + _ROOM_FOR_NOTE)
    return Fitted(text=_text(blocks, gone), note=_note(blocks, gone, limit))


def _to_leave_out(blocks: Sequence[Block], *, excess: int) -> frozenset[tuple[int, int]]:
    """Rows, as (block, row), whose going saves `excess` bytes."""
    candidates = sorted(
        ((row.rank, number, place) for number, block in enumerate(blocks) for place, row in enumerate(block.rows)),
        reverse=True,
    )
    left = [len(block.rows) for block in blocks]
    gone: set[tuple[int, int]] = set()
    for _rank, number, place in candidates:
        if excess <= 0:
            break
        block = blocks[number]
        gone.add((number, place))
        left[number] -= 1
        excess -= _bytes(block.rows[place].text) + 1
        if not left[number]:
            excess -= sum(_bytes(line) + 1 for line in (*block.above, *block.below))
    return frozenset(gone)


def _text(blocks: Sequence[Block], gone: frozenset[tuple[int, int]]) -> str:
    lines: list[str] = []
    for number, block in enumerate(blocks):
        rows = [row.text for place, row in enumerate(block.rows) if (number, place) not in gone]
        if rows or not block.rows:
            lines += [*block.above, *rows, *block.below]
    return "".join(f"{line}\n" for line in lines)


def _note(blocks: Sequence[Block], gone: frozenset[tuple[int, int]], limit: int) -> str:
    lost = (blocks[number].rows[place] for number, place in sorted(gone))
    nouns = Counter((row.noun, row.many) for row in lost)
    amounts = ", ".join(plural(number, one, many) for (one, many), number in nouns.items())
    return f"Left out to stay within {limit:,} bytes: {amounts}. `report.json` has everything."


def _bytes(text: str) -> int:
    return len(text.encode())

"""Plain-text tables that fit the terminal, for every command that lists something.

Called by `terminal.py` and by `cli/`. The table makes its cells safe to print itself, so that no
command can forget to. What is too wide is shortened in the middle, widest column first, and the
last column, where the sentences are, wraps.

    table([("train", "ran", "1.2 s")], ("stage", "action", "time"))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seatrial.report.escape import plain
from seatrial.report.fit import columns, pad, squeeze, wrap
from seatrial.report.numbers import UNKNOWN

Paint = Callable[[int, str], str]
"""Gives the padded text of a cell in column `int` its colours; must not change its width."""

_GAP = "  "
_NARROWEST = 6  # a name shortened further says nothing
_LAST_WANTS = 24  # columns that the wrapping column gets before the others keep their width


def table(
    rows: Sequence[Sequence[str]],
    header: Sequence[str],
    *,
    width: int = 80,
    align: str | None = None,
    paint: Paint | None = None,
) -> str:
    """Rows under a header, as lines of at most `width` columns; empty for no rows.

    `align` has one letter per column, `l` or `r`; without it a column whose cells are all figures
    is put at the right. Empty columns (no cell has text) are left out. Raises ValueError when a
    row, or `align`, does not have as many entries as the header, or when the width cannot hold
    the columns at all.
    """
    if any(len(row) != len(header) for row in rows) or (align is not None and len(align) != len(header)):
        raise ValueError(f"every row of this table must have {len(header)} cells")
    cells = [[plain(cell) for cell in row] for row in rows]
    kept = [index for index in range(len(header)) if any(row[index] for row in cells)]
    if not kept:
        return ""
    cells = [[row[index] for index in kept] for row in cells]
    heads = [plain(header[index]) for index in kept]
    rights = _rights(cells) if align is None else [align[index] == "r" for index in kept]
    widths = _widths([heads, *cells], width)
    lines = _row(heads, widths, rights)
    for row in cells:
        lines += _row(row, widths, rights, paint, kept)
    return "\n".join(lines)


def _rights(cells: list[list[str]]) -> list[bool]:
    return [all(_is_figure(cell) for cell in column) for column in zip(*cells, strict=True)]


def _is_figure(cell: str) -> bool:
    """Whether a cell is a figure, perhaps with a unit, or says that there is none."""
    start = cell.lstrip("+-[")[:1]
    return cell in ("", UNKNOWN, "NaN", "inf", "-inf") or (start.isascii() and start.isdigit())


def _widths(lines: list[list[str]], width: int) -> list[int]:
    """The width of every column: natural ones if they fit, else the last one gives way until it
    has `_LAST_WANTS` columns left, then the widest of the others."""
    widths = [max(map(columns, column)) for column in zip(*lines, strict=True)]
    room = width - len(_GAP) * (len(widths) - 1)
    if room < 2 * len(widths):
        raise ValueError(f"a table of {len(widths)} columns does not fit a width of {width}")
    least = min(widths[-1], _LAST_WANTS, room)
    while sum(widths[:-1]) > room - least:
        widest = max(range(len(widths) - 1), key=widths.__getitem__)
        if widths[widest] > _NARROWEST:
            widths[widest] -= 1
        elif least > 2:
            least -= 1
        else:
            widths[widest] -= 1
    widths[-1] = min(widths[-1], room - sum(widths[:-1]))
    return widths


def _row(
    cells: list[str], widths: list[int], rights: list[bool], paint: Paint | None = None, numbers: Sequence[int] = ()
) -> list[str]:
    """The lines of one row. `numbers` are the columns' numbers as the caller of `table` counts them."""
    first, *rest = wrap(cells[-1], max(2, widths[-1]))
    blank = [""] * (len(cells) - 1)
    lines = []
    for line in ([*cells[:-1], first], *([*blank, text] for text in rest)):
        texts = [
            pad(squeeze(text, width), width, right=right)
            for text, width, right in zip(line, widths, rights, strict=True)
        ]
        texts[-1] = texts[-1].rstrip()
        if paint:
            texts = [paint(number, text) if text.strip() else text for number, text in zip(numbers, texts, strict=True)]
        lines.append(_GAP.join(texts).rstrip())
    return lines

"""Lists, tables and folds of Markdown as blocks that may give way when a report is too long.

Called by everything here that writes Markdown; pure. The cells and items are escaped by whoever makes them. The ranks
say what goes first: the highest, and within a rank the last row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seatrial.report.budget import Block, Row, fit

Line = tuple[Sequence[str], int]
"""The escaped cells of a table row, and its rank."""
NO, LOG, YES, DETAIL, WARNING, FIGURE, SLICE, STAGE, TROUBLE, CURVE, REUSED, EARLIER = range(12)
"""Ranks. What says no stays longest."""
NOTE = "\x00"
"""Where the note on what was left out goes; no escaped text can hold it."""


def list_of(title: str | None, items: Iterable[str], rank: int, noun: str, many: str | None = None) -> list[Block]:
    """A bulleted list; no block when it has no items."""
    lines = tuple(Row(text=f"- {item}", rank=rank, noun=noun, many=many) for item in items)
    above = () if title is None else (f"## {title}", "")
    return [Block(above=above, rows=lines, below=("",))] if lines else []


def table_of(
    title: str | None,
    header: Sequence[str],
    lines: Sequence[Line],
    noun: str,
    many: str | None = None,
    *,
    align: str | None = None,
) -> list[Block]:
    """A table without the columns that are empty everywhere; no block when it has no rows."""
    if not lines:
        return []
    kept = [column for column in range(len(header)) if any(cells[column] for cells, _rank in lines)]
    sides = {"l": ":---", "r": "---:"}
    above = (
        *(() if title is None else (f"## {title}", "")),
        _cells(header[column] for column in kept),
        _cells(sides[(align or "l" * len(header))[column]] for column in kept),
    )
    return [
        Block(
            above=above,
            rows=tuple(
                Row(text=_cells(cells[column] for column in kept), rank=rank, noun=noun, many=many)
                for cells, rank in lines
            ),
            below=("",),
        )
    ]


def sentence_of(text: str, rank: int, noun: str, many: str | None = None) -> Block:
    """A paragraph, escaped by whoever wrote it, that may give way."""
    return Block(rows=(Row(text=text, rank=rank, noun=noun, many=many),), below=("",))


def lowered(block: Block, *, by: int = 1) -> Block:
    """A block whose heading stands `by` levels lower, under that of another section."""
    above = tuple(f"{'#' * by}{line}" if line.startswith("## ") else line for line in block.above)
    return Block(above=above, rows=block.rows, below=block.below)


def folded(summary: str, block: Block) -> Block:
    """A block that is shown when somebody asks for it. `summary` is our own words: forges read it as HTML. A heading
    inside is a small one."""
    within = lowered(block, by=2).above
    return Block(
        above=("<details>", f"<summary>{summary}</summary>", "", *within),
        rows=block.rows,
        below=(*block.below, "</details>", ""),
    )


def laid_out(blocks: Sequence[Block], limit: int) -> str:
    """The blocks as one text of at most `limit` bytes, with the note on what was left out in its place."""
    fitted = fit(blocks, limit)
    note = f"{fitted.note}\n\n" if fitted.note else ""
    return fitted.text.replace(f"{NOTE}\n", note, 1)


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

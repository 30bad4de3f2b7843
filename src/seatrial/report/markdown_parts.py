"""Lists and tables of Markdown as blocks that may give way when a report is too long.

Called by `markdown.py` and `data_markdown.py`; pure. The cells and items are escaped by whoever makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seatrial.report.budget import Block, Row

Line = tuple[Sequence[str], int]
"""The escaped cells of a table row, and its rank."""


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


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

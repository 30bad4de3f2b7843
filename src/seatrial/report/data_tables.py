"""Tables of a dataset in Markdown: example rows, distributions, statistics; from plain cells, escaped here.

Called by `data_markdown.py` for one check, and by `data_parts.py` for those of a run, so that the two look alike.
`of` names the dataset where there are others. Pure, and light: a run that judges no data imports nothing of `data/`.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.report.budget import Block
from seatrial.report.escape import code, prose
from seatrial.report.facts import STATISTICS, ExamplesFact
from seatrial.report.markdown_parts import Line, table_of
from seatrial.report.numbers import count

MOST_EXAMPLES = 20
"""Example rows in all."""
_MOST_CELLS = 8
_DISTRIBUTIONS = ("column", "current", "reference", "from")


def examples(found: Sequence[ExamplesFact], rank: int, *, of: str = "") -> list[Block]:
    """A small table for each finding that points at rows, shared out so that no finding takes them from the others."""
    blocks: list[Block] = []
    share = max(1, MOST_EXAMPLES // max(1, len(found)))
    for each in found[:MOST_EXAMPLES]:
        kept = min(len(each.columns), _MOST_CELLS)
        lines: list[Line] = [
            ((count(row.row), *(code(cell, bound=40) or "(null)" for cell in row.cells[:kept])), rank)
            for row in each.rows[:share]
        ]
        what = each.check if each.column is None else f"{each.check} of `{each.column}`"
        heads = ("row", *(code(name, bound=40) for name in each.columns[:kept]))
        blocks += table_of(_headed(f"Rows for {prose(what)}", of), heads, lines, "example row")
    return blocks


def distributions(rows: Sequence[Sequence[str]], rank: int, *, of: str = "") -> list[Block]:
    """Rows of column, current, reference (blocks or words) and the ends of the axis."""
    lines: list[Line] = [
        ((code(name), code(current, bound=200), code(reference, bound=200), prose(ends)), rank)
        for name, current, reference, ends in rows
    ]
    return table_of(_headed("Distributions", of), _DISTRIBUTIONS, lines, "distribution")


def statistics(rows: Sequence[Sequence[str]], rank: int, *, of: str = "") -> list[Block]:
    """Rows under `STATISTICS`."""
    lines: list[Line] = [((code(name), code(kind), *map(prose, cells)), rank) for name, kind, *cells in rows]
    return table_of(_headed("Statistics", of), STATISTICS, lines, "column", align="llrrrrrl")


def _headed(title: str, of: str) -> str:
    return f"{title} in {code(of)}" if of else title

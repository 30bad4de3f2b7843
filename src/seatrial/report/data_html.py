"""Tables of a dataset in HTML: example rows and statistics, from plain cells.

Called by `data_page.py` for one check and by `page_data.py` for those of a run, so that the two look alike;
`data_tables.py` is the same in Markdown. Pure, and light: a run that judges no data imports nothing of `data/`.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.report.data_tables import MOST_EXAMPLES
from seatrial.report.facts import STATISTICS, ExamplesFact
from seatrial.report.html import table, text
from seatrial.report.numbers import count

MOST_STATISTICS = 2_000
"""Columns in the table of statistics; a page of more is no page."""


def examples(found: Sequence[ExamplesFact]) -> list[str]:
    """A small table for each finding that points at rows, shared out so that no finding takes them from the others."""
    lines: list[str] = []
    share = max(1, MOST_EXAMPLES // max(1, len(found)))
    for each in found[:MOST_EXAMPLES]:
        what = each.check if each.column is None else f"{each.check} of {each.column}"
        shown = ((count(row.row), *row.cells) for row in each.rows[:share])
        lines += [f"<h3>Rows for {text(what)}</h3>", *table(("row", *each.columns), shown)]
    return lines


def statistics(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows under `STATISTICS`, and how many there are besides; nothing for none."""
    if not rows:
        return []
    more = len(rows) - MOST_STATISTICS
    shown = table(STATISTICS, rows[:MOST_STATISTICS], right=range(2, 7))
    return [*shown, f"<p class=soft>and {count(more)} more columns</p>"] if more > 0 else shown

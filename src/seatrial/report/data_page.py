"""A check of a dataset as one HTML page, with pictures: for somebody who wants to see what a finding means.

Called by `seatrial check --report FILE.html`; pure. The page stands alone (`html.py` says how), so it can be kept as
an artifact of CI and opened years later, and nothing of the data leaves it. Light or dark is the reader's choice.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.findings import DataFinding
from seatrial.data.result import Check, Examples
from seatrial.data.statistics import ColumnStatistics
from seatrial.report import data_words as words
from seatrial.report.data_markdown import statistic_cells
from seatrial.report.data_pictured import pictured
from seatrial.report.data_shapes import Shape
from seatrial.report.data_svg import STYLE as PLOT_STYLE
from seatrial.report.data_svg import svg
from seatrial.report.data_tables import MOST_EXAMPLES
from seatrial.report.facts import STATISTICS
from seatrial.report.html import bullets, page, paragraph, sentence, table, text, verdict
from seatrial.report.numbers import count
from seatrial.report.plot_frame import FIGURES

MOST_STATISTICS = 2_000
"""Columns in the table of statistics; a page of more is no page."""
MOST_FINDINGS = 1_000


def render_page(check: Check) -> str:
    """The whole page."""
    head = words.headline(check)
    step = words.next_step(check)
    body = [
        f"<h1><span class={check.verdict}>{check.verdict}</span>{text(head.removeprefix(check.verdict.value))}</h1>",
        f"<p>{text(words.about(check))}</p>",
        *(paragraph(words.passed(check))),
        *(paragraph(None if step is None else f"Next: {step}")),
        *_findings(words.grouped(words.notable(check))),
        *_shapes(pictured(check)),
        *_examples(check.examples),
        *_notes(words.remarks(check)),
        *_statistics(check.statistics),
    ]
    return page(f"{check.verdict}: {check.dataset}", body, style=f"{FIGURES}{PLOT_STYLE}")


def _findings(groups: Sequence[tuple[str, list[DataFinding]]]) -> list[str]:
    if not groups:
        return []
    lines, told = ["<h2>Findings</h2>"], 0
    for column, members in groups:
        if told >= MOST_FINDINGS:
            lines.append(f"<p>More findings are in the JSON: {count(sum(len(each) for _, each in groups) - told)}.</p>")
            break
        told += len(members)
        lines.append(f"<h3>{text(column)}</h3>")
        for finding in members:
            place = "" if finding.place is None else f" \u00b7 {finding.place}"
            first = f"{verdict(finding.verdict)} {text(words.title(finding))}"
            soft = text(f"{words.figures(finding, both_sides=True)}{place}")
            lines.append(f"<p>{first}<br>{sentence(finding.message)}<br><span class=soft>{soft}</span></p>")
    return lines


def _shapes(shapes: Sequence[tuple[str, Shape]]) -> list[str]:
    if not shapes:
        return []
    figures = (
        f"<figure><figcaption>{text(name)}</figcaption>{svg(shape, f'distribution of {name}')}</figure>"
        for name, shape in shapes
    )
    return ["<h2>Distributions</h2>", "<div class=shapes>", *figures, "</div>"]


def _examples(examples: Sequence[Examples]) -> list[str]:
    lines = ["<h2>Example rows</h2>"] if examples else []
    share = max(1, MOST_EXAMPLES // max(1, len(examples)))
    for each in examples[:MOST_EXAMPLES]:
        what = each.check if each.column is None else f"{each.check} of {each.column}"
        rows = ((count(row.row), *row.cells) for row in each.rows[:share])
        lines += [f"<h3>{text(what)}</h3>", *table(("row", *each.columns), rows)]
    return lines


def _notes(notes: Sequence[str]) -> list[str]:
    return ["<h2>Notes</h2>", *bullets(notes)] if notes else []


def _statistics(statistics: Sequence[ColumnStatistics]) -> list[str]:
    if not statistics:
        return []
    shown = map(statistic_cells, statistics[:MOST_STATISTICS])
    lines = ["<h2>Statistics</h2>", *table(STATISTICS, shown, right=range(2, 7))]
    if len(statistics) > MOST_STATISTICS:
        lines.append(f"<p>and {count(len(statistics) - MOST_STATISTICS)} more columns</p>")
    return lines

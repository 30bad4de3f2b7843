"""A check of a dataset as Markdown: for a pull request, a job summary, or a file beside the data.

Called by `seatrial check --report FILE.md`; pure. The headline comes first and is never cut, what is left out
is said (`budget.py`). No pictures and no links: distributions are two rows of block characters, so nothing
leaves the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.columns import Kind
from seatrial.data.findings import DataFinding
from seatrial.data.result import Check, Examples
from seatrial.data.statistics import ColumnStatistics
from seatrial.report import data_words as words
from seatrial.report.budget import Block, fit
from seatrial.report.data_axis import ends
from seatrial.report.data_pictured import pictured
from seatrial.report.data_shapes import Shape, pooled
from seatrial.report.escape import code, prose
from seatrial.report.markdown_parts import Line, list_of, table_of
from seatrial.report.numbers import count
from seatrial.report.sparkline import BLOCKS
from seatrial.verdict import Verdict

LIMIT = 60_000
"""Bytes. Forges refuse or cut comments of about 65,000."""
MOST_EXAMPLES = 20
_MOST_CELLS = 8
_MOST_WORDS = 6  # values of a text column that are told by name
_WIDTH = 20  # characters of a distribution
_NOTE = "\x00"  # where the note on what was left out goes; no escaped text can hold it
_GRAVE, _SLIGHT, _REMARK, _PICTURE, _ROW, _STATISTIC = range(6)
_FINDING_HEADER = ("verdict", "column", "check", "what was found", "figures", "contract")
STATISTIC_HEADER = ("column", "type", "nulls", "distinct", "least", "mean", "greatest", "most frequent")


def render_markdown(check: Check, *, limit: int = LIMIT) -> str:
    """The section of one dataset, at most `limit` bytes of UTF-8, ending with a line end."""
    blocks = [
        Block(above=(f"## {prose(words.headline(check))}", "", f"{prose(words.about(check))}.", "", _NOTE)),
        *_findings(words.grouped(words.notable(check))),
        *_closing(check),
        *_examples(check.examples),
        *_distributions(pictured(check)),
        *_statistics(check.statistics),
    ]
    fitted = fit(blocks, limit)
    note = f"{fitted.note}\n\n" if fitted.note else ""
    return fitted.text.replace(f"{_NOTE}\n", note, 1)


def _findings(groups: Sequence[tuple[str, list[DataFinding]]]) -> list[Block]:
    lines: list[Line] = []
    for column, members in groups:
        for finding in members:
            cells = (
                f"**{finding.verdict}**",
                column if finding.column is None else code(column),
                prose(words.title(finding)),
                prose(finding.message),
                prose(words.figures(finding, both_sides=True)),
                code(str(finding.place)) if finding.place is not None else "",
            )
            lines.append((cells, _GRAVE if finding.verdict in (Verdict.FAIL, Verdict.ERROR) else _SLIGHT))
    return table_of(None, _FINDING_HEADER, lines, "finding")


def _closing(check: Check) -> list[Block]:
    """What passed, what to do next, and what is worth knowing."""
    step = words.next_step(check)
    said = [prose(words.passed(check) or ""), "" if step is None else f"Next: {prose(step)}"]
    above = [line for text in said if text for line in (text, "")]
    notes = list_of(None, map(prose, words.remarks(check)), _REMARK, "note")
    return [Block(above=tuple(above)), *notes] if above else notes


def _examples(examples: Sequence[Examples]) -> list[Block]:
    blocks: list[Block] = []
    share = max(1, MOST_EXAMPLES // max(1, len(examples)))
    for each in examples[:MOST_EXAMPLES]:
        kept = min(len(each.columns), _MOST_CELLS)
        lines: list[Line] = [
            ((count(row.row), *(code(cell, bound=40) or "(empty)" for cell in row.cells[:kept])), _ROW)
            for row in each.rows[:share]
        ]
        what = each.check if each.column is None else f"{each.check} of `{each.column}`"
        heads = ("row", *(code(name, bound=40) for name in each.columns[:kept]))
        blocks += table_of(f"Rows for {prose(what)}", heads, lines, "example row")
    return blocks


def _distributions(shapes: Sequence[tuple[str, Shape]]) -> list[Block]:
    """Two rows of blocks for each column, on one scale; values that have names are told in words."""
    lines: list[Line] = []
    for column, shape in shapes:
        if shape.labels:
            cells = (code(column), _words(shape.current, shape.labels), _words(shape.reference, shape.labels), "")
        else:
            top = max((*pooled(shape.current, _WIDTH), *pooled(shape.reference, _WIDTH)))
            low, high = ends(shape.low, shape.high, shape.kind)
            cells = (
                code(column),
                code(blocks(pooled(shape.current, _WIDTH), top)),
                code(blocks(pooled(shape.reference, _WIDTH), top)),
                prose(f"{low}{' or less' if shape.below else ''} to {high}{' or more' if shape.above else ''}"),
            )
        lines.append((cells, _PICTURE))
    return table_of("Distributions", ("column", "current", "reference", "from"), lines, "distribution")


def _words(shares: Sequence[float], labels: Sequence[str]) -> str:
    """The first values by name; what has no share on this side is told too, because the other side has it."""
    told = [
        f"{_percent(share)} {code(name, bound=30) or '(empty)'}" for share, name in zip(shares, labels, strict=False)
    ]
    return ", ".join(told[:_MOST_WORDS])


def blocks(shares: Sequence[float], top: float) -> str:
    """Shares as block characters; nothing at all is a space, and whatever is there can be seen."""
    marks = []
    for share in shares:
        height = int(share / top * len(BLOCKS)) if top else 0
        marks.append(BLOCKS[min(len(BLOCKS) - 1, height)] if share else " ")
    return "".join(marks)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _statistics(statistics: Sequence[ColumnStatistics]) -> list[Block]:
    lines: list[Line] = [
        ((code(cells[0]), code(cells[1]), *map(prose, cells[2:])), _STATISTIC)
        for cells in map(statistic_cells, statistics)
    ]
    return table_of("Statistics", STATISTIC_HEADER, lines, "column", align="llrrrrrl")


def statistic_cells(one: ColumnStatistics) -> tuple[str, ...]:
    """One column as plain cells under `STATISTIC_HEADER`; nothing is escaped."""
    share = one.nulls / one.values if one.values else 0.0
    nulls = count(one.nulls) + (f" ({_percent(share)})" if one.nulls else "")
    distinct = "" if one.distinct is None else f"{'about ' if one.estimated else ''}{count(one.distinct)}"
    top = "" if one.top_share is None else f"{one.top} ({_percent(one.top_share)})"
    kind = one.dtype if one.kind is not Kind.NOTHING else "all null"
    return (one.name, kind, nulls, distinct, one.least, one.mean, one.most, top)

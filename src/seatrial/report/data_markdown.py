"""A check of a dataset as Markdown: for a pull request, a job summary, or a file beside the data.

Called by `seatrial check --report FILE.md`; pure. The headline comes first and is never cut, what is left out
is said (`budget.py`). No pictures and no links: distributions are two rows of block characters, so nothing
leaves the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.columns import Kind, type_in_words
from seatrial.data.findings import DataFinding
from seatrial.data.result import Check
from seatrial.data.statistics import ColumnStatistics
from seatrial.report import data_tables as tables
from seatrial.report import data_words as words
from seatrial.report.budget import Block
from seatrial.report.data_axis import ends
from seatrial.report.data_pictured import pictured
from seatrial.report.data_shapes import Shape, pooled
from seatrial.report.escape import code, prose
from seatrial.report.facts import ExampleFact, ExamplesFact
from seatrial.report.markdown_parts import NOTE, Line, laid_out, list_of, table_of
from seatrial.report.numbers import count
from seatrial.report.sparkline import BLOCKS
from seatrial.verdict import Verdict

LIMIT = 60_000
"""Bytes. Forges refuse or cut comments of about 65,000."""
_MOST_WORDS = 6  # values of a text column that are told by name
_LONGEST_WORD = 30
_NOBODY = "\u00b7"  # a bin without a row
_WIDTH = 20  # characters of a distribution
_GRAVE, _SLIGHT, _REMARK, _PICTURE, _ROW, _STATISTIC = range(6)
_FINDING_HEADER = ("verdict", "column", "check", "what was found", "figures", "contract")


def render_markdown(check: Check, *, limit: int = LIMIT) -> str:
    """The section of one dataset, at most `limit` bytes of UTF-8, ending with a line end."""
    blocks = [
        Block(above=(f"## {prose(words.headline(check))}", "", f"{prose(words.about(check))}.", "", NOTE)),
        *_findings(words.grouped(words.notable(check))),
        *_closing(check),
        *tables.examples(examples_shown(check), _ROW),
        *tables.distributions(distribution_rows(check), _PICTURE),
        *tables.statistics([statistic_cells(each) for each in check.statistics], _STATISTIC),
    ]
    return laid_out(blocks, limit)


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


def examples_shown(check: Check) -> tuple[ExamplesFact, ...]:
    """The example rows as a report holds them."""
    return tuple(
        ExamplesFact(
            check=each.check,
            column=each.column,
            columns=each.columns,
            rows=tuple(ExampleFact(row=one.row, cells=one.cells) for one in each.rows),
        )
        for each in check.examples
    )


def distribution_rows(check: Check) -> list[tuple[str, str, str, str]]:
    """The columns that are drawn: two rows of blocks on one scale; values that have names are told in words."""
    return [(name, *_sides(one)) for name, one in pictured(check)]


def _sides(one: Shape) -> tuple[str, str, str]:
    if one.labels:
        return _words(one.current, one.labels), _words(one.reference, one.labels), ""
    top = max((*pooled(one.current, _WIDTH), *pooled(one.reference, _WIDTH)))
    low, high = ends(one.low, one.high, one.kind)
    return (
        # Markdown drops spaces at an end, and the two pictures would no longer stand over each other.
        blocks(pooled(one.current, _WIDTH), top).replace(" ", _NOBODY),
        blocks(pooled(one.reference, _WIDTH), top).replace(" ", _NOBODY),
        f"{low}{' or less' if one.below else ''} to {high}{' or more' if one.above else ''}",
    )


def _words(shares: Sequence[float], labels: Sequence[str]) -> str:
    """The first values by name; what has no share on this side is told too, because the other side has it."""
    told = [
        f"{_percent(share)} {name[:_LONGEST_WORD] or '(empty)'}" for share, name in zip(shares, labels, strict=False)
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
    return "< 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


def statistic_cells(one: ColumnStatistics) -> tuple[str, ...]:
    """One column as plain cells under `STATISTICS`; nothing is escaped."""
    share = one.nulls / one.values if one.values else 0.0
    nulls = count(one.nulls) + (f" ({_percent(share)})" if one.nulls else "")
    distinct = "" if one.distinct is None else f"{'about ' if one.estimated else ''}{count(one.distinct)}"
    top = "" if one.top_share is None else f"{one.top} ({_percent(one.top_share)})"
    kind = type_in_words(one.dtype) if one.kind is not Kind.NOTHING else "all null"
    return (one.name, kind, nulls, distinct, one.least, one.mean, one.most, top)

"""A check of a dataset as one HTML page, with pictures: for somebody who wants to see what a finding means.

Called by `seatrial check --report FILE.html`; pure. The page stands alone (no script, no font, no address), so
it can be kept as an artifact of CI and opened years later, and nothing of the data leaves it. Light or dark is
the reader's choice.

Everything from data passes `_text`: values are visible, bounded and escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

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
from seatrial.report.escape import plain
from seatrial.report.facts import STATISTICS
from seatrial.report.numbers import count

MOST_STATISTICS = 2_000
"""Columns in the table of statistics; a page of more is no page."""
MOST_FINDINGS = 1_000
_QUOTED = re.compile(r"`([^`]+)`")
_STYLE = """\
:root{color-scheme:light dark;--back:#fff;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--bad:#b3261e;--unsure:#8a5a00;--good:#1a7f37}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--bad:#ff8a80;--unsure:#e3b341;--good:#56d364}}
body{margin:2rem auto;max-width:70rem;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;background:var(--back);color:var(--ink)}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2.2rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:1.4rem 0 .3rem}
.soft{color:var(--soft)}.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:13px}th,td{text-align:left;padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.r,th.r{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.FAIL,.ERROR{color:var(--bad)}.INCONCLUSIVE{color:var(--unsure)}.PASS{color:var(--good)}
.shapes{display:flex;flex-wrap:wrap;gap:1.2rem 2rem}figure{margin:0}figcaption{font-weight:600;font-size:13px}svg{max-width:100%;height:auto}
"""  # noqa: E501 - rules read better whole


def render_page(check: Check) -> str:
    """The whole page."""
    head = words.headline(check)
    step = words.next_step(check)
    body = [
        f"<h1><span class={check.verdict}>{check.verdict}</span>{_text(head.removeprefix(check.verdict.value))}</h1>",
        f"<p>{_text(words.about(check))}</p>",
        *(_paragraph(words.passed(check))),
        *(_paragraph(None if step is None else f"Next: {step}")),
        *_findings(words.grouped(words.notable(check))),
        *_shapes(pictured(check)),
        *_examples(check.examples),
        *_notes(words.remarks(check)),
        *_statistics(check.statistics),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_text(f'{check.verdict}: {check.dataset}')}</title>\n<style>\n{_STYLE}{PLOT_STYLE}\n</style></head>\n"
        f"<body>\n{chr(10).join(body)}\n</body></html>\n"
    )


def _findings(groups: Sequence[tuple[str, list[DataFinding]]]) -> list[str]:
    if not groups:
        return []
    lines, told = ["<h2>Findings</h2>"], 0
    for column, members in groups:
        if told >= MOST_FINDINGS:
            lines.append(f"<p>More findings are in the JSON: {count(sum(len(each) for _, each in groups) - told)}.</p>")
            break
        told += len(members)
        lines.append(f"<h3>{_text(column)}</h3>")
        for finding in members:
            place = "" if finding.place is None else f" \u00b7 {finding.place}"
            verdict = f"<strong class={finding.verdict}>{finding.verdict}</strong> {_text(words.title(finding))}"
            soft = _text(f"{words.figures(finding, both_sides=True)}{place}")
            lines.append(f"<p>{verdict}<br>{_sentence(finding.message)}<br><span class=soft>{soft}</span></p>")
    return lines


def _shapes(shapes: Sequence[tuple[str, Shape]]) -> list[str]:
    if not shapes:
        return []
    figures = (
        f"<figure><figcaption>{_text(name)}</figcaption>{svg(shape, f'distribution of {name}')}</figure>"
        for name, shape in shapes
    )
    return ["<h2>Distributions</h2>", "<div class=shapes>", *figures, "</div>"]


def _examples(examples: Sequence[Examples]) -> list[str]:
    lines = ["<h2>Example rows</h2>"] if examples else []
    share = max(1, MOST_EXAMPLES // max(1, len(examples)))
    for each in examples[:MOST_EXAMPLES]:
        what = each.check if each.column is None else f"{each.check} of {each.column}"
        rows = ((count(row.row), *row.cells) for row in each.rows[:share])
        lines += [f"<h3>{_text(what)}</h3>", *_table(("row", *each.columns), rows)]
    return lines


def _notes(notes: Sequence[str]) -> list[str]:
    return ["<h2>Notes</h2>", "<ul>", *(f"<li>{_sentence(note)}</li>" for note in notes), "</ul>"] if notes else []


def _statistics(statistics: Sequence[ColumnStatistics]) -> list[str]:
    if not statistics:
        return []
    shown = map(statistic_cells, statistics[:MOST_STATISTICS])
    lines = ["<h2>Statistics</h2>", *_table(STATISTICS, shown, right=range(2, 7))]
    if len(statistics) > MOST_STATISTICS:
        lines.append(f"<p>and {count(len(statistics) - MOST_STATISTICS)} more columns</p>")
    return lines


def _table(header: Iterable[str], rows: Iterable[Sequence[str]], *, right: range = range(0)) -> list[str]:
    def cell(tag: str, index: int, text: str) -> str:
        return f"<{tag}{' class=r' if index in right else ''}>{_text(text)}</{tag}>"

    heads = "".join(cell("th", index, text) for index, text in enumerate(header))
    body = ("<tr>" + "".join(cell("td", index, text) for index, text in enumerate(row)) + "</tr>" for row in rows)
    return ["<div class=wide><table>", f"<tr>{heads}</tr>", *body, "</table></div>"]


def _paragraph(text: str | None) -> list[str]:
    return [f"<p>{_sentence(text)}</p>"] if text else []


def _sentence(text: str) -> str:
    """What our own words put into backticks is a name or a command, and looks like one."""
    return _QUOTED.sub(r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return escape(plain(text))

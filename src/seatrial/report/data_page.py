"""A check of a dataset as one HTML page, with pictures: for somebody who wants to see what a finding means.

Called by `seatrial check --report FILE.html`; pure. The page stands alone (`html.py` says how), so it can be kept as
an artifact of CI and opened years later, and nothing of the data leaves it. Light or dark is the reader's choice.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.findings import DataFinding
from seatrial.data.result import Check
from seatrial.report import data_html
from seatrial.report import data_words as words
from seatrial.report.data_markdown import examples_shown, statistic_cells
from seatrial.report.data_pictured import pictured
from seatrial.report.data_shapes import Shape
from seatrial.report.data_svg import STYLE as PLOT_STYLE
from seatrial.report.data_svg import svg
from seatrial.report.html import bullets, page, paragraph, sentence, text, verdict
from seatrial.report.numbers import count
from seatrial.report.plot_frame import FIGURES

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
        *_titled("Example rows", data_html.examples(examples_shown(check))),
        *_titled("Notes", bullets(words.remarks(check))),
        *_titled("Statistics", data_html.statistics(list(map(statistic_cells, check.statistics)))),
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


def _titled(title: str, body: Sequence[str]) -> list[str]:
    return [f"<h2>{title}</h2>", *body] if body else []

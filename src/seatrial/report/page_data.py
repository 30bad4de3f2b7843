"""A dataset that a stage has judged, as a part of the page of its run.

Called by `page.py`; pure. The pictures are those of the same columns that `seatrial check` draws.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.report import rows
from seatrial.report.data_tables import MOST_EXAMPLES
from seatrial.report.escape import NAME_BOUND
from seatrial.report.facts import STATISTICS, CheckFact, ExamplesFact
from seatrial.report.html import code, details, paragraph, sentence, table, text, verdict
from seatrial.report.numbers import count, plural
from seatrial.report.plot_facts import PlotFact
from seatrial.report.plot_svg import figures

_MOST_STATISTICS = 2_000
_DISTRIBUTIONS = ("column", "current", "reference", "from")


def check_part(check: CheckFact, plots: Sequence[PlotFact]) -> list[str]:
    """What is wrong with a dataset, and what is in it."""
    findings = [
        (
            verdict(finding.verdict),
            code(finding.name, bound=NAME_BOUND),
            sentence(finding.message),
            detail.figures,
            code(detail.place, bound=NAME_BOUND) if detail.file else "",
        )
        for finding, detail in check.told
    ]
    said = f"<span class={check.verdict.value}>{check.verdict.value}</span>, {check.decision.value}"
    return [
        f"<h2>{rows.subject(check)} {code(check.dataset, bound=NAME_BOUND)}: {said}</h2>",
        *paragraph(rows.checked_in_part(check)),
        *(table(rows.CHECK_HEADER, findings) if findings else []),
        *_examples(check.examples),
        *_distributions(check, plots),
        *_statistics(check.statistics),
    ]


def _distributions(check: CheckFact, plots: Sequence[PlotFact]) -> list[str]:
    """Pictures; of a run that has none, the bars that are text."""
    if plots:
        return ["<h3>Distributions</h3>", *figures(plots)]
    if not check.distributions:
        return []
    return ["<h3>Distributions</h3>", *table(_DISTRIBUTIONS, check.distributions)]


def _examples(found: Sequence[ExamplesFact]) -> list[str]:
    """A small table for each finding that points at rows."""
    lines: list[str] = []
    share = max(1, MOST_EXAMPLES // max(1, len(found)))
    for each in found[:MOST_EXAMPLES]:
        what = each.check if each.column is None else f"{each.check} of {each.column}"
        shown = ((count(row.row), *row.cells) for row in each.rows[:share])
        lines += [f"<h3>Rows for {text(what)}</h3>", *table(("row", *each.columns), shown)]
    return lines


def _statistics(statistics: Sequence[Sequence[str]]) -> list[str]:
    if not statistics:
        return []
    body = table(STATISTICS, statistics[:_MOST_STATISTICS], right=range(2, 7))
    if len(statistics) > _MOST_STATISTICS:
        body.append(f"<p class=soft>and {count(len(statistics) - _MOST_STATISTICS)} more columns</p>")
    return details(f"statistics of {plural(len(statistics), 'column')}", body)

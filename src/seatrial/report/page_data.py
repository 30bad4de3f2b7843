"""A dataset that a stage has judged, as a part of the page of its run.

Called by `page.py`; pure. The pictures are those of the same columns that `seatrial check` draws.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.report import data_html, rows
from seatrial.report.escape import NAME_BOUND
from seatrial.report.facts import CheckFact
from seatrial.report.html import code, details, paragraph, sentence, table, verdict
from seatrial.report.numbers import plural
from seatrial.report.plot_facts import PlotFact
from seatrial.report.plot_svg import figures

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
        *data_html.examples(check.examples),
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


def _statistics(statistics: Sequence[Sequence[str]]) -> list[str]:
    body = data_html.statistics(statistics)
    return details(f"statistics of {plural(len(statistics), 'column')}", body) if body else []

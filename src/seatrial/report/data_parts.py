"""What a report says of a dataset that a stage judged, as blocks of Markdown: findings, example rows, statistics.

Called by `markdown.py` and `comment.py`. Everything that comes from users, and from the data, passes `escape.py` here.
"""

from __future__ import annotations

from seatrial.report import data_tables, rows
from seatrial.report.budget import Block
from seatrial.report.escape import code, prose
from seatrial.report.facts import CheckFact
from seatrial.report.markdown_parts import FIGURE, STAGE, Line, sentence_of, table_of
from seatrial.report.model_parts import rank_of


def heading(check: CheckFact) -> str:
    """The title of its section."""
    return f"## {rows.subject(check)} {code(check.dataset)}: {check.verdict}, {check.decision}"


def findings(check: CheckFact) -> list[Block]:
    """What is wrong with it, under its title."""
    said = prose(rows.checked_in_part(check))
    about = sentence_of(said, rank_of(check.verdict), "dataset in detail", "datasets in detail")
    lines: list[Line] = [
        (
            (
                f"**{finding.verdict}**",
                code(finding.name),
                prose(finding.message),
                prose(detail.figures),
                code(detail.place) if detail.file else "",
            ),
            rank_of(finding.verdict) + 1,
        )
        for finding, detail in check.told
    ]
    return [
        Block(above=(heading(check), ""), rows=about.rows, below=about.below),
        *table_of(None, rows.CHECK_HEADER, lines, "finding"),
    ]


def examples(check: CheckFact) -> list[Block]:
    """Rows that findings point at, a table for each finding."""
    return data_tables.examples(check.examples, FIGURE, of=check.dataset)


def distributions(check: CheckFact) -> list[Block]:
    """How the values of its columns lie, beside the reference's."""
    return data_tables.distributions(check.distributions, FIGURE, of=check.dataset)


def statistics(check: CheckFact) -> list[Block]:
    """What is in the dataset, column by column."""
    return data_tables.statistics(check.statistics, STAGE, of=check.dataset)

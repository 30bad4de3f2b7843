"""Which rows are shown beside findings, and which of their columns.

Called by `checking`. All rows that are shown of one dataset are looked up in one pass. A row is shown by its
ids, where there are some, and by the column in question; never by the whole of it, because a wide row hides
what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.contract.examples import ROW, example_rows
from seatrial.data.findings import DataFinding
from seatrial.data.policy import EXAMPLES, Contract
from seatrial.data.reading.records import Dataset
from seatrial.data.result import Example, Examples, weight
from seatrial.verdict import Verdict

_CONTEXT = 3
"""Columns beside the one in question, where none is an id."""


def rows_shown(
    dataset: Dataset, findings: Sequence[DataFinding], contract: Contract, *, most: int
) -> tuple[Examples, ...]:
    """Rows for what is broken, the worst finding first: at most `most` of each and `EXAMPLES` in all."""
    asking = [each for each in sorted(findings, key=weight) if each.verdict is Verdict.FAIL and each.rows][:EXAMPLES]
    if not asking or not most:
        return ()
    share = max(1, min(most, EXAMPLES // len(asking)))
    chosen = [(finding, finding.rows[:share], _columns(dataset, finding, contract)) for finding in asking]
    rows = sorted({row for _, some, _ in chosen for row in some})[:EXAMPLES]
    columns = list(dict.fromkeys(name for _, _, names in chosen for name in names))
    hidden = [rule.name for rule in contract.columns.values() if rule.sensitive]
    found = {int(row[ROW]): row for row in example_rows(dataset, rows, sensitive=hidden, columns=columns)}
    return tuple(
        Examples(
            check=finding.check,
            column=finding.column,
            columns=names,
            rows=tuple(
                Example(row=row, cells=tuple(found[row].get(name, "") for name in names))
                for row in some
                if row in found
            ),
        )
        for finding, some, names in chosen
    )


def _columns(dataset: Dataset, finding: DataFinding, contract: Contract) -> tuple[str, ...]:
    """The columns of a batch that show what a finding is about."""
    sources = {column.name: column.source for column in dataset.columns}
    ids = [sources[name] for name in contract.id if name in sources]
    column = sources.get(finding.column or "", finding.column)
    there = list(dict.fromkeys(sources.values()))
    about = [column] if column in there else []
    context = [] if ids else [name for name in there if name not in about][:_CONTEXT]
    return tuple(dict.fromkeys((*ids, *about, *context)))

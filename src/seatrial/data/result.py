"""What one check of a dataset came to: the record that every face shows.

Made by `checking.check`, written as JSON by `serial`, shown as text by `cli/check_text.py` and as a report by
`report/data_*`. It holds no open file and no table, so a face needs neither polars nor numpy to show it.

What is subtle: `profile` and `reference` hold values of columns that the contract may call sensitive, so a face
that shows values asks `sensitive` first. Examples and statistics are masked when they are made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from seatrial.data.claims import Severity
from seatrial.data.findings import DataFinding
from seatrial.data.profile.records import Profile
from seatrial.data.statistics import ColumnStatistics
from seatrial.verdict import Decision, Verdict

ORDER = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS)
_GRAVITY = (Severity.ERROR, Severity.WARNING, Severity.INFO)


class Example(Struct, frozen=True, kw_only=True):
    """One row that breaks a rule: its number, counted from 0 over the whole dataset, and its values as texts."""

    row: int
    cells: tuple[str, ...]


class Examples(Struct, frozen=True, kw_only=True):
    """Rows that a finding points at. `check` and `column` are those of the finding."""

    check: str
    column: str | None
    columns: tuple[str, ...]
    rows: tuple[Example, ...]


class Check(Struct, frozen=True, kw_only=True):
    """One dataset, checked.

    `identity` is the digest of what its files are, `digests` those of everything the verdict rests on. `columns`
    and `files` count, `rows` too. `reference` and `contract` name what it was held against.
    """

    dataset: str
    identity: str
    rows: int
    columns: int
    files: int
    verdict: Verdict
    decision: Decision
    findings: tuple[DataFinding, ...]
    reference: str | None = None
    contract: str | None = None
    notes: tuple[str, ...] = ()
    examples: tuple[Examples, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    statistics: tuple[ColumnStatistics, ...] = ()
    sensitive: frozenset[str] = frozenset()
    profile: Profile | None = None
    reference_profile: Profile | None = None

    @property
    def judged(self) -> tuple[DataFinding, ...]:
        """The findings that count: all that are more than notes."""
        return tuple(finding for finding in self.findings if finding.severity is not Severity.INFO)

    @property
    def grave(self) -> tuple[Verdict, ...]:
        """What the findings say that block or hold: by these, and not by warnings, goes the exit code."""
        return tuple(finding.verdict for finding in self.findings if finding.severity is Severity.ERROR)


def counts(findings: Sequence[DataFinding]) -> dict[Verdict, int]:
    """How many findings say what, the worst first; a verdict that nothing says is counted too."""
    said = [finding.verdict for finding in findings]
    return {verdict: said.count(verdict) for verdict in ORDER}


def weight(finding: DataFinding) -> tuple[int, int, float, str, str]:
    """A key that sorts findings, the worst first: what blocks, then what warns, then by the size of the effect in
    floors; equals by name, so that the order never depends on how they were found."""
    return (
        ORDER.index(finding.verdict) if finding.severity is not Severity.INFO else len(ORDER),
        _GRAVITY.index(finding.severity),
        -_size(finding),
        finding.column or "",
        finding.check,
    )


def _size(finding: DataFinding) -> float:
    """The effect in floors. A plain fact has none and is not small; what is not a number says nothing."""
    if finding.estimate is None or finding.interval is None or not finding.threshold:
        return math.inf
    return abs(finding.estimate / finding.threshold) if math.isfinite(finding.estimate) else 0.0


def is_below(leaf: str, name: str) -> bool:
    """Whether a leaf is the column of that name or a part of it: `tags[]` and `tags.first` are parts of `tags`."""
    return leaf == name or leaf.startswith((f"{name}.", f"{name}["))

"""Findings about a dataset as workflow commands of GitHub Actions, which shows them at the line of the contract.

Called by `seatrial check --annotations github`. Pure. A finding whose contract line is known points there;
others stand at the top of the page. Text after `::` and inside properties is escaped as the runner reads it, or
a value from the data could end the command and begin another.

GitHub shows ten errors and ten warnings of a step, so the worst come first and the last of a kind counts the
rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.claims import Severity
from seatrial.data.findings import DataFinding
from seatrial.data.result import Check, weight
from seatrial.report import data_words as words
from seatrial.report.escape import plain
from seatrial.report.github import MOST, command
from seatrial.verdict import Verdict

_LEVELS = ("error", "warning", "notice")


def github_lines(check: Check) -> list[str]:
    """The lines to print on standard output; none where everything holds."""
    levels: dict[str, list[DataFinding]] = {level: [] for level in _LEVELS}
    for finding in sorted(check.findings, key=weight):
        if finding.verdict is not Verdict.PASS:
            levels[_level(finding)].append(finding)
    lines: list[str] = []
    for level, found in levels.items():
        shown = found if len(found) <= MOST else found[: MOST - 1]
        lines += [_line(level, finding, check.dataset) for finding in shown]
        if len(shown) < len(found):
            rest = found[len(shown) :]
            lines.append(command(level, {"title": check.dataset}, f"{len(rest):,} more: {_named(rest)}"))
    return lines


def _level(finding: DataFinding) -> str:
    if finding.severity is Severity.INFO:
        return "notice"
    grave = finding.severity is Severity.ERROR and finding.verdict is not Verdict.INCONCLUSIVE
    return "error" if grave else "warning"


def _line(level: str, finding: DataFinding, dataset: str) -> str:
    properties: dict[str, str] = {}
    if finding.place is not None and finding.place.file is not None:
        properties["file"] = finding.place.file
        if finding.place.line is not None:
            properties["line"] = str(finding.place.line)
        if finding.place.line is not None and finding.place.column is not None:
            properties["col"] = str(finding.place.column)
    column = "" if finding.column is None else f" {finding.column}"
    properties["title"] = f"{finding.verdict}: {finding.check}{column} in {dataset}"
    text = "\n".join(plain(part) for part in (finding.message, words.figures(finding)) if part)
    return command(level, properties, text)


def _named(findings: Sequence[DataFinding]) -> str:
    names = list(dict.fromkeys(finding.column or words.WHOLE for finding in findings))
    return plain(", ".join(names[:MOST]) + (", ..." if len(names) > MOST else ""))

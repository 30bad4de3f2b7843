"""Annotations of GitHub Actions: lines of a step's output that show up at a file and a line of a pull request.

Called by `data_annotations.py` for one check, and by `cli/run.py` for those of a run. Pure. GitHub shows only ten
annotations of a level for each step.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.report.escape import plain
from seatrial.report.facts import CheckFact, DetailFact
from seatrial.report.numbers import plural
from seatrial.verdict import Finding, Verdict

MOST = 10
"""Annotations of one level that GitHub shows for one step."""


def check_lines(checks: Sequence[CheckFact]) -> list[str]:
    """The lines for all that the data of a run was refused or held for; none where everything holds. What a check has
    left out of its facts is counted with the least grave that it tells, which it is no graver than."""
    levels: dict[str, list[str]] = {"error": [], "warning": []}
    untold = dict.fromkeys(levels, 0)
    for check in checks:
        level = "error"
        for finding, detail in check.told:
            level = _level(finding, detail)
            levels[level].append(_line(level, check, finding, detail))
        untold[level] += check.left_out
    lines: list[str] = []
    for level, found in levels.items():
        in_all = len(found) + untold[level]
        shown = found if in_all <= MOST else found[: MOST - 1]
        lines += shown
        if len(shown) < in_all:
            more = f"{plural(in_all - len(shown), 'more finding')}: see the report of the run"
            lines.append(command(level, {"title": "data"}, more))
    return lines


def _level(finding: Finding, detail: DetailFact) -> str:
    grave = detail.severity == "error" and finding.verdict is not Verdict.INCONCLUSIVE
    return "error" if grave else "warning"


def _line(level: str, check: CheckFact, finding: Finding, detail: DetailFact) -> str:
    properties: dict[str, str] = {}
    if detail.file is not None:
        properties["file"] = detail.file
        if detail.line is not None:
            properties["line"] = str(detail.line)
    properties["title"] = f"{finding.verdict}: {finding.name} in {check.dataset}"
    return command(level, properties, "\n".join(plain(part) for part in (finding.message, detail.figures) if part))


def command(level: str, properties: dict[str, str], text: str) -> str:
    """One annotation. `text` may have lines; whoever gives it has made it plain."""
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {given}::{_data(text)}"


def _data(text: str) -> str:
    """What stands behind the second `::`, as the runner's own toolkit escapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")

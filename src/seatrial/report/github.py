"""Annotations of GitHub Actions: lines of a step's output that show up at a file and a line of a pull request.

Called by `data_annotations.py` for one check, and by `cli/run.py` for those of a run. Pure. GitHub shows only ten
annotations of a level for each step.
"""

from __future__ import annotations

from seatrial.report.annotations import Grade, Remark, remarks, untold
from seatrial.report.escape import plain
from seatrial.report.facts import RunFacts
from seatrial.report.numbers import plural

MOST = 10
"""Annotations of one level that GitHub shows for one step."""

_LEVELS = {Grade.FAILURE: "error", Grade.WARNING: "warning", Grade.NOTICE: "notice"}


def log_lines(facts: RunFacts) -> list[str]:
    """The lines for all that models and data of a run were refused or held for; none where everything holds."""
    told = remarks(facts)
    left_out = untold(facts)
    lines: list[str] = []
    for grade, level in _LEVELS.items():
        found = [_line(level, remark) for remark in told if remark.grade is grade]
        in_all = len(found) + left_out.get(grade, 0)
        shown = found if in_all <= MOST else found[: MOST - 1]
        lines += shown
        if len(shown) < in_all:
            more = f"{plural(in_all - len(shown), 'more finding')}: see the report of the run"
            lines.append(command(level, {"title": "seatrial"}, more))
    return lines


def _line(level: str, remark: Remark) -> str:
    properties: dict[str, str] = {}
    if remark.path is not None:
        properties["file"] = remark.path
        if remark.line is not None:
            properties["line"] = str(remark.line)
    properties["title"] = remark.title
    return command(level, properties, remark.message)


def command(level: str, properties: dict[str, str], text: str) -> str:
    """One annotation. `text` may have lines; whoever gives it has made it plain."""
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {given}::{_data(text)}"


def _data(text: str) -> str:
    """What stands behind the second `::`, as the runner's own toolkit escapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")

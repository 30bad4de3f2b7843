"""A check of a dataset as terminal text: the headline, what is not a PASS by column, example rows, the next step.

Called by `cli/check.py`. The words are those of `report/data_words.py`; here they are laid into 80 columns.
Everything that comes from data passes `plain`, because a terminal obeys control characters. What is left out is
said, and where to find it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from seatrial.data.findings import DataFinding
from seatrial.data.result import Check, Examples
from seatrial.errors import some_of
from seatrial.report import data_words as words
from seatrial.report.escape import TEXT_BOUND, plain
from seatrial.report.fit import squeeze, wrap
from seatrial.report.numbers import plural
from seatrial.report.table import table
from seatrial.verdict import Verdict

WIDTH = 80
MOST_COLUMNS = 20
"""Columns of the dataset that are told in full."""
MOST_FINDINGS = 8
"""Findings of one column that are told in full."""
MOST_ROWS = 20
"""Example rows in all."""
MOST_CELLS = 6
"""Cells of an example row, its number aside."""
_MOST_NOTES = 12
_VERDICT = 14  # the longest verdict and two spaces
_BOLD, _RESET = "\x1b[1m", "\x1b[0m"
_COLOURS = {
    Verdict.PASS: "\x1b[32m",
    Verdict.FAIL: "\x1b[31m",
    Verdict.ERROR: "\x1b[31m",
    Verdict.INCONCLUSIVE: "\x1b[33m",
}


def check_text(check: Check, *, color: bool = False) -> str:
    """The whole text, without a line end at its end."""
    first, *rest = _wrapped(words.headline(check))
    painted = f"{_BOLD}{_COLOURS[check.verdict]}{check.verdict}{_RESET}" if color else check.verdict.value
    head = [painted + first.removeprefix(check.verdict.value), *rest, *_wrapped(words.about(check))]
    parts = [
        "\n".join(head),
        *_columns(words.notable(check), color=color),
        *_examples(check.examples),
        "\n".join(_notes(check)),
        "\n".join(_wrapped(words.passed(check) or "")),
        "\n".join(_wrapped(f"next:  {step}", hang=7) if (step := words.next_step(check)) else []),
    ]
    return "\n".join(map(_no_command, "\n\n".join(part for part in parts if part.strip()).split("\n")))


def profile_line(path: Path, *, written: bool) -> str:
    """What became of `--save-profile`, in one line, so that a name can be copied whole."""
    name = plain(str(path))
    return _no_command(
        f"profile:  {name} is written"
        if written
        else f"profile:  none is written of a dataset without rows; {name} is as it was"
    )


def _no_command(line: str) -> str:
    """The line as CI systems print it: a name such as `::error::x` or `##[group]` must not be obeyed there."""
    indent = len(line) - len(line.lstrip())
    if line.startswith("::", indent):
        line = f"{line[:indent]}\\x3a{line[indent + 1 :]}"
    return line.replace("##[", "#\\x23[").replace("##vso[", "#\\x23vso[")


def _columns(findings: Sequence[DataFinding], *, color: bool) -> Iterator[str]:
    groups = words.grouped(findings)
    for column, members in groups[:MOST_COLUMNS]:
        lines = [squeeze(plain(column) or "(no name)", WIDTH)]
        for finding in members[:MOST_FINDINGS]:
            lines += _finding(finding, color=color)
        if len(members) > MOST_FINDINGS:
            lines.append(f"  and {plural(len(members) - MOST_FINDINGS, 'more finding')}; --json has all")
        yield "\n".join(lines)
    if len(groups) > MOST_COLUMNS:
        names = some_of([plain(name, bound=30) for name, _ in groups[MOST_COLUMNS:]])
        yield "\n".join(_wrapped(f"and {plural(len(groups) - MOST_COLUMNS, 'more column')}: {names}; --json has all"))


def _finding(finding: DataFinding, *, color: bool) -> list[str]:
    verdict = f"{finding.verdict.value:<{_VERDICT}}"
    if color:
        verdict = f"{_COLOURS[finding.verdict]}{verdict}{_RESET}"
    lines = [f"  {verdict}{squeeze(plain(words.title(finding)), WIDTH - 2 - _VERDICT)}"]
    place = "" if finding.place is None else str(finding.place)
    for text in (finding.message, words.figures(finding), place):
        lines += _wrapped(text, indent=2 + _VERDICT) if text else []
    return lines


def _examples(examples: Sequence[Examples]) -> Iterator[str]:
    """Small tables of rows, `MOST_ROWS` in all, shared out so that no finding takes them from the others."""
    if not examples:
        return
    share = max(1, MOST_ROWS // len(examples))
    for each in examples[:MOST_ROWS]:
        kept = range(min(len(each.columns), MOST_CELLS))
        rows = [[str(row.row), *(row.cells[index] for index in kept)] for row in each.rows[:share]]
        what = each.check if each.column is None else f"{each.check} of {each.column}"
        # Every cell is one bounded line: a table that wraps is none.
        cells = [[plain(cell, bound=24) for cell in row] for row in rows]
        heads = ["row", *(plain(each.columns[index], bound=16) for index in kept)]
        yield f"rows for {plain(what, bound=60)}\n{table(cells, heads, width=WIDTH)}"


def _notes(check: Check) -> list[str]:
    told = words.remarks(check)
    lines = [line for note in told[:_MOST_NOTES] for line in _wrapped(f"note:  {note}", hang=7)]
    if len(told) > _MOST_NOTES:
        lines.append(f"       and {plural(len(told) - _MOST_NOTES, 'more note')}; --json has all")
    return lines


def _wrapped(text: str, *, indent: int = 0, hang: int = 0) -> list[str]:
    """Lines of at most `WIDTH` columns; those after the first are indented by `hang` more."""
    start, space = text[:hang], " " * indent
    lines = wrap(plain(text[hang:], bound=TEXT_BOUND), WIDTH - indent - hang)
    return [f"{space}{start if not number else ' ' * hang}{line}" for number, line in enumerate(lines)]

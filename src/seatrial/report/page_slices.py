"""What a gate found in parts of the rows, as a part of the page of a run: a picture, and every slice in figures.

Called by `page.py`; pure. Slices that moved stand in sight, all others one click away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seatrial.gates.codes import Kind
from seatrial.report.escape import NAME_BOUND
from seatrial.report.html import Markup, code, table, verdict
from seatrial.report.numbers import count, figure, interval, places, signed
from seatrial.report.plot_intervals import intervals, intervals_of
from seatrial.report.plot_svg import framed
from seatrial.verdict import Finding, Part, Verdict

_HEADER = ("slice", "verdict", "rows", "candidate", "baseline", "difference", "interval")
_GROUPS = ("group", "rows", "value", "interval")
_MOST_ROWS = 2_000
_MOST_MOVED = 30


def slices_part(findings: Iterable[Finding]) -> list[str]:
    """A picture of each finding about slices or groups, and a table of the slices that moved."""
    about = [one for one in findings if one.kind in (Kind.SLICES, Kind.FAIRNESS) and len(one.parts) > 1]
    if not about:
        return []
    drawn = [line for one in about for line in _part(one)]
    return ["<h3>Slices</h3>", *_moved(about), "<div class=shapes>", *drawn, "</div>"]


def _part(finding: Finding) -> list[str]:
    compared = finding.kind == Kind.SLICES
    what = f"difference of {finding.metric}" if compared else f"{finding.metric} by group"
    found = intervals_of(finding, what)
    if found is None:
        return framed(finding.name, "No two of these have a value.", lambda: None, lambda: ())
    fact, note = found
    return framed(
        finding.name,
        note,
        lambda: intervals(fact, finding.name),
        lambda: _slices(finding) if compared else _groups(finding),
    )


def _moved(findings: Iterable[Finding]) -> list[str]:
    """Slices that moved, of all findings, in sight."""
    lines = [
        (finding.metric or "", *_row(part))
        for finding in findings
        if finding.kind == Kind.SLICES
        for part in finding.parts
        if moved(part)
    ]
    if not lines:
        return ["<p>No slice moved.</p>"]
    more = count(len(lines) - _MOST_MOVED)
    below = [f"<p class=soft>and {more} more, in the figures below</p>"] if len(lines) > _MOST_MOVED else []
    return [*table(("metric", *_HEADER), lines[:_MOST_MOVED], right=range(3, 8)), *below]


def moved(part: Part) -> bool:
    """Whether a slice is another than it was: not passed, or its interval is all on one side of nothing."""
    if part.verdict is not None and part.verdict is not Verdict.PASS:
        return True
    return part.interval is not None and not part.interval[0] <= 0 <= part.interval[1]


def _slices(finding: Finding) -> list[str]:
    return table(_HEADER, [_row(part) for part in finding.parts[:_MOST_ROWS]], right=range(2, 7))


def _row(part: Part) -> Sequence[str]:
    decimals = places(part.candidate, part.baseline, difference=part.estimate)
    return (
        code(part.name, bound=NAME_BOUND),
        verdict(part.verdict) if part.verdict is not None else Markup(""),
        count(part.n),
        figure(part.candidate, decimals),
        figure(part.baseline, decimals),
        signed(part.estimate, decimals),
        part.note or interval(part.interval, decimals),
    )


def _groups(finding: Finding) -> list[str]:
    rows = [
        (
            code(part.name, bound=NAME_BOUND),
            count(part.n),
            figure(part.estimate),
            part.note or interval(part.interval, sign=False),
        )
        for part in finding.parts[:_MOST_ROWS]
    ]
    return table(_GROUPS, rows, right=range(1, 4))

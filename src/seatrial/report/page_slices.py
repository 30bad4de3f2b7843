"""What a gate found in parts of the rows, as a part of the page of a run: a picture, and every slice in figures.

Called by `page.py`; pure. Slices that moved stand in sight, all others one click away.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.gates.codes import Kind
from seatrial.report import beside
from seatrial.report.claims import slice_name
from seatrial.report.escape import NAME_BOUND
from seatrial.report.facts import ModelFact
from seatrial.report.html import Markup, code, paragraph, table, verdict
from seatrial.report.numbers import count, figure, interval, places, signed
from seatrial.report.plot_intervals import intervals, intervals_of
from seatrial.report.plot_svg import framed
from seatrial.verdict import Finding, Part

_HEADER = ("slice", "verdict", "rows", "candidate", "baseline", "difference", "interval")
_GROUPS = ("group", "rows", "value", "interval")
_MOST_ROWS = 2_000
_MOST_MOVED = 30


def slices_part(model: ModelFact) -> list[str]:
    """The slices that moved, and a picture of each finding about slices or groups."""
    about = [one for one in model.findings if one.kind in (Kind.SLICES, Kind.FAIRNESS) and len(one.parts) > 1]
    drawn = [line for one in about for line in _part(one)]
    shown = [*_moved(model), *(["<div class=shapes>", *drawn, "</div>"] if drawn else [])]
    return ["<h3>Slices</h3>", *shown] if shown else []


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


def _moved(model: ModelFact) -> list[str]:
    """Slices that moved, of all findings, in sight, and how many others there are."""
    found = beside.slices(model)
    if not found.in_all:
        return []
    more = len(found.moved) - _MOST_MOVED
    said = f"{found}; {count(more)} more of them are in the figures below" if more > 0 else str(found)
    lines = []
    for each in found.moved[:_MOST_MOVED]:
        name, metric, *figures = beside.slice_cells(each)
        lines.append((code(name, bound=NAME_BOUND), code(metric, bound=NAME_BOUND), *figures, _verdict(each.part)))
    header = ("slice", "metric", beside.side(model), "this", "change", "interval", "rows", "gate")
    return [*paragraph(f"{said}."), *(table(header, lines, right=range(2, 7)) if lines else [])]


def _verdict(part: Part) -> Markup:
    return verdict(part.verdict) if part.verdict is not None else Markup("")


def _slices(finding: Finding) -> list[str]:
    return table(_HEADER, [_row(finding, part) for part in finding.parts[:_MOST_ROWS]], right=range(2, 7))


def _row(finding: Finding, part: Part) -> Sequence[str]:
    decimals = places(part.candidate, part.baseline, difference=part.estimate)
    return (
        code(slice_name(finding, part), bound=NAME_BOUND),
        _verdict(part),
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

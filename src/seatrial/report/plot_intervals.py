"""Differences side by side, each with its interval: the slices of a gate.

Called by `page_slices.py` for findings with parts; pure. The worst come first, and what does not fit is counted. A
verdict is told by form as well as by colour.
"""

from __future__ import annotations

import math

from seatrial.gates.codes import Kind
from seatrial.report.claims import slice_name
from seatrial.report.numbers import count, plural
from seatrial.report.plot_facts import IntervalFact, IntervalsFact
from seatrial.report.plot_frame import RIGHT, WIDTH, Mark, Scale, across, fitting, legend, picture, scale_of, word
from seatrial.verdict import Finding, Verdict

MOST_ROWS = 30
"""Slices in one picture."""
_ROW = 21.0
_NAME = 130.0
_ORDER = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS, None)
_COLOUR = {Verdict.FAIL: 1, Verdict.ERROR: 1, Verdict.INCONCLUSIVE: 4, Verdict.PASS: 0, None: 5}


def intervals_of(finding: Finding, title: str) -> tuple[IntervalsFact, str] | None:
    """What a finding's parts have of differences, the worst first, and what was left out; None where fewer than two
    have one."""
    lower_is_better = finding.threshold is not None and finding.threshold > 0
    rows = [
        IntervalFact(
            name=slice_name(finding, part) if finding.kind == Kind.SLICES else part.name,
            estimate=part.estimate,
            low=part.interval[0],
            high=part.interval[1],
            verdict=part.verdict.value if part.verdict is not None else "",
            n=part.n,
        )
        for part in finding.parts
        if part.estimate is not None and part.interval is not None and math.isfinite(part.estimate)
    ]
    if len(rows) < 2:
        return None
    rows.sort(key=lambda row: (_rank(row), row.high if not lower_is_better else -row.low, row.name))
    note = "" if len(rows) <= MOST_ROWS else f"{count(len(rows) - MOST_ROWS)} more slices are in the table."
    silent = len(finding.parts) - len(rows)
    if silent:
        note = f"{note} {plural(silent, 'slice')} without a value.".strip()
    return IntervalsFact(title=title, rows=tuple(rows), threshold=finding.threshold), note


def intervals(fact: IntervalsFact, title: str) -> str:
    """The picture of the first `MOST_ROWS`."""
    rows = fact.rows[:MOST_ROWS]
    verdicts = list(dict.fromkeys(_verdict(row) for row in rows))
    marks, top = legend([Mark(svg=_mark(11, 6, each), name=each or "not judged") for each in verdicts])
    ends = [value for row in rows for value in (row.low, row.high, row.estimate) if math.isfinite(value)]
    known = [*ends, 0.0, *([] if fact.threshold is None else [fact.threshold])]
    low, high = min(known), max(known)
    scale = scale_of(known, low, high).moved(_NAME + 8, WIDTH - RIGHT)
    floor = top + 6 + _ROW * len(rows)
    body = [*marks, f'<path class="grid" d="M{scale.at(0):.1f} {top:.1f}V{floor:.1f}"/>']
    if fact.threshold is not None:
        x = scale.at(fact.threshold)
        body.append(f'<path class="ref" d="M{x:.1f} {top:.1f}V{floor:.1f}"/>')
    for at, row in enumerate(rows):
        body += _row(row, top + 6 + (at + 0.5) * _ROW, scale)
    said = f"{fact.title}{'' if fact.threshold is None else f'; dashed: {fact.threshold:.4g}'}"
    return picture(title, floor + 38, [*body, *across(scale, floor, said)])


def _row(row: IntervalFact, y: float, scale: Scale) -> list[str]:
    verdict = _verdict(row)
    low, high = (scale.at(end) if math.isfinite(end) else scale.end for end in (row.low, row.high))
    return [
        word(_NAME, y + 4, fitting(row.name or "(empty)", _NAME - 4), "end"),
        f'<path class="ln l{_COLOUR[verdict]}" d="M{low:.1f} {y:.1f}H{high:.1f}"/>',
        _mark(scale.at(row.estimate), y, verdict),
    ]


def _mark(x: float, y: float, verdict: Verdict | None) -> str:
    colour = _COLOUR[verdict]
    if verdict in (Verdict.FAIL, Verdict.ERROR):
        return f'<path class="f{colour}" d="M{x:.1f} {y - 5:.1f}l5 5-5 5-5-5z"/>'
    if verdict is Verdict.PASS:
        return f'<circle class="f{colour}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    return f'<circle class="open l{colour}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def _verdict(row: IntervalFact) -> Verdict | None:
    return Verdict(row.verdict) if row.verdict else None


def _rank(row: IntervalFact) -> int:
    return _ORDER.index(_verdict(row))

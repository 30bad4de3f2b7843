"""Lines and points over two axes: curves, ROC, calibration, answers against labels.

Called by `plot_svg.py`; pure. The candidate is a solid blue line or full circles, the baseline dashed orange or open
squares. Several runs of one training are thin lines, each with a colour and a dash of its own, and their mean is the
thick one. A gap is a gap; where a line ends before the others do a cross says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from seatrial.report.plot_facts import BASELINE, CANDIDATE, MEAN, LinesFact, SeriesFact
from seatrial.report.plot_frame import RIGHT, WIDTH, Mark, Scale, across, fitting, legend, picture, scale_of, wide, word

_TALL = 190
_BELOW = 38
_COLOURS = (2, 3, 4, 5)
_SMALL, _LARGE = 2.4, 3.6  # of a point
_MANY = 40  # points that are small


class _Look(Struct, frozen=True):
    """How a series is drawn."""

    colour: int
    dash: int
    thick: bool
    square: bool = False

    @property
    def stroke(self) -> str:
        return f"ln l{self.colour} d{self.dash}{' thick' if self.thick else ''}"


def lines(fact: LinesFact, title: str) -> str:
    """The picture."""
    looks = _looks(fact.series)
    marks, top = legend(
        [_mark(look, one.name, joined=fact.joined) for look, one in zip(looks, fact.series, strict=True)]
    )
    ys = [value for one in fact.series for value in (*one.y, *one.low, *one.high)]
    xs = [value for one in fact.series for value in one.x]
    if fact.diagonal and fact.x.low is None:  # both measure the same, so they are drawn alike
        xs = ys = [*xs, *ys]
    ahead, floor = top + 22.0, top + 22.0 + _TALL
    upward = scale_of(ys, fact.y.low, fact.y.high, log=fact.y.log).moved(floor, ahead)
    labels = upward.ticks(5)
    left = 12 + max(wide(said) for _, said in labels)
    along = scale_of(xs, fact.x.low, fact.x.high, log=fact.x.log).moved(left, WIDTH - RIGHT)
    body = [*marks, word(4, ahead - 9, fitting(fact.y.title, WIDTH - 20), classes="small")]
    for value, said in labels:
        y = upward.at(value)
        body.append(f'<path class="grid" d="M{left:.1f} {y:.1f}H{WIDTH - RIGHT}"/>')
        body.append(word(left - 5, y + 4, said, "end"))
    body += across(along, floor, fact.x.title)
    if fact.diagonal:
        body.append(_diagonal(along, upward))
    order = sorted(range(len(looks)), key=lambda at: (looks[at].thick, -at))  # the candidate and the mean lie on top
    for at in order:
        draw = _line if fact.joined else _points
        body += draw(fact.series[at], looks[at], along, upward)
    return picture(title, floor + _BELOW, body)


def _looks(series: Sequence[SeriesFact]) -> list[_Look]:
    found, runs, baselines = [], 0, 0
    for one in series:
        if one.role in (CANDIDATE, MEAN):
            found.append(_Look(0, 0, thick=True))
        elif one.role == BASELINE:
            found.append(_Look(1, 1 + 3 * min(baselines, 1), thick=True, square=True))
            baselines += 1
        else:
            turn, at = divmod(runs, len(_COLOURS))  # sixteen runs have each their own pair of colour and dash
            found.append(_Look(_COLOURS[at], (at + turn) % len(_COLOURS), thick=False))
            runs += 1
    return found


def _mark(look: _Look, name: str, *, joined: bool) -> Mark:
    if joined:
        return Mark(svg=f'<path class="{look.stroke}" d="M0 6H22"/>', name=name)
    return Mark(svg=_point(11, 6, look, _LARGE), name=name)


def _point(x: float, y: float, look: _Look, size: float) -> str:
    if look.square:
        return (
            f'<rect class="open l{look.colour}" x="{x - size:.1f}" y="{y - size:.1f}" '
            f'width="{2 * size:.1f}" height="{2 * size:.1f}"/>'
        )
    return f'<circle class="f{look.colour}" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>'


def _diagonal(along: Scale, upward: Scale) -> str:
    low, high = max(along.low, upward.low), min(along.high, upward.high)
    if not low < high:
        return ""
    return (
        f'<path class="ref" d="M{along.at(low):.1f} {upward.at(low):.1f}L{along.at(high):.1f} {upward.at(high):.1f}"/>'
    )


def _line(one: SeriesFact, look: _Look, along: Scale, upward: Scale) -> list[str]:
    way, alone, drawn = "", [], []
    begins = True
    known = [at for at, value in enumerate(one.y) if not math.isnan(value)]
    there = set(known)
    for at in known:
        x, y = along.at(one.x[at]), upward.at(one.y[at])
        way += f"{'M' if begins else 'L'}{x:.1f} {y:.1f}"
        begins = at + 1 not in there
        if begins and at - 1 not in there:
            alone.append(_point(x, y, look, _SMALL))
    if way:
        drawn.append(f'<path class="{look.stroke}" d="{way}"/>')
    drawn += alone
    if known and known[-1] < len(one.y) - 1:
        x, y = along.at(one.x[known[-1]]), upward.at(one.y[known[-1]])
        drawn.append(f'<path class="ln l{look.colour} thick" d="M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8"/>')
    return drawn


def _points(one: SeriesFact, look: _Look, along: Scale, upward: Scale) -> list[str]:
    size = _LARGE if len(one.x) <= _MANY else _SMALL
    drawn = []
    for at, (x, y) in enumerate(zip(one.x, one.y, strict=True)):
        if math.isnan(y):
            continue
        if one.low and not math.isnan(one.low[at]) and not math.isnan(one.high[at]):
            ends = upward.at(one.low[at]), upward.at(one.high[at])
            drawn.append(f'<path class="ln l{look.colour}" d="M{along.at(x):.1f} {ends[0]:.1f}V{ends[1]:.1f}"/>')
        drawn.append(_point(along.at(x), upward.at(y), look, size))
    return drawn

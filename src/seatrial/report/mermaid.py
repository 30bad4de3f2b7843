"""One chart of a run as Mermaid, for the comment of a forge that draws it: the loss, all runs as lines.

Called by whoever writes the Markdown of a comment, which has the same curves as a table of block characters: Mermaid is
drawn by the forge's own page, if at all, and nothing may depend on it. Pure.

What is subtle: Mermaid looks for directives (`%%{...}%%`) and interactions before it parses, wherever they stand, and
it has no way to escape a quote. So a name keeps letters, digits and a few harmless signs, and every other character
becomes `_`. Its numbers know no exponent, and its lines no gaps: a run that diverged has no line, and the title says
so. Lines have no names there, which is why this is a chart of runs that look alike, never of candidate and baseline.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from seatrial.report.escape import plain
from seatrial.report.facts import TRIAL, RunFacts
from seatrial.report.numbers import plural
from seatrial.report.plot_facts import BASELINE, CURVE, MEAN, PlotFact, SeriesFact

POINTS = 40
MOST_LINES = 8
_NAME = 40
_HARMLESS = frozenset(" _-.,=()+/")
_LARGEST = 1e12  # beyond, digits before the point are noise, and there is no other way to write them
_LEAST_SPAN = 1e-7  # below, so many digits would all be zeros
_DECIMALS, _DIGITS, _MOST_DIGITS = 9, 3, 10
_UNSEEN = 0.02  # of an axis: less than the width of its lines


def curves_chart(facts: RunFacts) -> str | None:
    """The most telling curve as one fenced `xychart-beta`; None where there is none, or none that Mermaid can draw.

    A loss is most telling, one that was validated before one that was trained on. A trial on one batch says nothing of
    the model, so what it drew is shown only where nothing else was drawn.
    """
    plots = [plot for plot in facts.plots if plot.kind == CURVE and plot.lines is not None]
    trials = {check.name.partition("[")[0] for check in facts.checks if check.judges == TRIAL}
    for plot in sorted(plots, key=lambda plot: (plot.of in trials, *_telling(plot))):
        chart = _chart(plot)
        if chart is not None:
            return chart
    return None


def _telling(plot: PlotFact) -> tuple[bool, bool]:
    title = plot.title.casefold()
    return "loss" not in title, not any(word in title for word in ("val", "test", "eval"))


def _chart(plot: PlotFact) -> str | None:
    if plot.lines is None:
        return None
    runs = [one for one in plot.lines.series if one.role not in (BASELINE, MEAN)]
    whole = [one for one in runs if one.x and all(map(math.isfinite, one.y)) and max(map(abs, one.y)) < _LARGEST]
    grid = _grid(whole[:MOST_LINES])
    if grid is None:
        return None
    shown = whole[:MOST_LINES]
    lines = [[_at(one, step) for step in grid] for one in shown]
    least, most = min(map(min, lines)), max(map(max, lines))
    if not most - least > _LEAST_SPAN:
        return None
    decimals = min(_DECIMALS, max(0, _DIGITS - math.floor(math.log10(most - least))))
    start, end = _ends(grid[0], grid[-1], round, round)
    low, high = _ends(_floor(least, most), most, math.floor, math.ceil)
    missing = len(runs) - len(shown)
    title = name(plot.title) + (f" ({plural(missing, 'run')} not drawn)" if missing else "")
    return "\n".join(
        (
            "```mermaid",
            "xychart-beta",
            f'    title "{title}"',
            f'    x-axis "{name(plot.lines.x.title)}" {number(start)} --> {number(end)}',
            f'    y-axis "{name(plot.lines.y.title)}" {number(low)} --> {number(high)}',
            *(f"    line [{', '.join(number(value, decimals) for value in line)}]" for line in lines),
            "```",
        )
    )


def name(text: str) -> str:
    """A name that is safe between Mermaid's quotes, and never empty."""
    shown = plain(text, bound=_NAME)
    return "".join(each if each.isalnum() or each in _HARMLESS else "_" for each in shown).strip() or "_"


def number(value: float, decimals: int = _DECIMALS) -> str:
    """A number as Mermaid reads it: digits, without an exponent."""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text


def _floor(low: float, high: float) -> float:
    """Nothing, where the values come near it; lines must lie within the axis."""
    return 0.0 if 0 < low < high / 2 else low


def _ends(low: float, high: float, down: Callable[[float], int], up: Callable[[float], int]) -> tuple[float, float]:
    """The ends of an axis, rounded that way to three significant digits; to more where that would move them by a part
    of the axis that can be seen."""
    for digits in range(_DIGITS, _MOST_DIGITS):
        ends = _rounded(low, digits, down), _rounded(high, digits, up)
        if max(abs(ends[0] - low), abs(ends[1] - high)) <= _UNSEEN * (high - low):
            return ends
    return low, high


def _rounded(value: float, digits: int, how: Callable[[float], int]) -> float:
    if abs(value) < 10.0**-_DECIMALS:
        return 0.0
    places = digits - 1 - math.floor(math.log10(abs(value)))
    scaled = value * 10**places if places >= 0 else value / 10**-places
    whole = how(round(scaled, 6))  # 0.29 is 289.99999999999994 thousandths
    return whole / 10**places if places >= 0 else whole * 10.0**-places


def _grid(runs: Sequence[SeriesFact]) -> list[float] | None:
    """Even steps that all runs have values at; None where they share none."""
    if not runs:
        return None
    first, last = max(one.x[0] for one in runs), min(one.x[-1] for one in runs)
    if not (first < last and abs(first) < _LARGEST and abs(last) < _LARGEST):
        return None
    points = min(POINTS, max(len(one.x) for one in runs))
    return [first + (last - first) * at / (points - 1) for at in range(points)]


def _at(one: SeriesFact, step: float) -> float:
    """The value of a run at a step, between the two nearest."""
    after = next((at for at, x in enumerate(one.x) if x >= step), len(one.x) - 1)
    if after == 0 or one.x[after] <= step:
        return one.y[after]
    before = after - 1
    share = (step - one.x[before]) / (one.x[after] - one.x[before])
    return one.y[before] + (one.y[after] - one.y[before]) * share

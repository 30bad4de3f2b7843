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
from collections.abc import Sequence

from seatrial.report.escape import plain
from seatrial.report.facts import RunFacts
from seatrial.report.numbers import plural
from seatrial.report.plot_facts import BASELINE, CURVE, MEAN, PlotFact, SeriesFact

POINTS = 40
MOST_LINES = 8
_NAME = 40
_HARMLESS = frozenset(" _-.,=()+/")
_LARGEST = 1e12  # beyond, digits before the point are noise, and there is no other way to write them
_LEAST_SPAN = 1e-7  # below, so many digits would all be zeros
_DECIMALS, _DIGITS = 9, 3


def curves_chart(facts: RunFacts) -> str | None:
    """The most telling curve as one fenced `xychart-beta`; None where there is none, or none that Mermaid can draw.

    A loss is most telling, one that was validated before one that was trained on.
    """
    plots = [plot for plot in facts.plots if plot.kind == CURVE and plot.lines is not None]
    for plot in sorted(plots, key=_telling):
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
    low, high = min(map(min, lines)), max(map(max, lines))
    if not high - low > _LEAST_SPAN:
        return None
    decimals = min(_DECIMALS, max(0, _DIGITS - math.floor(math.log10(high - low))))
    missing = len(runs) - len(shown)
    title = name(plot.title) + (f" ({plural(missing, 'run')} not drawn)" if missing else "")
    return "\n".join(
        (
            "```mermaid",
            "xychart-beta",
            f'    title "{title}"',
            f'    x-axis "{name(plot.lines.x.title)}" {number(grid[0])} --> {number(grid[-1])}',
            f'    y-axis "{name(plot.lines.y.title)}" {number(_floor(low, high))} --> {number(high)}',
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

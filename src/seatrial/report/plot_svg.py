"""A picture of a run as a figure of a page: title, drawing, what is to be said of it, and its figures as a table.

Called by `page.py` and its parts; pure, and without a plotting library (decision 0021 says why). Whatever goes wrong
with one picture leaves a sentence in its place: a page never fails because a picture did.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from seatrial.report.data_plots import shape_of
from seatrial.report.data_svg import svg as bars_svg
from seatrial.report.html import details, filled_table, sentence, table, text
from seatrial.report.numbers import count, figure
from seatrial.report.plot_facts import BarsFact, LinesFact, MatrixFact, PlotFact
from seatrial.report.plot_lines import lines
from seatrial.report.plot_matrix import matrix, shades

_POINTS = 12  # of a series, in a table


def figure_of(plot: PlotFact) -> list[str]:
    """A stored picture as lines of markup."""
    note = plot.note if plot.matrix is None else " ".join(filter(None, (plot.note, shades(plot.matrix))))
    return framed(plot.title, note, lambda: _drawn(plot), lambda: _table(plot))


def framed(title: str, note: str, draw: Callable[[], str | None], rows: Callable[[], Iterable[str]]) -> list[str]:
    """A figure; where drawing it goes wrong a sentence says what."""
    try:
        picture = draw()
        below = [] if picture is None else details("figures", rows())
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a picture, the rest of the page is not
        picture, below = None, []
        note = f"This picture could not be drawn ({type(error).__name__}: {error})."
    said = [f"<p>{sentence(note)}</p>"] if note else []
    return ["<figure>", f"<figcaption>{text(title)}</figcaption>", *([] if picture is None else [picture]), *said,
            *below, "</figure>"]  # fmt: skip


def figures(plots: Iterable[PlotFact]) -> list[str]:
    """Pictures side by side as far as there is room; nothing for none."""
    drawn = [line for plot in plots for line in figure_of(plot)]
    return ["<div class=shapes>", *drawn, "</div>"] if drawn else []


def _drawn(plot: PlotFact) -> str | None:
    if plot.lines is not None:
        return lines(plot.lines, plot.title)
    if plot.matrix is not None:
        return matrix(plot.matrix, plot.title)
    if plot.bars is not None:
        return bars_svg(shape_of(plot.bars), plot.title, sides=plot.bars.sides)
    return None


def _table(plot: PlotFact) -> list[str]:
    if plot.lines is not None:
        return _of_lines(plot.lines)
    if plot.matrix is not None:
        return _of_matrix(plot.matrix)
    return _of_bars(plot.bars) if plot.bars is not None else []


def _of_lines(fact: LinesFact) -> list[str]:
    rows: list[tuple[str, ...]] = []
    for one in fact.series:
        for at in _some(len(one.x)):
            bounds = f"[{figure(one.low[at])}, {figure(one.high[at])}]" if one.low else ""
            rows.append((one.name, figure(one.x[at]), figure(one.y[at]), bounds, count(one.n[at]) if one.n else ""))
    return filled_table(("series", fact.x.title, fact.y.title, "95 % interval", "rows"), rows, right=range(1, 5))


def _of_matrix(fact: MatrixFact) -> list[str]:
    def cell(number: int) -> str:
        return f"{number:+,}" if fact.signed and number else f"{number:,}"

    rows = [(name, *map(cell, cells)) for name, cells in zip(fact.names, fact.cells, strict=True)]
    return table(("label \\ answer", *fact.names), rows, right=range(1, len(fact.names) + 1))


def _of_bars(fact: BarsFact) -> list[str]:
    width = (fact.high - fact.low) / len(fact.current)
    names = fact.labels or [
        f"{figure(fact.low + at * width)} to {figure(fact.low + (at + 1) * width)}" for at in range(len(fact.current))
    ]
    first = "value"
    if fact.time:
        names, first = [str(at + 1) for at in range(len(fact.current))], "bar"
    rows = [
        (name, _percent(fact.current[at]), _percent(fact.reference[at]) if fact.reference else "")
        for at, name in enumerate(names)
    ]
    return filled_table((first, *fact.sides), rows, right=range(1, 3))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if math.isfinite(100 * share) else figure(share)


def _some(length: int) -> Sequence[int]:
    if length <= 2 * _POINTS:
        return range(length)
    return sorted({at * (length - 1) // (_POINTS - 1) for at in range(_POINTS)})

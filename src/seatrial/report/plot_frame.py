"""What all pictures share: their size, their colours, scales from values to places, ticks, words and the legend.

Called by the renderers beside it (`plot_lines.py`, `plot_matrix.py`, `plot_intervals.py`, `data_svg.py`); pure. A
picture is 400 units wide, which is a narrow phone in natural size and a third of a wide page, so that no word ever
shrinks below what can be read. Colours follow the reader's light or dark theme; whatever is told apart by colour is
told apart by form too, and the colours are apart for the colour-blind (Okabe and Ito 2008, dark enough for white and
light enough for black).

Texts from people are escaped in `word` and in the title of a `picture`: nothing else writes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from msgspec import Struct

from seatrial.data.columns import Kind
from seatrial.report.data_axis import ticks
from seatrial.report.escape import NAME_BOUND, plain
from seatrial.report.html import text

WIDTH = 400
RIGHT = 14
STYLE = """\
.st-plot{--ink:#3d444d;--grid:#d8dee4;--now:#0060a8;--was:#b7410e;--k2:#00705a;--k3:#8540a5;--k4:#7d6608;--k5:#59636e;--on:#fff}
@media(prefers-color-scheme:dark){.st-plot{--ink:#c9d1d9;--grid:#3d444d;--now:#6cb6ff;--was:#ffa657;--k2:#56d4b4;--k3:#d2a8ff;--k4:#e3c54f;--k5:#9198a1;--on:#0d1117}}
.st-plot{font:11px system-ui,sans-serif}.st-plot text{fill:var(--ink)}.st-plot .grid{stroke:var(--grid);fill:none}
.st-plot .ln{fill:none;stroke-width:1.4;stroke-linejoin:round}.st-plot .thick{stroke-width:2.4}
.st-plot .l0{stroke:var(--now)}.st-plot .l1{stroke:var(--was)}.st-plot .l2{stroke:var(--k2)}
.st-plot .l3{stroke:var(--k3)}.st-plot .l4{stroke:var(--k4)}.st-plot .l5{stroke:var(--k5)}
.st-plot .f0{fill:var(--now)}.st-plot .f1{fill:var(--was)}.st-plot .f2{fill:var(--k2)}
.st-plot .f3{fill:var(--k3)}.st-plot .f4{fill:var(--k4)}.st-plot .f5{fill:var(--k5)}
.st-plot .open{fill:none;stroke-width:1.5}.st-plot .ref{stroke:var(--k5);stroke-dasharray:3 4;fill:none}
.st-plot .d1{stroke-dasharray:7 4}.st-plot .d2{stroke-dasharray:2 3}.st-plot .d3{stroke-dasharray:9 3 2 3}
.st-plot .d4{stroke-dasharray:4 2}.st-plot .small{font-size:10px}.st-plot .on{fill:var(--on)}.st-plot .end{font-weight:600}
"""  # noqa: E501 - rules read better whole
"""The rules of pictures; a page states them once."""

FIGURES = """\
.shapes{display:flex;flex-wrap:wrap;gap:1.4rem 1.5rem;align-items:flex-start;margin-top:1.2rem}
figure{margin:0;width:400px;max-width:100%}figcaption{font-weight:600;font-size:13px}
svg{max-width:100%;height:auto;display:block}figure p,figure summary{font-size:12px;margin:.2rem 0;color:var(--soft)}
"""
"""The rules of figures that hold them, side by side as far as there is room."""

_LEGEND_ROW = 17
_NARROW, _BROAD = 6.3, 11.5  # of a character, at the font size of the style
_FIRST_BROAD = 0x2E80  # from here on scripts are mostly as wide as high
_TICK = 10  # characters of a tick
_LEAST_SPAN = 1e-300
_LARGEST = 1.7976931348623157e308


class Scale(Struct, frozen=True, kw_only=True):
    """From values to places along one axis; `log` where equal factors are equally far apart."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value; what lies outside is at the end of the axis."""
        if self.log:
            share = _share(math.log10(max(value, self.low)), math.log10(self.low), math.log10(self.high))
        else:
            share = _share(value, self.low, self.high)
        return self.start + (self.end - self.start) * min(1.0, max(0.0, share))

    def moved(self, start: float, end: float) -> Scale:
        """The same values on another stretch."""
        return Scale(low=self.low, high=self.high, start=start, end=end, log=self.log)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Some values with their texts; both ends where there is nothing rounder."""
        found = _powers(self.low, self.high, most) if self.log else ticks(self.low, self.high, Kind.NUMBER, most=most)
        return [(value, word[:_TICK]) for value, word in found or [(v, f"{v:.3g}") for v in (self.low, self.high)]]


class Mark(Struct, frozen=True, kw_only=True):
    """An entry of the legend: an SVG element drawn in a box of 22 by 12, and its name."""

    svg: str
    name: str


def scale_of(values: Iterable[float], low: float | None, high: float | None, *, log: bool = False) -> Scale:
    """A scale that holds all finite values, and reaches to the ends that are given. It never is a point."""
    known = [value for value in values if math.isfinite(value) and (not log or value > 0)]
    first = min(known, default=0.0) if low is None else low
    last = max(known, default=1.0) if high is None else high
    first, last = min(first, last), max(first, last)  # a stored picture may say anything
    if not log and low is None and 0 < first < (last - first) / 2:
        first = 0.0  # an axis that nearly begins at nothing begins there
    if log and first > 0 and not last > first * 1.01:
        return Scale(low=first / 2 or first, high=min(last * 2, _LARGEST), start=0, end=1, log=True)
    size = max(abs(first), abs(last))
    if not last / 2 - first / 2 > max(size * 1e-12, _LEAST_SPAN):
        margin = max(size * 0.1, 0.5)
        first, last = max(first - margin, -_LARGEST), min(last + margin, _LARGEST)
    return Scale(low=first, high=last, start=0, end=1, log=log and first > 0)


def _share(value: float, low: float, high: float) -> float:
    # Halved, so that a span from the lowest to the highest number there is does not overflow.
    return (value / 2 - low / 2) / (high / 2 - low / 2)


def _powers(low: float, high: float, most: int) -> list[tuple[float, str]]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, -(-(last - first + 1) // most))
    found = [(10.0**power, _power(power)) for power in range(first, last + 1, step) if power > -308]
    if len(found) >= 2 or high > low * 1e6:
        return found
    between = [(digit * 10.0**power, digit) for power in range(first - 1, last + 1) for digit in (1, 2, 5)]
    return [(value, f"{value:.3g}") for value, _ in between if low <= value <= high]


def _power(power: int) -> str:
    return f"{10**power:,}" if 0 <= power <= 4 else f"{10.0**power:g}"


def wide(name: str) -> float:
    """About how many units a text takes."""
    return sum(_BROAD if ord(character) >= _FIRST_BROAD else _NARROW for character in name)


def fitting(name: str, room: float) -> str:
    """A name on one line that fits, with its middle left out."""
    name = shown = plain(name, bound=NAME_BOUND)
    bound = len(name)
    while wide(shown) > room and bound > 3:
        bound -= 1
        tail = (bound - 1) // 2
        shown = f"{name[: bound - 1 - tail]}…{name[len(name) - tail :]}"
    return shown


def word(x: float, y: float, value: str, anchor: str = "start", *, classes: str = "", turned: bool = False) -> str:
    """A text at a place, escaped."""
    extra = f' class="{classes}"' if classes else ""
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}{turn}>{text(value)}</text>'


def legend(marks: Sequence[Mark]) -> tuple[list[str], float]:
    """The legend in as many rows as it needs, and how high it is."""
    drawn: list[str] = []
    x, y = 6.0, 0.0
    for mark in marks:
        name = fitting(mark.name, WIDTH - 50)
        room = 28 + wide(name) + 14
        if x > 6 and x + room > WIDTH:
            x, y = 6.0, y + _LEGEND_ROW
        drawn.append(f'<g transform="translate({x:.1f} {y + 2:.1f})">{mark.svg}</g>')
        drawn.append(word(x + 27, y + 12, name))
        x += room
    return drawn, y + _LEGEND_ROW + 2 if marks else 0.0


def across(scale: Scale, floor: float, title: str, *, most: int = 5) -> list[str]:
    """Ticks, texts and the title of a horizontal axis."""
    drawn = []
    for value, said in scale.ticks(most):
        x = scale.at(value)
        drawn.append(f'<path class="grid" d="M{x:.1f} {floor:.1f}v4"/>')
        half = wide(said) / 2
        drawn.append(word(min(max(x, half), WIDTH - half - 1), floor + 16, said, "middle"))
    drawn.append(word((scale.start + scale.end) / 2, floor + 31, fitting(title, WIDTH - 80), "middle", classes="small"))
    return drawn


def picture(title: str, height: float, body: Iterable[str]) -> str:
    """The whole picture, with its title for those who hear it."""
    said = text(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="st-plot" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img" aria-label="{said}"><title>{said}</title>{"".join(body)}</svg>'
    )

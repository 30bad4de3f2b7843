"""Two distributions over one axis as SVG: what is looked at filled, what it is compared with as an outline.

Called by `data_page.py` for the columns of a dataset and by `plot_svg.py` for errors and waits; pure, and without a
plotting library, which would take longer to import than the check takes. Every shape has a word beside it, and the two
sides differ in form and not in colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.columns import Kind
from seatrial.report.data_axis import ticks
from seatrial.report.data_shapes import Shape
from seatrial.report.plot_frame import RIGHT, WIDTH, Mark, fitting, legend, picture, scale_of, wide, word
from seatrial.report.plot_frame import STYLE as FRAME_STYLE

_TALL = 140
_LEFT, _BOTTOM = 46, 36
_ROW = 20  # of a bar that lies
_LABEL = 130  # room for the words beside lying bars
_FIGURES = 100  # room for those behind them

STYLE = f"""{FRAME_STYLE}\
.st-plot .now{{fill:var(--now);fill-opacity:.6}}.st-plot .was{{fill:none;stroke:var(--was);stroke-width:1.8}}
"""
"""The rules of these pictures; a page states them once."""


def svg(shape: Shape, title: str, *, sides: tuple[str, str] = ("current", "reference")) -> str:
    """The picture of one column, its two sides called so."""
    marks = [Mark(svg='<rect class="now" x="4" y="1" width="14" height="11"/>', name=sides[0])]
    if shape.reference:
        marks.append(Mark(svg='<path class="was" d="M4 12V2h14v10"/>', name=sides[1]))
    drawn, top = legend(marks)
    above = top + 6
    most = max((*shape.current, *shape.reference)) or 1.0
    if shape.labels:
        return picture(title, above + _ROW * len(shape.labels) + 8, [*drawn, *_lying(shape, above, most)])
    return picture(title, above + _TALL + _BOTTOM, [*drawn, *_standing(shape, above, most)])


def _standing(shape: Shape, above: float, most: float) -> list[str]:
    """Bars side by side over an axis of numbers or times."""
    floor = above + _TALL
    along = scale_of((), shape.low, shape.high).moved(_LEFT, WIDTH - RIGHT)
    marks = []
    for share, text in ticks(0.0, 100 * most, Kind.NUMBER, most=4):
        y = floor - _TALL * share / (100 * most)
        marks.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        marks.append(word(_LEFT - 5, y + 4, f"{text} %", "end"))
    bar = (along.end - along.start) / len(shape.current)
    for index, share in enumerate(shape.current):
        tall = _TALL * share / most
        if tall:
            marks.append(_filled(_LEFT + index * bar, floor - tall, bar, tall))
    if shape.reference:
        marks.append(
            f'<path class="was" d="M{_LEFT} {floor:.1f}{_outline(shape.reference, bar, floor, _TALL / most)}'
            f'V{floor:.1f}"/>'
        )
    for value, text in ticks(shape.low, shape.high, shape.kind):
        x, half = along.at(value), wide(text) / 2
        marks.append(f'<path class="grid" d="M{x:.1f} {floor:.1f}v4"/>')
        marks.append(word(min(x, WIDTH - half - 1), floor + 16, text, "middle"))
    if shape.below:
        marks.append(word(_LEFT, floor + 30, "first bar: and below"))
    if shape.above:
        marks.append(word(WIDTH - RIGHT, floor + 30, "last bar: and above", "end"))
    return marks


def _outline(shares: Sequence[float], bar: float, floor: float, scale: float) -> str:
    return "".join(
        f"V{floor - share * scale:.1f}H{_LEFT + (index + 1) * bar:.1f}" for index, share in enumerate(shares)
    )


def _lying(shape: Shape, above: float, most: float) -> list[str]:
    """One row for each value, its name at the left and its share behind the bar."""
    width = WIDTH - _LABEL - _FIGURES
    marks = []
    for index, name in enumerate(shape.labels):
        y = above + index * _ROW
        long = width * shape.current[index] / most
        marks.append(word(_LABEL - 6, y + 13, fitting(name, _LABEL - 8) or "(empty)", "end"))
        marks.append(_filled(_LABEL, y + 3, long, _ROW - 7))
        said, far = f"{100 * shape.current[index]:.1f} %", long
        if shape.reference:
            before = width * shape.reference[index] / most
            marks.append(f'<rect class="was" x="{_LABEL}" y="{y + 1:.1f}" width="{before:.1f}" height="{_ROW - 3}"/>')
            said, far = f"{100 * shape.reference[index]:.1f} → {said}", max(long, before)
        marks.append(word(_LABEL + far + 6, y + 13, said))
    return marks


def _filled(x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="now" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'

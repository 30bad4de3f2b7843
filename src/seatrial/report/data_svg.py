"""Two distributions over one axis as SVG: the current data filled, the reference as an outline.

Called by `data_page.py`; pure, and without a plotting library, which would take longer to import than the check
takes. The picture stands alone: its colours follow the light or dark theme of whoever looks, every shape has a
word beside it, and the two sides differ in form and not in colour alone.

Texts from data (names of columns, values) are escaped here, the only place that writes them into SVG.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from seatrial.data.columns import Kind
from seatrial.report.data_axis import ticks
from seatrial.report.data_shapes import Shape
from seatrial.report.escape import plain

WIDTH = 480
_HEIGHT = 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 26, 36
_ROW = 20  # of a bar that lies
_LABEL = 130  # room for the words beside lying bars
_WORD = 20  # characters of a word that fit there

STYLE = """\
.st-plot{font:11px system-ui,sans-serif;--ink:#3d444d;--grid:#d8dee4;--now:#4c78a8;--was:#b7410e}
@media(prefers-color-scheme:dark){.st-plot{--ink:#c9d1d9;--grid:#3d444d;--now:#79b0e6;--was:#ffa657}}
.st-plot text{fill:var(--ink)}.st-plot .grid{stroke:var(--grid);stroke-width:1}
.st-plot .now{fill:var(--now);fill-opacity:.7}.st-plot .was{fill:none;stroke:var(--was);stroke-width:1.8}"""
"""The rules all pictures share; a page states them once."""


def svg(shape: Shape, title: str, *, standalone: bool = False) -> str:
    """The picture of one column. `standalone` brings the style along, for a file of its own."""
    lying = bool(shape.labels)
    height = _TOP + _ROW * len(shape.labels) + 8 if lying else _HEIGHT
    body = _lying(shape) if lying else _standing(shape)
    said = _text(title)
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="st-plot" viewBox="0 0 {WIDTH} {height}"',
            f' width="{WIDTH}" height="{height}" role="img" aria-label="{said}">',
            f"<title>{said}</title>",
            f"<style>{STYLE}</style>" if standalone else "",
            *_legend(reference=bool(shape.reference)),
            *body,
            "</svg>",
        )
    )


def _legend(*, reference: bool) -> list[str]:
    marks = [f'<rect class="now" x="{_LEFT}" y="5" width="12" height="10"/>', _word(_LEFT + 17, 14, "current", "start")]
    if reference:
        marks.append(f'<path class="was" d="M{_LEFT + 76} 15V6h12v9"/>')
        marks.append(_word(_LEFT + 93, 14, "reference", "start"))
    return marks


def _standing(shape: Shape) -> list[str]:
    """Bars side by side over an axis of numbers or times."""
    top = max((*shape.current, *shape.reference))
    width, height = WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    floor = _TOP + height

    def across(value: float) -> float:
        return _LEFT + width * (value - shape.low) / (shape.high - shape.low)

    marks = []
    for share, text in ticks(0.0, 100 * top, Kind.NUMBER, most=4):
        y = floor - height * share / (100 * top)
        marks.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        marks.append(_word(_LEFT - 5, y + 4, f"{text} %", "end"))
    bar = width / len(shape.current)
    for index, share in enumerate(shape.current):
        tall = height * share / top
        if tall:
            x = _LEFT + index * bar
            marks.append(
                f'<rect class="now" x="{x:.1f}" y="{floor - tall:.1f}" width="{bar:.1f}" height="{tall:.1f}"/>'
            )
    if shape.reference:
        marks.append(
            f'<path class="was" d="M{_LEFT} {floor}{_outline(shape.reference, bar, floor, height / top)}V{floor}"/>'
        )
    for value, text in ticks(shape.low, shape.high, shape.kind):
        x = across(value)
        marks.append(f'<path class="grid" d="M{x:.1f} {floor}v4"/>')
        marks.append(_word(x, floor + 16, text, "middle"))
    if shape.below:
        marks.append(_word(_LEFT, floor + 30, "first bar: and below", "start"))
    if shape.above:
        marks.append(_word(WIDTH - _RIGHT, floor + 30, "last bar: and above", "end"))
    return marks


def _outline(shares: Sequence[float], bar: float, floor: float, scale: float) -> str:
    return "".join(
        f"V{floor - share * scale:.1f}H{_LEFT + (index + 1) * bar:.1f}" for index, share in enumerate(shares)
    )


def _lying(shape: Shape) -> list[str]:
    """One row for each value, its name at the left and its share behind the bar."""
    top = max((*shape.current, *shape.reference))
    width = WIDTH - _LABEL - 100
    marks = []
    for index, name in enumerate(shape.labels):
        y = _TOP + index * _ROW
        long = width * shape.current[index] / top
        marks.append(_word(_LABEL - 6, y + 13, plain(name, bound=_WORD) or "(empty)", "end"))
        marks.append(_filled(_LABEL, y + 3, long, _ROW - 7))
        said, far = f"{100 * shape.current[index]:.1f} %", long
        if shape.reference:
            before = width * shape.reference[index] / top
            marks.append(f'<rect class="was" x="{_LABEL}" y="{y + 1}" width="{before:.1f}" height="{_ROW - 3}"/>')
            said, far = f"{100 * shape.reference[index]:.1f} → {said}", max(long, before)
        marks.append(_word(_LABEL + far + 6, y + 13, said, "start"))
    return marks


def _filled(x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="now" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _word(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{_text(text)}</text>'


def _text(text: str) -> str:
    return escape(plain(text), {'"': "&quot;"})

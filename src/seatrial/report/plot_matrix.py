"""A confusion matrix as shades, or the difference of two of them.

Called by `plot_svg.py`; pure. A shade is the share of its row (of all rows with that label), so that a rare class
is read like a frequent one; the count stands in the cell where there is room. In a difference, blue is what is better
(more right answers, fewer wrong ones) and orange what is worse; the sign says it as well. There a shade is the share of
the largest difference of all, since one row more or less is nothing, in whichever row it stands.
"""

from __future__ import annotations

from seatrial.report.plot_facts import MatrixFact
from seatrial.report.plot_frame import RIGHT, WIDTH, Mark, fitting, legend, picture, wide, word

_LARGEST, _ROOMY = 46.0, 24.0  # sides of a cell; of one that has room for its count
_NAME = 90.0
_DIGIT = 5.8
_DARK = 0.55  # a shade on which words are light


def matrix(fact: MatrixFact, title: str) -> str:
    """The picture."""
    names = [fitting(name or "(empty)", _NAME) for name in fact.names]
    left = 24 + max((wide(name) for name in names), default=0.0)
    side = min(_LARGEST, (WIDTH - RIGHT - left) / max(1, len(names)))
    marks, top = legend(_marks() if fact.signed else [])
    turned = any(wide(name) > side - 2 for name in names)
    above = top + 20 + (max(map(wide, names), default=0.0) + 4 if turned else 14)
    body = [*marks, word(left, top + 12, "answer", classes="small"), word(4, above - 4, "label", classes="small")]
    for at, name in enumerate(names):
        middle = left + (at + 0.5) * side
        body.append(
            word(middle + 4, above - 4, name, turned=True) if turned else word(middle, above - 4, name, "middle")
        )
        body.append(word(left - 5, above + (at + 0.5) * side + 4, name, "end"))
    largest = max((abs(number) for cells in fact.cells for number in cells), default=0)
    for row, cells in enumerate(fact.cells):
        most = largest if fact.signed else sum(cells)
        for column, number in enumerate(cells):
            share = abs(number) / most if most else 0.0
            worse = fact.signed and (number > 0) != (row == column)
            body += _cell(
                left + column * side, above + row * side, side, number, share, worse=worse, signed=fact.signed
            )
    return picture(title, above + side * len(names) + 8, body)


def _marks() -> list[Mark]:
    return [
        Mark(svg=f'<rect class="f{colour}" fill-opacity=".7" x="4" y="0" width="14" height="12"/>', name=name)
        for colour, name in ((0, "better"), (1, "worse"))
    ]


def _cell(x: float, y: float, side: float, number: int, share: float, *, worse: bool, signed: bool) -> list[str]:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{side:.1f}" height="{side:.1f}"'
    drawn = [f'<rect class="grid" {place}/>']
    if not number:
        return drawn
    shade = 0.12 + 0.83 * share
    drawn.append(f'<rect class="f{int(worse)}" fill-opacity="{shade:.2f}" {place}/>')
    said = short(number, signed=signed)
    if side >= _ROOMY and len(said) * _DIGIT <= side:
        dark = "small on" if shade > _DARK else "small"
        drawn.append(word(x + side / 2, y + side / 2 + 4, said, "middle", classes=dark))
    return drawn


def shades(fact: MatrixFact) -> str:
    """What a shade means, as a sentence."""
    if fact.signed:
        return "A shade is the share of the largest difference in the table."
    return "A shade is the share of all rows with that label."


def short(number: int, *, signed: bool) -> str:
    """A count in at most five characters: `812`, `+3`, `12k`, `3.1M`."""
    size = abs(number)
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if size >= 10 * unit or (unit > 10**3 and size >= unit):
            text = f"{size / unit:.0f}{name}" if size >= 10 * unit else f"{size / unit:.1f}{name}"
            break
    else:
        text = str(size)
    if number < 0:
        return f"\N{MINUS SIGN}{text}"
    return f"+{text}" if signed and number else text

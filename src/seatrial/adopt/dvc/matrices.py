"""Whether the cells of a DVC group are one stage with a matrix, or must be written as stages of their own.

Called by `lowering`. They are a matrix when they differ in nothing but values that stand on axes, each value is
spelt alike by DVC and by Seatrial, and no two cells look alike. For a mapping (`foreach: {uk: {lr: 3}, us: {lr: 9}}`)
the first cell gives the axes and the others stand under `include`. Everything else is unrolled. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.adopt.dvc.command import lower_command
from seatrial.adopt.dvc.interpolation import Fixed, Live, Pieces, plain
from seatrial.adopt.dvc.stages import Cell, Group
from seatrial.config.matrix_document import MATRIX_KEYS, MAX_CELLS
from seatrial.config.names import is_name
from seatrial.pipeline.template import show_value

_BREAKERS = frozenset(",[]=")


class Axes(Struct, frozen=True, kw_only=True):
    """The axes of a stage, and the values of each of its cells in DVC's order."""

    axes: Mapping[str, tuple[object, ...]]
    include: tuple[Mapping[str, object], ...]
    cells: tuple[Mapping[str, object], ...]


def axes_of(group: Group) -> Axes | None:
    """The axes, None where the cells must be stages of their own."""
    cells = group.cells
    if group.entry.over is None or not cells or len(cells) > MAX_CELLS:
        return None
    if any(isinstance(piece, Live) and piece.head == "matrix" for piece in cells[0].folder):
        return None  # its `cd` would need a value in quotes that nobody could read
    if any("DVC_STAGE" in plain(line) for line in cells[0].lines):
        return None  # each cell has another name
    shapes = {_shape(cell) for cell in cells}
    if len(shapes) != 1:
        return None
    if not _one_command(cells):
        return None
    names = [name for name in cells[0].axes if name in _used(cells[0]) or _identifies(name, group)]
    values = [{name: cell.axes.get(name) for name in names} for cell in cells]
    if not names or not _writable(names, values):
        return None
    whole = {name: tuple({show_value(value[name]): value[name] for value in values}.values()) for name in names}
    if len(list(itertools.islice(itertools.product(*whole.values()), len(cells) + 1))) == len(cells):
        return Axes(axes=whole, include=(), cells=tuple(values))
    first = {name: (value,) for name, value in values[0].items()}
    return Axes(axes=first, include=tuple(values[1:]), cells=tuple(values))


def _one_command(cells: Sequence[Cell]) -> bool:
    """Whether one text is the command of all cells: none has a value that makes other words in it than DVC does."""
    made = [lower_command(cell.lines, "", {}, {}, {}) for cell in cells]
    return len({(one.cmd, one.shell) for one in made}) == 1 and not any(one.axes_written for one in made)


def _identifies(name: str, group: Group) -> bool:
    """The axis that tells cells apart stays, also where no text uses it."""
    return group.entry.matrix is not None or name == "key" or list(group.cells[0].axes) == [name]


def _writable(names: Sequence[str], values: Sequence[Mapping[str, object]]) -> bool:
    if any(not is_name(name) or name in MATRIX_KEYS for name in names):
        return False
    seen = set()
    for cell in values:
        shown = tuple(show_value(value) for value in cell.values())
        if shown in seen or not all(text and text.isprintable() and not _BREAKERS & set(text) for text in shown):
            return False
        seen.add(shown)
        if any(value is None or isinstance(value, dict | list) for value in cell.values()):
            return False
    return True


def _used(cell: Cell) -> frozenset[str]:
    return frozenset(
        piece.name for text in _texts(cell) for piece in text if isinstance(piece, Live) and piece.head == "matrix"
    )


def _texts(cell: Cell) -> tuple[Pieces, ...]:
    return (*cell.lines, cell.folder, *(path for path, _ in cell.deps), *(out.path for out in cell.outs))


def _shape(cell: Cell) -> tuple[object, ...]:
    """What must be alike in all cells: everything but the values on axes."""
    texts = tuple(
        tuple(piece if isinstance(piece, Fixed) or piece.head != "matrix" else piece.name for piece in text)
        for text in _texts(cell)
    )
    return (texts, tuple((one.file, one.names) for one in cell.params))

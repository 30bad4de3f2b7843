"""Stages of DVC that wait for each other in a circle, found while places in dvc.yaml are known.

Called by `lowering`. DVC ties stages by paths alone: a dep waits for whoever writes it, writes what holds it, or writes
something inside of it. Pure.
"""

from __future__ import annotations

import graphlib
from collections.abc import Sequence

from seatrial.adopt.dvc.paths import OutPaths, plain_path
from seatrial.adopt.dvc.stages import Cell
from seatrial.errors import ConfigError, Place


def refuse_circles(cells: Sequence[tuple[str, Place, Cell]], outs: OutPaths) -> None:
    """Raises ConfigError with the names of the stages in a circle."""
    makers: dict[str, str] = {}
    places = {label: place for label, place, _ in cells}
    for label, _, cell in cells:
        makers.update((plain_path(cell, out.path), label) for out in cell.outs)
    graph: dict[str, set[str]] = {label: set() for label in places}
    for label, _, cell in cells:
        for pieces, _ in cell.deps:
            path = plain_path(cell, pieces)
            found = {outs.makers[index] for index in outs.around(path)}
            found.update(makers[inside] for inside in outs.below(path) if inside in makers)
            graph[label] |= found - {label}
    try:
        tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        raise ConfigError(
            f"stages wait for each other in a circle: {' -> '.join(circle[:8])}",
            place=places[circle[0]],
            next_step="DVC refuses this too; break the circle at one of them",
        ) from None

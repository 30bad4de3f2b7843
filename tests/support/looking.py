"""Cells and what they can load, from files written in a test: no tree, no git, no configuration."""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.change.closure import Closure, closure
from seatrial.change.graph import Graph
from seatrial.pipeline import roots
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.policy import StageSpec
from tests.support.facts_of import links_of


def cells_of(*stages: StageSpec) -> dict[str, Cell]:
    """The cells of some stages by name."""
    return {cell.name: cell for cell in expand({one.name: one for one in stages})}


def closure_of(cell: Cell, files: Mapping[str, str], also: Mapping[str, str] | None = None) -> Closure:
    """What a cell can load in a tree of these files. `also` are there too, and git ignores them."""
    ignored = also or {}
    graph = Graph(
        frozenset(files),
        ("src",),
        lambda path: links_of(path, {**files, **ignored}[path].encode()),
        ignored.__contains__,
    )
    found = roots.find(cell, frozenset(files), ("src",))
    tools = dict.fromkeys(roots.tool_configuration(frozenset(files), found.files), roots.TOOL)
    return closure(found.files, graph, leaves=tools)

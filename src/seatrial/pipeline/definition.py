"""What a cell's declaration alone puts into its key: command, values, outs, and nothing that lies in files.

Called by the survey, for keys, and by whoever compares two configurations. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

from seatrial.digest import Json
from seatrial.pipeline import words
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.parameters import flatten, look_up, used_parameters
from seatrial.pipeline.policy import PipelinePolicy


def definition_parts(
    cell: Cell, policy: PipelinePolicy, missing: Callable[[str], None] = lambda _name: None
) -> dict[str, Json]:
    """The parts of a key that are declared. `missing` is told of each parameter that does not exist."""
    parts: dict[str, Json] = words.key_parts(cell.spec)
    if not cell.spec.apart:  # such a stage sees no sources of the project
        parts["sources"] = list(policy.sources)
    parts.update({f"matrix.{axis}": value for axis, value in cell.values.items()})
    parts.update({f"env.{name}": text for name, text in cell.spec.env.items()})
    parts.update({f"outs.{out.name}": out.key_part() for out in cell.outs})
    for name in used_parameters(cell):
        try:
            values = flatten(name, look_up(policy.params, name))
        except KeyError:
            missing(name)
            continue
        parts.update({f"params.{path}": value for path, value in values.items()})
    return parts


def declared_deps(cell: Cell) -> dict[str, Json]:
    """Where each dep comes from, as it is declared: a dep that names something else is another one, whatever its
    bytes are."""
    found: dict[str, Json] = {}
    for dep in cell.deps or ():
        made: Json = [[one.cell, one.out, one.inside] for one in dep.produced]
        found[f"deps.{dep.name}"] = dep.path or dep.url or made
    if cell.deps is None:
        found["deps"] = None
    if cell.spec.roots:
        found["roots"] = list(cell.spec.roots)
    return found

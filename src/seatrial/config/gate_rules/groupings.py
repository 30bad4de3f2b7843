"""Columns that split the rows: `[region, [region, size]]`. Called by the readers of gates that look at groups."""

from __future__ import annotations

from seatrial.config.node import Node


def groupings(node: Node, what: str) -> tuple[tuple[str, ...], ...]:
    """Each entry a column, or a list of columns for their intersection; no two alike."""
    if isinstance(node.value, str):
        return ((node.text(what),),)
    found: list[tuple[str, ...]] = []
    for entry in node.entries(what):
        if isinstance(entry.value, list):
            columns = entry.texts("columns of an intersection")
            if len(columns) < 2 and not entry.broken:
                entry.complain("an intersection has two columns or more", "write the column itself, without brackets")
        else:
            columns = (entry.text("a column"),)
        if tuple(sorted(columns)) in {tuple(sorted(known)) for known in found} and not entry.broken:
            entry.complain(f"`{' x '.join(columns)}` stands twice", "keep one of the two")
        found.append(columns)
    if not found and not node.broken:
        node.complain(f"no {what} is named", "write e.g. `[region]`, or `[[region, size]]` for an intersection")
    return tuple(found)

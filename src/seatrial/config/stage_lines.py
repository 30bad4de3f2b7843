"""Where each part of a stage's declaration stands, by the names that parts have in a key.

Called by `stage_document`. `cmd` and `roots` are keys of the stage; `deps.data`, `env.SEED` and `matrix.seed` stand
below one; an entry of a list goes by its text: `roots.tests`, `deps.data/*.csv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seatrial.config.node import Node


def lines_of(node: Node) -> Mapping[str, int]:
    """The line of every part; parts whose place the format does not tell are left out."""
    positions = node.source.positions
    found: dict[str, int] = {}
    for key, value in node.value.items() if isinstance(node.value, dict) else ():
        for name, path in ((key, (*node.path, key)), *_below(key, value, (*node.path, key))):
            if path in positions:
                found[name] = positions[path].first[0]
    return found


def _below(key: str, value: object, path: tuple[str | int, ...]) -> Iterable[tuple[str, tuple[str | int, ...]]]:
    match value:
        case dict():
            return [(f"{key}.{name}", (*path, name)) for name in value]
        case list():
            return [(f"{key}.{text}", (*path, place)) for place, text in enumerate(value) if isinstance(text, str)]
        case _:
            return ()

"""STUB until the extractors are merged."""

from __future__ import annotations

from seatrial.change.facts import Computed, Facts, Import, LinkFacts, Marker
from seatrial.change.imports import read_imports


def kind_of(path: str) -> str | None:
    return "python" if path.endswith(".py") else None


def extract(kind: str, data: bytes) -> Facts:
    found = read_imports(data)
    return Facts(
        LinkFacts(
            imports=tuple(Import(one.module, one.level, one.names, one.line) for one in found.imports),
            markers=tuple(Marker(line, Computed.IMPORT) for line in found.computed),
            broken=found.broken,
        )
    )


def links_of(path: str, data: bytes) -> LinkFacts:
    """What a file says about others; nothing where its kind is not read."""
    kind = kind_of(path)
    return LinkFacts() if kind is None else extract(kind, data).links

"""Facts of a file as a test writes it."""

from __future__ import annotations

from seatrial.change.extract.sources import extract, kind_of
from seatrial.change.facts import LinkFacts


def links_of(path: str, data: bytes) -> LinkFacts:
    """What a file says about others; nothing where its kind is not read."""
    kind = kind_of(path)
    return LinkFacts() if kind is None else extract(kind, data).links

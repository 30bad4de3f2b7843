"""Names that Seatrial allows, for whatever DVC allows. Called by `lowering`. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

_NOT_ALLOWED = re.compile(r"[^a-z0-9._-]+")
_TEMPLATE = re.compile(r"\$\{[^}]*\}")
_LONGEST = 80


def allowed(text: str, otherwise: str) -> str:
    """The nearest name that can stand for a text."""
    name = _NOT_ALLOWED.sub("-", text.lower()).strip("-._")[:_LONGEST].rstrip("-._")
    return name or otherwise


def of_path(path: str, otherwise: str) -> str:
    """A name for the file or folder at a path: its last part without the suffix."""
    parts = [part for part in _TEMPLATE.sub("", path).split("/") if part.strip("-._*")]
    last = parts[-1] if parts else ""
    stem = posixpath.splitext(last)[0] or last
    return allowed(stem.replace(".", "-"), otherwise)


def unlike(name: str, taken: Collection[str]) -> str:
    """The name, or one made from it that is not taken; `taken` holds names as `folded` gives them."""
    found, number = name, 2
    while folded(found) in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def folded(name: str) -> str:
    """What two names share when a shell could not tell them apart."""
    return re.sub(r"[^a-z0-9]", "_", name)

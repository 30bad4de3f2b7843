"""Small values that several parts of a contract share: names, shares, whole numbers, two ends in order."""

from __future__ import annotations

import re

from seatrial.config.amounts import count
from seatrial.config.node import Node, kind

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%\Z")
MOST = 1 << 62


def names(node: Node | None, what: str) -> tuple[str, ...]:
    """One name, or a list of names."""
    if node is None:
        return ()
    if isinstance(node.value, list):
        found = node.texts(what)
        if not found:
            node.complain(f"a list of {what} is empty", "write a name in it, or remove the key")
        return found
    text = node.text("the name of a column")
    return (text,) if text else ()


def share(node: Node, what: str, *, such: str | None = None) -> float:
    """A share of rows: `0.01` or `1%`. `such` is what to write instead of one that cannot be."""
    value = node.value
    if isinstance(value, str) and (found := _PERCENT.match(value)):
        value = float(found.group(1)) / 100
    if isinstance(value, bool) or not isinstance(value, int | float):
        node.complain(f"{what} must be a share, not {kind(value)}", "write e.g. `0.01` or `1%`")
        return 0.0
    if not 0 <= value <= 1:
        written = node.source.text(node.path) or node.value
        step = f"write `{value:g}%` or {value / 100:g}" if 1 < value <= 100 else "write a share such as `1%`"
        node.complain(f"{what} must lie from 0 to 1, and is {written}", such or step)
        return 0.0
    return float(value)


def whole(node: Node, key: str) -> int | None:
    """A whole number that is not negative, under a key that may be absent."""
    child = node.child(key)
    return None if child is None else count(child, key, least=0, most=MOST)


def number(node: Node, what: str) -> float:
    """A number, whole ones kept whole, so that 64 bits are exact."""
    found = node.number(what)
    return node.value if isinstance(node.value, int) and not isinstance(node.value, bool) else found


def ordered(node: Node, low: str, least: float | None, high: str, most: float | None, *, strict: bool = False) -> None:
    """Notes two ends that leave nothing between them."""
    if least is None or most is None or node.at(low).broken or node.at(high).broken:
        return
    if least > most or (strict and least == most):
        word = "above" if least > most else "not below"
        node.at(low).complain(f"{low} {least} is {word} {high} {most}, so nothing could pass", "swap or widen them")

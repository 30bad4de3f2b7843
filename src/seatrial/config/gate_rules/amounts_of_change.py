"""Numbers of gate rules: levels within a range, and margins that are a share (`10%`) or a number.

Called by the readers of single gates beside this file. Each notes a mistake and returns something harmless.
"""

from __future__ import annotations

import re

from seatrial.config.node import Node

PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%\Z")


def number(node: Node, what: str) -> float:
    """A number; text such as `50ms` is told how to be written."""
    if isinstance(node.value, str):
        node.complain(f"{what} must be a plain number, not text", "write the number without a unit: the key names it")
        return 1.0
    return node.number(what)


def within(node: Node, key: str, low: float, high: float, default: float) -> float:
    """A number strictly between two others, under a key that may be absent."""
    child = node.child(key)
    if child is None:
        return default
    value = child.number(key)
    if not low < value < high:
        if not child.broken:
            child.complain(f"{key} must lie between {low:g} and {high:g}, and is {value:g}", f"write e.g. {default:g}")
        return default
    return value


def percentage(value: object) -> float | None:
    """The share that a text such as `10%` or `2.5 %` means; None where it means none."""
    found = PERCENT.match(value) if isinstance(value, str) and len(value) <= 30 else None
    return float(found.group(1)) / 100.0 if found else None


def share_or_number(node: Node, what: str, step: str) -> tuple[float, bool]:
    """A margin above 0 and whether it is a share: `10%` is one, 10 is not."""
    share = percentage(node.value)
    if share is None and (isinstance(node.value, bool) or not isinstance(node.value, int | float)):
        node.complain(f"{what} must be a percentage or a number", step)
        return 1.0, True
    value = float(node.value) if share is None and isinstance(node.value, int | float) else share or 0.0
    if not value > 0.0:
        node.complain(f"{what} must be above 0: a model that is the same could not be shown to be within it", step)
        return 1.0, True
    return value, share is not None

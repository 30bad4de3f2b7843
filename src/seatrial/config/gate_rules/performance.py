"""`performance:` of a gate set, from text to rule.

performance: {accuracy: {min: 0.92, confidence: 0.95}, train.val_loss: {max: 0.35}}
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.config.node import Node
from seatrial.gates.policy import Bound
from seatrial.metrics.catalog import find

BOUND_KEYS = ("min", "max", "confidence")


def read(node: Node) -> Mapping[str, Bound]:
    """The limits under `performance:`, by metric; mistakes are noted."""
    bounds: dict[str, Bound] = {}
    if node.value == {}:
        node.complain("performance names no metric", "write e.g. `accuracy: {min: 0.9}`", at_key=True)
    for metric, child in node.items("limits by metric"):
        if not metric.strip() or not metric.isprintable():
            child.complain(f"{metric!a} cannot name a metric", "use a name from the metrics file", at_key=True)
        else:
            bounds[metric] = _bound(metric, child)
    return bounds


def _bound(name: str, node: Node) -> Bound:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        written = node.source.text(node.path) or node.value
        node.complain("a limit says which side it is on", f"write `{name}: {{min: {written}}}`")
        return Bound()
    if not node.fields(BOUND_KEYS):
        return Bound()
    least, most, confidence = (_number(node, key) for key in BOUND_KEYS)
    if least is None and most is None and not node.broken:
        node.complain("a limit needs `min`, `max` or both", f"write e.g. `{name}: {{min: 0.9}}`", at_key=True)
    if least is not None and most is not None and least > most:
        node.at("min").complain(
            f"min {least:g} is above max {most:g}, so nothing could pass", "swap them, or remove one"
        )
    metric = find(name)
    if metric is not None and metric.low is not None and metric.high is not None:
        for key, limit in (("min", least), ("max", most)):
            _within(node, key, limit, metric.low, metric.high, closed=True)
    _within(node, "confidence", confidence, 0.5, 1)
    return Bound(min=least, max=most, confidence=confidence, place=node.key_place)


def _number(node: Node, key: str) -> float | None:
    child = node.child(key)
    return None if child is None else child.number(key)


def _within(node: Node, key: str, value: float | None, low: float, high: float, *, closed: bool = False) -> None:
    child = node.child(key)
    if value is None or child is None or child.broken:
        return
    if not (low <= value <= high if closed else low < value < high):
        limits = f"from {low:g} to {high:g}" if closed else f"between {low:g} and {high:g}"
        child.complain(f"{key} must lie {limits}, and is {value:g}", f"write a value {limits}")

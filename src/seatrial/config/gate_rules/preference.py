"""`preference:` of a gate set: text to rule."""

from __future__ import annotations

from seatrial.config.node import Node
from seatrial.evidence.preference_records import is_pinned
from seatrial.gates.preference.policy import Orders, PreferenceRule

KEYS = ("margin", "alpha", "power", "orders", "judge", "min_agreement")


def read(node: Node) -> PreferenceRule:
    """The rule under the key `preference`; mistakes are noted."""
    default = PreferenceRule(margin=0.0)
    if not node.fields(KEYS):
        return default
    node.required("margin", "say how far below one half the win rate may lie, e.g. `margin: 0.05`")
    margin = _share(node, "margin", 0, 0.5)
    alpha, power = _share(node, "alpha", 0, 0.5), _share(node, "power", 0.5, 1)
    agreement = _share(node, "min_agreement", 0, 1)
    orders, judge = node.child("orders"), node.child("judge")
    word = None if orders is None else orders.choice(tuple(Orders), "orders")
    named = None if judge is None else judge.text("judge") or None
    if judge is not None and named is not None and not is_pinned(named):
        judge.complain(
            f"the judge `{named}` names no version, or one that changes", "write NAME@VERSION, e.g. arbiter@2026-05"
        )
    return PreferenceRule(
        margin=default.margin if margin is None else margin,
        alpha=default.alpha if alpha is None else alpha,
        power=default.power if power is None else power,
        orders=default.orders if word is None else Orders(word),
        judge=named,
        min_agreement=agreement,
        place=node.key_place,
    )


def _share(node: Node, key: str, low: float, high: float) -> float | None:
    """A number strictly within limits; None where the key is absent."""
    child = node.child(key)
    if child is None:
        return None
    value = child.number(key)
    if not child.broken and not low < value < high:
        limits = f"between {low:g} and {high:g}"
        child.complain(f"{key} must lie {limits}, and is {value:g}", f"write a value {limits}")
    return value

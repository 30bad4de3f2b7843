"""`drift:` of a contract, for all columns and for one: when a difference from the reference is an alarm."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from seatrial.config.node import Node
from seatrial.data.policy import Distance, Drift

DRIFT_KEYS = ("floor", "detect", "q", "confidence", "max", "shares", "correlations", "classifier")
OF_ALL_KEYS = ("q", "correlations", "classifier")
"""What is decided for all columns together, so that no column can have its own."""
COLUMN_KEYS = tuple(key for key in DRIFT_KEYS if key not in OF_ALL_KEYS)
EFFECT_KEYS = ("floor", "detect")
OFF = "off"
_FIELDS = {"shares": "share", "correlations": "correlation", "classifier": "auc"}
_MOST = {"shares": 1.0, "correlations": 2.0, "classifier": 0.5}


def read_drift(node: Node | None, default: Drift | None = None) -> Drift:
    """The limits under `drift:`; what is not written is as in `default` (for a column: the contract's)."""
    drift = Drift() if default is None else default
    if node is None:
        return drift
    if node.value == OFF:
        return replace(drift, off=True)
    if not node.fields(DRIFT_KEYS):
        return drift
    if default is not None:
        for key in OF_ALL_KEYS:
            if node.child(key) is not None:
                node.at(key).complain(
                    f"`{key}` holds for all columns together, and not for one of them",
                    f"write it under the contract's own `drift`; a column has {', '.join(COLUMN_KEYS)}",
                    at_key=True,
                )
    if not node.value:
        node.complain("`drift` says nothing", "write e.g. `drift: {floor: 0.2}`, `drift: off`, or remove it")
    drift = replace(
        drift,
        off=False,
        q=_between(node, "q", drift.q, 0, 0.5),
        confidence=_between(node, "confidence", drift.confidence, 0.5, 1),
        max=_limits(node.child("max"), drift.max),
        **_effect(node, drift, "", 10.0),
    )
    for key, field in _FIELDS.items():
        child = node.child(key)
        if child is not None and child.fields(EFFECT_KEYS):
            drift = replace(drift, **_effect(child, drift, f"{field}_", _MOST[key]))
    return drift


def _effect(node: Node, drift: Drift, prefix: str, most: float) -> Mapping[str, float]:
    """`floor` and `detect` of one kind of effect."""
    floor, detect = (_between(node, key, getattr(drift, prefix + key), 0, most) for key in EFFECT_KEYS)
    written = [node.child(key) for key in EFFECT_KEYS if node.child(key) is not None]
    if written and floor >= detect and not node.at("floor").broken and not node.at("detect").broken:
        told = "" if len(written) == 2 else " (one of them as it is where nothing is written)"
        node.at("floor" if node.child("floor") else "detect").complain(
            f"floor {floor:g} is not below detect {detect:g}{told}, so every difference would be uncertain",
            "write a larger `detect`, the difference that must not go unseen",
        )
    return {f"{prefix}floor": floor, f"{prefix}detect": detect}


def _between(node: Node, key: str, default: float, low: float, high: float) -> float:
    child = node.child(key)
    if child is None:
        return default
    value = child.number(key)
    if not child.broken and not low < value < high:
        child.complain(f"{key} must lie between {low:g} and {high:g}, and is {value:g}", f"write e.g. {default:g}")
    return value


def _limits(node: Node | None, default: Mapping[str, float]) -> Mapping[str, float]:
    if node is None or not node.fields(tuple(Distance)):
        return default
    found = {}
    for name, child in node.items("limits by distance"):
        value = child.number(name)
        if not child.broken and value <= 0:
            child.complain(f"a limit on {name} must be above 0, and is {value:g}", "write e.g. 0.1")
        found[name] = value
    return found

"""`fairness:` of a gate set, from text to rule.

fairness: {max_disparity: 0.05, protected_attributes: [gender, age_group]}
fairness: {protected_attributes: [gender], metrics: [equal_opportunity], min_ratio: 0.8, max_increase: 0.02}
"""

from __future__ import annotations

import math

from seatrial.config.gate_rules.amounts_of_change import within
from seatrial.config.gate_rules.groupings import groupings
from seatrial.config.node import Node, suggestion
from seatrial.gates.fairness import criteria
from seatrial.gates.policy import Fairness
from seatrial.metrics.catalog import METRICS, find

KEYS = ("protected_attributes", "metrics", "max_disparity", "min_ratio", "max_increase", "alpha", "power")
LIMITS = ("max_disparity", "min_ratio", "max_increase")


def read(node: Node) -> Fairness:
    """The rule under `fairness:`; mistakes are noted."""
    default = Fairness(protected=())
    if not node.fields(KEYS):
        return default
    attributes = node.required("protected_attributes", "name the columns, e.g. `protected_attributes: [gender]`")
    if not any(node.child(key) for key in LIMITS) and not node.broken:
        node.complain("fairness has no limit", "write e.g. `max_disparity: 0.05`", at_key=True)
    metrics = _metrics(node.child("metrics"))
    limits = {key: _limit(node, key, metrics) for key in LIMITS}
    return Fairness(
        protected=() if attributes is None else groupings(attributes, "column"),
        metrics=metrics,
        max_disparity=limits["max_disparity"],
        min_ratio=limits["min_ratio"],
        max_increase=limits["max_increase"],
        alpha=within(node, "alpha", 0, 0.5, default.alpha),
        power=within(node, "power", 0.5, 1, default.power),
        place=node.key_place,
    )


def _limit(node: Node, key: str, metrics: tuple[str, ...] | None) -> float | None:
    """A limit below 1, unless all that is asked about has a wider range (an error in the label's unit, say)."""
    if node.child(key) is None:
        return None
    known = [find(name) for name in metrics or () if criteria.find(name) is None]
    wide = bool(known) and len(known) == len(metrics or ()) and all(each and each.high != 1.0 for each in known)
    most = math.inf if wide and key != "min_ratio" else 1
    return within(node, key, 0, most, 0.05 if key != "min_ratio" else 0.8)


def _metrics(node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    names = node.texts("fairness metrics")
    for entry, name in zip(node.entries("fairness metrics"), names, strict=False):
        if name and criteria.find(name) is None and find(name) is None:
            known = (*criteria.CRITERIA, *criteria.ALIASES, *METRICS)
            entry.complain(f"there is no fairness metric `{name}`", suggestion(name, known))
    if not names and not node.broken:
        node.complain("no metric is named", "write e.g. `metrics: [equal_opportunity]`, or remove the key")
    return names

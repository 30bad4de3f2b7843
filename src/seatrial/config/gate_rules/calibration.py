"""`calibration:` of a gate set, from text to rule.

calibration: {max_error: 0.05, max_gap: 0.02, by: [region]}
"""

from __future__ import annotations

from seatrial.config.amounts import count
from seatrial.config.gate_rules.amounts_of_change import within
from seatrial.config.gate_rules.groupings import groupings
from seatrial.config.node import Node
from seatrial.gates.policy import Calibration

KEYS = ("max_error", "max_gap", "bins", "by", "alpha", "power")
MOST_BINS = 100


def read(node: Node) -> Calibration:
    """The rule under `calibration:`; mistakes are noted."""
    default = Calibration()
    if not node.fields(KEYS):
        return default
    if node.child("max_error") is None and node.child("max_gap") is None and not node.broken:
        node.complain("calibration has no limit", "write e.g. `max_error: 0.05` or `max_gap: 0.02`", at_key=True)
    bins, by = node.child("bins"), node.child("by")
    many = default.bins if bins is None else count(bins, "bins", least=2, most=MOST_BINS, such=default.bins)
    return Calibration(
        max_error=None if node.child("max_error") is None else within(node, "max_error", 0, 1, 0.05),
        max_gap=None if node.child("max_gap") is None else within(node, "max_gap", 0, 1, 0.02),
        bins=many,
        by=() if by is None else groupings(by, "column"),
        alpha=within(node, "alpha", 0, 0.5, default.alpha),
        power=within(node, "power", 0.5, 1, default.power),
        place=node.key_place,
    )

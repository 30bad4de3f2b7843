"""`slices:` of a gate set, from text to rule.

slices: {by: [region, [region, size]], max_degradation: 0.02}
"""

from __future__ import annotations

from seatrial.config.gate_rules.comparing import KEYS, comparing
from seatrial.config.gate_rules.groupings import groupings
from seatrial.config.node import Node
from seatrial.gates.policy import Comparing, Slices


def read(node: Node) -> Slices:
    """The rule under `slices:`; mistakes are noted."""
    if not node.fields((*KEYS, "by")):
        return Slices(by=(), comparing=Comparing())
    by = node.required("by", "name the columns that split the rows, e.g. `by: [region]`")
    return Slices(by=() if by is None else groupings(by, "column"), comparing=comparing(node), place=node.key_place)

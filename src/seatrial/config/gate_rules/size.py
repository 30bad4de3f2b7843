"""`size:` of a gate set, from text to rule: `{max: 500MB, max_increase: 10%}`, or a plain size."""

from __future__ import annotations

from seatrial.config.gate_rules.byte_limits import limits
from seatrial.config.node import Node
from seatrial.gates.size.policy import KIND, Size


def read(node: Node) -> Size:
    """The rule under `size:`; mistakes are noted."""
    most, growth = limits(node, KIND)
    return Size(max=most, max_increase=growth, place=node.key_place)

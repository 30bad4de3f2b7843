"""`memory:` of a gate set, from text to rule: `{max: 2GiB, max_increase: 10%}`, or a plain size."""

from __future__ import annotations

from seatrial.config.gate_rules.byte_limits import limits
from seatrial.config.node import Node
from seatrial.gates.memory.policy import KIND, Memory


def read(node: Node) -> Memory:
    """The rule under `memory:`; mistakes are noted."""
    most, growth = limits(node, KIND)
    return Memory(max=most, max_increase=growth, place=node.key_place)

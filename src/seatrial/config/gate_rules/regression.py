"""`regression:` of a gate set, from text to rule.

regression: {max_degradation: 0.01, alpha: 0.05, power: 0.8}
regression:
  max_degradation: {accuracy: 0.01, log_loss: 2%}
  anchor: {max_degradation: 0.03}
"""

from __future__ import annotations

from seatrial.config import later
from seatrial.config.gate_rules.comparing import KEYS, comparing
from seatrial.config.node import Node
from seatrial.gates.policy import Comparing, Regression


def read(node: Node) -> Regression:
    """The rule under `regression:`; mistakes are noted."""
    if not node.fields((*KEYS, "anchor"), later.REGRESSION):
        return Regression(comparing=Comparing())
    anchor = node.child("anchor")
    total = None
    alias = Regression(comparing=Comparing()).anchor_alias
    if anchor is not None and anchor.fields((*KEYS, "alias")):
        total = comparing(anchor)
        if (named := anchor.child("alias")) is not None:
            alias = named.text("alias")
    rule = Regression(comparing=comparing(node), anchor=total, anchor_alias=alias, place=node.key_place)
    each = rule.comparing.margin
    whole = None if total is None else total.margin
    if anchor is None or each is None or whole is None or node.broken:
        return rule
    if whole.relative == each.relative and whole.value < each.value:
        anchor.complain(
            f"the anchor's margin {whole.value:g} is below that of one step, {each.value:g}",
            "write what may be lost in all, e.g. three times as much",
        )
    return rule

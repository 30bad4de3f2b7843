"""`custom:` of a gate set, from text to rule.

custom: {toxicity: {max: 0.05}, licence: {}}
"""

from __future__ import annotations

from seatrial.config.node import Node
from seatrial.gates.custom.policy import Custom, OwnLimit

KEYS = ("min", "max")


def read(node: Node) -> Custom:
    """The rule under `custom:`; mistakes are noted."""
    limits: dict[str, OwnLimit] = {}
    for name, child in node.items("limits by the name of a result"):
        if not name.strip() or not name.isprintable():
            child.complain(f"{name!a} cannot name a result", "use a name from the file of results", at_key=True)
        elif child.fields(KEYS):
            least, most = (None if (at := child.child(key)) is None else at.number(key) for key in KEYS)
            if least is not None and most is not None and least > most:
                child.complain(f"min {least:g} is above max {most:g}, so nothing could pass", "swap them")
            limits[name] = OwnLimit(min=least, max=most, place=child.key_place)
    if not limits and not node.broken:
        node.complain("custom names no result", "write e.g. `toxicity: {max: 0.05}`", at_key=True)
    return Custom(limits=limits)

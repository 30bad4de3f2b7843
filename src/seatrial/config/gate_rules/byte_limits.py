"""What `memory:` and `size:` share: a size, a margin over the baseline, and their mistakes.

Called by the two readers beside this file. A plain number under `max_increase` is bytes; a fraction below 1 is
taken for a share that lost its sign, and refused.
"""

from __future__ import annotations

from seatrial.config.amounts import in_bytes, size
from seatrial.config.gate_rules.amounts_of_change import percentage
from seatrial.config.node import Node
from seatrial.gates.margin import Margin

KEYS = ("max", "max_increase")


def limits(node: Node, what: str) -> tuple[int | None, Margin | None]:
    """The two limits under a gate, at least one; mistakes are noted. A plain size is `max`."""
    if node.value is None:
        _nothing(node, what)
        return None, None
    if not isinstance(node.value, dict):
        return size(node, what), None
    if not node.fields(KEYS):
        return None, None
    most, increase = (node.child(key) for key in KEYS)
    if most is None and increase is None and not node.broken:
        _nothing(node, what)
    return (
        None if most is None else size(most, "max"),
        None if increase is None else _growth(increase),
    )


def _nothing(node: Node, what: str) -> None:
    node.complain(f"{what} has no limit", f"write `max: 2GiB` or `max_increase: 10%` under `{what}`", at_key=True)


def _growth(node: Node) -> Margin:
    share = percentage(node.value)
    if share is not None:
        if share <= 0.0:
            node.complain("max_increase must be above 0", "write e.g. `10%`, or a size such as `50MB`")
        return Margin(value=share, relative=True)
    amount = in_bytes(node.value)
    if amount is None:
        node.complain("max_increase must be a percentage or a positive size", "write e.g. `10%` or `50MB`")
        return Margin(value=1.0, relative=True)
    return Margin(value=float(amount), relative=False)

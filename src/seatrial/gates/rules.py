"""A gate set as plain values: what it asks, without where that was written. Pure.

Called wherever sets are compared or kept: the gates of a base beside those of a change, the gates that a version was
judged by. What a set does not ask is left out, so that a kind of gate that comes later changes nothing of older ones.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from seatrial.digest import Json
from seatrial.gates.policy import GateSet

_WHERE = "place"


def rules_of(gate_set: GateSet) -> dict[str, Json]:
    """The set, ready for JSON."""
    plain = _asked(msgspec.to_builtins(gate_set))
    return dict(plain) if isinstance(plain, Mapping) else {}


def _asked(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _asked(each) for key, each in value.items() if key != _WHERE and each is not None}
    return [_asked(each) for each in value] if isinstance(value, list | tuple) else value

"""What a user may demand of a served model's memory: the rule of the gate `memory`."""

from __future__ import annotations

from seatrial.gates.bytes_compared import ByteLimits

KIND = "memory"


class Memory(ByteLimits, frozen=True, kw_only=True):
    """Limits on the peak resident memory of the served model."""

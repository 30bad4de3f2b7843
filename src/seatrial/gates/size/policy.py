"""What a user may demand of an artifact's size: the rule of the gate `size`."""

from __future__ import annotations

from seatrial.gates.bytes_compared import ByteLimits

KIND = "size"


class Size(ByteLimits, frozen=True, kw_only=True):
    """Limits on the bytes of the artifact."""

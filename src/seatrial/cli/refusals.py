"""The exit code of a promotion that was refused: asked for by `models promote`, or by a tier's `on_pass`.

Apart from `exits`, which every command loads, because this one brings the registry with it.
"""

from __future__ import annotations

from seatrial.cli import exits
from seatrial.errors import SeatrialError
from seatrial.registry.promotion import Refusal, Refused

_CODES = {Refusal.BLOCKED: exits.BLOCKED, Refusal.FIX: exits.USER, Refusal.HELD: exits.HELD}


def refusal_code(refused: Refused | SeatrialError) -> int:
    """The code of a promotion that did not take place."""
    if isinstance(refused, SeatrialError):
        return exits.code_of(refused)
    return _CODES[refused.refusal]

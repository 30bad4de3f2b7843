"""What a user may demand of results that their own code made. Defaults live only here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from seatrial.errors import Place

KIND: Final = "custom"


class OwnLimit(Struct, frozen=True, kw_only=True):
    """Limits on one result. Without any the result's own verdict counts."""

    min: float | None = None
    max: float | None = None
    place: Place | None = None


class Custom(Struct, frozen=True, kw_only=True):
    """Limits by the name of a result; each named one must be there."""

    limits: Mapping[str, OwnLimit] = field(default_factory=dict)

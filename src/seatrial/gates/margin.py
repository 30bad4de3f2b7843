"""How much worse, slower or larger than the baseline is still acceptable. One record for every gate that compares."""

from __future__ import annotations

from msgspec import Struct


class Margin(Struct, frozen=True, kw_only=True):
    """In the unit of what is compared, or as a share of the baseline's value."""

    value: float
    relative: bool = False

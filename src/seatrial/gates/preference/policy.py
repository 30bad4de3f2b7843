"""What a user may demand of preferences between candidate and baseline. Defaults live only here.

`config/gate_rules/preference.py` builds the record from text; `judge.py` beside this file judges by it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from seatrial.errors import Place

KIND: Final = "preference"


class Orders(StrEnum):
    """In which orders every id must have been shown to the judge."""

    BOTH = "both"
    ANY = "any"


class PreferenceRule(Struct, frozen=True, kw_only=True):
    """The candidate's win rate, ties half, is not below one half by `margin` or more.

    `judge` pins the judge that must have made the rows. `min_agreement` is the least share of ids on which it agrees
    with people, where the rows say what people said.
    """

    margin: float
    alpha: float = 0.05
    power: float = 0.8
    orders: Orders = Orders.BOTH
    judge: str | None = None
    min_agreement: float | None = None
    place: Place | None = None

"""What the fairness gate passes from its statistics to its words."""

from __future__ import annotations

from msgspec import Struct


class Limit(Struct, frozen=True, kw_only=True):
    """One limit of the gate: `what` is `difference`, `ratio` or `increase`."""

    what: str
    value: float


class Apart(Struct, frozen=True, kw_only=True):
    """How far groups are apart, on the scale of a limit."""

    estimate: float
    lower: float
    upper: float
    pair: tuple[str, str]
    method: str

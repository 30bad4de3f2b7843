"""How findings keep figures: to twelve decimals.

The last digits of a logarithm differ between machines; the twelfth decimal of an accuracy does
not. A finding made twice from the same evidence is therefore the same bytes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seatrial.replacing import replace
from seatrial.stats.interval import Interval
from seatrial.verdict import Finding

if TYPE_CHECKING:
    from seatrial.metrics.figures import Figure  # brings numpy, and policies of size gates come by here

_DECIMALS = 12
SHOWN_ALPHA = 0.025
"""An interval that decides nothing is shown at the customary 95 %."""


def kept(value: float) -> float:
    """A figure as a finding keeps it; never a negative zero."""
    return round(value, _DECIMALS) + 0.0


def with_note(finding: Finding, figure: Figure | None) -> Finding:
    """The finding with what is to be said of how its figure was found, in its method and its message."""
    if figure is None or figure.note is None:
        return finding
    method = figure.note if finding.method is None else f"{finding.method}; {figure.note}"
    return replace(finding, method=method, message=f"{finding.message} ({figure.note})")


def kept_interval(interval: Interval) -> tuple[float, float] | None:
    """An interval as a finding keeps it; None where it has no ends."""
    if not (math.isfinite(interval.lower) and math.isfinite(interval.upper)):
        return None
    return kept(interval.lower), kept(interval.upper)

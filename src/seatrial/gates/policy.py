"""What a user may demand of a model: named gate sets, as `gates.yaml` declares them.

Defaults live only here. `config/gates.py` builds these records from text; `judge.py`
turns one set and the evidence into findings.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.errors import Place
from seatrial.verdict import OnInconclusive


class Bound(Struct, frozen=True, kw_only=True):
    """A limit on one metric.

    Without `confidence` the point estimate is compared and the interval is only shown.
    With it (for example 0.95) the verdict is three-valued: the one-sided bound at that
    confidence must clear the limit.
    """

    min: float | None = None
    max: float | None = None
    confidence: float | None = None
    place: Place | None = None


class Regression(Struct, frozen=True, kw_only=True):
    """Paired non-inferiority against the baseline: not worse than it by `max_degradation`."""

    max_degradation: float
    metric: str = "accuracy"
    alpha: float = 0.05
    power: float = 0.8
    place: Place | None = None


class GateSet(Struct, frozen=True, kw_only=True):
    """One named set of gates and what to do when it cannot say."""

    name: str
    performance: Mapping[str, Bound] = field(default_factory=dict)
    regression: Regression | None = None
    on_inconclusive: OnInconclusive = OnInconclusive.HOLD
    place: Place | None = None

    @property
    def needs_baseline(self) -> bool:
        """Whether any gate of the set compares against a baseline."""
        return self.regression is not None

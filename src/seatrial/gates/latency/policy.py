"""What a user may demand of how fast a model answers: the rule of the gate `latency`, with its defaults.

`config/gate_rules/latency.py` builds it from text, `judge.py` beside this file turns it and timings into findings,
and whatever sends the requests reads from it how many to send.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from seatrial.errors import Place
from seatrial.gates.margin import Margin

KIND = "latency"
CONFIDENCE = 0.95


class Figure(StrEnum):
    """What can be limited, named as in findings; `word` is the key in `gates.yaml`."""

    P50 = "p50"
    P75 = "p75"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    MEAN = "mean"
    THROUGHPUT = "throughput"
    COLD_START = "cold_start"

    @property
    def word(self) -> str:
        return f"{self.value}_rps" if self is Figure.THROUGHPUT else f"{self.value}_ms"


QUANTILES: Mapping[Figure, float] = {
    Figure.P50: 0.5,
    Figure.P75: 0.75,
    Figure.P90: 0.9,
    Figure.P95: 0.95,
    Figure.P99: 0.99,
}
"""The quantiles of the wait, by ascending share."""

COMPARABLE = (*QUANTILES, Figure.MEAN)
"""What `max_increase` may name."""

USUAL = (Figure.P50, Figure.P95, Figure.P99)
"""What one `max_increase` for all covers where nothing has a limit."""


class Limit(Struct, frozen=True, kw_only=True):
    """The most milliseconds, or the least requests per second, and how sure a verdict must be."""

    value: float
    confidence: float = CONFIDENCE


class Latency(Struct, frozen=True, kw_only=True):
    """The rule of the gate. `alpha` and `power` are those of comparisons, as in the regression gate.

    `max_failed` is the share of requests that may fail. `requests` (to each model), `warm_up`, `concurrency` and
    `cold_starts` say how to measure.
    """

    limits: Mapping[Figure, Limit] = field(default_factory=dict)
    max_increase: Mapping[Figure, Margin] = field(default_factory=dict)
    alpha: float = 0.05
    power: float = 0.8
    max_failed: float = 0.0
    confidence: float = CONFIDENCE
    requests: int = 1000
    warm_up: int = 50
    concurrency: int = 1
    cold_starts: int = 5
    place: Place | None = None

    @property
    def needs_baseline(self) -> bool:
        """Whether the baseline has to be asked too."""
        return bool(self.max_increase)

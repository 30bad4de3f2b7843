"""What two models cost whoever runs them, side by side: bytes, waits, memory. For a report; nothing is judged.

Called by `judging`, once the evidence is read. The figures are plain quantiles and largest values of what was
measured; whether a difference counts is for the gates, which have bounds.

What is subtle: a request that failed is a wait without end, so a quantile that failures reach is no number, and is
left unknown. A baseline's waits count only where both were measured together, which is what a timings file holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seatrial.evidence.timing_records import Requests, ServedModel
from seatrial.gates import evidence as shown
from seatrial.report.facts import FootprintFact
from seatrial.stats.order_quantile import sample_quantile

_QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def footprint(candidate: shown.Evidence, baseline: shown.Baseline) -> tuple[FootprintFact, ...]:
    """Size, waits and memory, as far as anybody measured them."""
    other = baseline.evidence if isinstance(baseline, shown.Present) else None
    found = [
        FootprintFact(
            name="size",
            unit="bytes",
            candidate=_known(candidate.size),
            baseline=None if other is None else _known(other.size),
        ),
        *_waits(candidate),
        *_memory(candidate),
    ]
    return tuple(one for one in found if one.candidate is not None or one.baseline is not None)


def _waits(candidate: shown.Evidence) -> list[FootprintFact]:
    timings = candidate.timings
    if timings is None:
        return []
    mine = _ordered(timings.candidate)
    theirs = [] if timings.baseline is None else _ordered(timings.baseline)
    return [
        FootprintFact(name=name, unit="ms", candidate=_quantile(mine, share), baseline=_quantile(theirs, share))
        for name, share in _QUANTILES
    ]


def _memory(candidate: shown.Evidence) -> list[FootprintFact]:
    measured = candidate.measurement
    if measured is None:
        return []
    return [
        FootprintFact(
            name="peak memory",
            unit="bytes",
            candidate=_largest(measured.candidate),
            baseline=None if measured.baseline is None else _largest(measured.baseline),
        )
    ]


def _ordered(requests: Requests) -> Sequence[float]:
    return sorted(requests.waits)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    value = sample_quantile(ordered, share)
    return value if math.isfinite(value) else None


def _largest(served: ServedModel) -> float | None:
    return float(max(served.peak_rss_bytes)) if served.peak_rss_bytes else None


def _known(size: int | None) -> float | None:
    return None if size is None else float(size)

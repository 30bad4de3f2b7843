"""The latency gate in words: what was measured, how sure, and where, for a reviewer who reads a log."""

from __future__ import annotations

import math

from seatrial.evidence.timing_records import Measurement, ServedModel
from seatrial.gates import wording
from seatrial.gates.latency.policy import Figure
from seatrial.gates.latency.series import Figures
from seatrial.stats.square_and_add import Bounds

_TOLD = 1.05  # dependence below it is not worth a word


def called(figure: Figure) -> str:
    """A figure's name in a sentence."""
    match figure:
        case Figure.MEAN:
            return "the mean wait"
        case Figure.THROUGHPUT:
            return "throughput"
        case Figure.COLD_START:
            return "the median first answer after a start"
        case _:
            return figure.value


def number(value: float, *, beside: float) -> str:
    """A figure told from the number beside it; a wait that failures made infinite is `without end`."""
    return wording.told_apart(value, beside) if math.isfinite(value) else "without end"


def amount(value: float, unit: str, *, beside: float) -> str:
    """A figure with its unit: `48.21 ms`."""
    return f"{number(value, beside=beside)} {unit}" if math.isfinite(value) else number(value, beside=beside)


def span(bounds: Bounds, unit: str, *, level: str, beside: float) -> str:
    """An interval as far as it exists: `90 % interval 43.1 to 49.3 ms`, `at least 43.1 ms, no upper bound`."""
    lower, upper = bounds.lower, bounds.upper
    if lower is None and upper is None:
        return "no bounds"
    if lower is None or upper is None:
        side, end = ("at most", upper) if lower is None else ("at least", lower)
        known = "" if end is None else amount(end, unit, beside=beside)
        return f"{side} {known}, no {'lower' if lower is None else 'upper'} bound"
    return f"{level} interval {number(lower, beside=beside)} to {amount(upper, unit, beside=beside)}"


def level_of(alpha: float) -> str:
    """The two-sided level of an interval whose sides err with `alpha` each."""
    return wording.percent(1.0 - 2.0 * alpha)


def requests(n: int) -> str:
    """A number of requests."""
    return wording.units(n, "request")


def starts(n: int) -> str:
    """A number of starts."""
    return wording.units(n, "start")


def worth(figures: Figures, n: int, *, to: str = "") -> str:
    """How many requests there are, and what they are worth where they depend on their neighbours."""
    if figures.inflation < _TOLD:
        return f"{requests(n)}{to}"
    independent = int(n / figures.inflation)
    return f"{requests(n)}{to}, worth {independent:,} as neighbours wait alike"


def where(measurement: Measurement | None) -> str:
    """The machine class and the callers, as far as they are known."""
    model = None if measurement is None else measurement.candidate
    callers = None if measurement is None else measurement.concurrency
    known = "" if callers is None else f", {wording.units(callers, 'caller')}"
    return f"{machine_of(model)}{known}"


def machine_of(model: ServedModel | None) -> str:
    """The class of the machine that a model ran on."""
    machine = None if model is None else model.machine
    return "machine not stated" if machine is None else f"on {machine}"

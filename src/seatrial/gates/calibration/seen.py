"""How far scores lie from what comes true, in every group: what the calibration gate judges and plans with.

Called by the gate and by `gate --power`, so that what is planned is what will be judged. A group of which nothing can
be said has bounds from 0 to 1, no noise to plan with, and a note that says why.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.gates.looking import Looking, Trouble, figures, trouble_of
from seatrial.gates.own import bounded
from seatrial.gates.policy import Calibration
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import CALIBRATION_GAP
from seatrial.metrics.reliability import FEWEST, reliability
from seatrial.metrics.trouble import MetricError
from seatrial.stats.calibration import Noise, calibration_error
from seatrial.stats.interval import Interval

FEW_ROWS = 40
"""Rows below which bins say nothing."""

FEW_OF_ONE_OUTCOME = 10
"""Rows of the rarer outcome below which a share of them is known too coarsely to be compared with a score."""


class Seen(Struct, frozen=True, kw_only=True):
    """An error of one group of rows: not below 0, with bounds at the level of one group and at that of all. `noise` is
    what chance does to it, of a gap its standard error; `bins` are those of an error, `most_bins` as many as it has
    where rows are many."""

    name: str
    n: int
    error: float
    alone: Interval
    family: Interval
    noise: Noise | float | None = None
    bins: int = 1
    most_bins: int = 1
    note: str = ""


def errors(looking: Looking, rule: Calibration, key: str | None) -> list[Seen] | Trouble:
    """The root mean square gap over bins, of all rows or of every group of `key`."""
    rows = looking.alone()
    if isinstance(rows, Trouble):
        return rows
    try:
        known = reliability(rows, rule.bins, key)
    except MetricError as error:
        return trouble_of(error, "error")
    groups = rows.groups(key)
    names = ("all rows",) if groups is None else groups.names
    made = []
    for name, each in zip(names, known, strict=True):
        if each.n < FEW_ROWS:
            wide = Interval(lower=0.0, upper=1.0)
            made.append(Seen(name=name, n=each.n, error=0.0, alone=wide, family=wide, note="too few rows for bins"))
            continue
        one = calibration_error(each.bins, alpha=rule.alpha, design=each.design)
        all_of = calibration_error(each.bins, alpha=rule.alpha / len(names), design=each.design)
        if one.rarer < FEW_OF_ONE_OUTCOME:
            wide = Interval(lower=0.0, upper=1.0)
            note = f"only {one.rarer:.0f} rows have the rarer outcome"
            made.append(Seen(name=name, n=each.n, error=one.error, alone=wide, family=wide, note=note))
            continue
        note = f"{len(each.bins)} bins; plain expected calibration error {one.plain:.4f}"
        made.append(
            Seen(
                name=name,
                n=each.n,
                error=one.error,
                alone=one.interval,
                family=all_of.interval,
                noise=one.noise,
                bins=len(each.bins),
                most_bins=rule.bins if len(each.bins) >= each.n // FEWEST else len(each.bins),
                note=note,
            )
        )
    return made


def gaps(looking: Looking, rule: Calibration, key: str | None) -> list[Seen] | Trouble:
    """How far the mean score lies from the share of positives, likewise."""
    rows = looking.alone()
    if isinstance(rows, Trouble):
        return rows
    known = figures(rows, CALIBRATION_GAP, key)
    if isinstance(known, Trouble):
        return known
    groups = rows.groups(key)
    names = ("all rows",) if groups is None else groups.names
    return [_gap(name, figure, rule.alpha, len(names)) for name, figure in zip(names, known, strict=True)]


def _gap(name: str, figure: Figure, alpha: float, many: int) -> Seen:
    alone, family = (bounded(CALIBRATION_GAP, figure, level, exact=True) for level in (alpha, alpha / many))
    if not alone.decides or figure.support == 0:
        wide = Interval(lower=0.0, upper=1.0)
        note = "too few rows of one outcome" if figure.support == 0 else "too few rows carry its spread"
        return Seen(name=name, n=figure.n, error=abs(figure.candidate), alone=wide, family=wide, note=note)
    return Seen(
        name=name,
        n=figure.n,
        error=abs(figure.candidate),
        alone=_without_sign(alone.interval),
        family=_without_sign(family.interval),
        noise=None if figure.own is None else figure.own.standard_error,
        note=f"scores lie {'above' if figure.candidate > 0 else 'below'} what comes true",
    )


def _without_sign(interval: Interval) -> Interval:
    inside = interval.lower <= 0 <= interval.upper
    ends = abs(interval.lower), abs(interval.upper)
    return Interval(lower=0.0 if inside else min(ends), upper=max(ends))

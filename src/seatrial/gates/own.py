"""One model's figure with bounds of its own: what the performance gate holds against a limit, and `diff` shows.

A share of rows has an exact bound and a score interval; a recall is a share of the rows of its class, a precision a
share of the rows that were answered so. Everything else is bounded by the moments of its influence values.
"""

from __future__ import annotations

import math

from msgspec import Struct

from seatrial.gates import wording
from seatrial.metrics.catalog import Metric
from seatrial.metrics.figures import Figure
from seatrial.stats.interval import Interval
from seatrial.stats.proportion import clopper_pearson, wilson
from seatrial.stats.rows import Rows, limit_rows_needed, share_rows_needed
from seatrial.stats.skewed_mean import hall_interval


class Own(Struct, frozen=True, kw_only=True):
    """A figure and its bounds. `decides` says whether they can carry a verdict."""

    figure: Figure
    interval: Interval
    method: str
    decides: bool
    decimals: int

    @property
    def counted(self) -> str:
        """`450 rows`; for a recall `450 rows, 52 of which it is about`."""
        figure = self.figure
        if figure.unit != "row":
            return wording.units(figure.n, figure.unit)
        text = wording.rows(figure.n)
        if figure.share is not None and figure.share[1] != figure.n:
            text += f", {figure.share[1]:,} of which it is about"
        elif figure.share is None and figure.own is not None and figure.own.n < figure.n:
            text += f" in {wording.units(figure.own.n, 'cluster')}"
        return text


def bounded(metric: Metric, figure: Figure, alpha: float, *, exact: bool) -> Own:
    """The figure with an interval that errs by `alpha` on each side."""
    places = wording.decimals_for(figure.n if figure.share is None else figure.share[1])
    if metric.high != 1.0:
        places = min(places, wording.decimals_of(figure.candidate))
    if figure.share is not None:
        interval = (clopper_pearson if exact else wilson)(*figure.share, alpha=alpha)
        method = "Clopper-Pearson" if exact else "Wilson"
        return Own(figure=figure, interval=interval, method=method, decides=True, decimals=places)
    if figure.own is None or figure.own.squares == 0.0:  # a spread that was not seen is not a spread of 0
        nothing = Interval(lower=-math.inf, upper=math.inf)
        return Own(figure=figure, interval=nothing, method="no", decides=False, decimals=places)
    interval = hall_interval(figure.own, alpha=alpha)
    low = interval.lower if metric.low is None else max(interval.lower, metric.low)
    high = interval.upper if metric.high is None else min(interval.upper, metric.high)
    return Own(
        figure=figure,
        interval=Interval(lower=low, upper=high),
        method="Hall",
        decides=figure.own.effective_units >= figure.least,
        decimals=places,
    )


def rows_needed(seen: Own, limit: float, alpha: float) -> Rows | None:
    """Rows that would decide on which side of a limit the figure lies, if it stays as seen."""
    figure = seen.figure
    if figure.share is not None:
        rows = share_rows_needed(*figure.share, limit=limit, alpha=alpha)
        if rows.needed is None or figure.share[1] == figure.n:
            return rows
        return Rows(needed=math.ceil(rows.needed * figure.n / figure.share[1]), assuming=rows.assuming)
    if figure.own is None or not seen.decides:
        return None
    units = limit_rows_needed(figure.own, limit=limit, alpha=alpha)
    if units.needed is None or figure.own.n == figure.n:
        return units
    return Rows(needed=math.ceil(units.needed * figure.n / figure.own.n), assuming=units.assuming)

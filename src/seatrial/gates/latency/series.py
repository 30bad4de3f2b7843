"""The waits of one model or of two, and what the statistics make of them: figures with their bounds.

Between the gate's findings and `stats/`. It decides how failures count and how much a dependent request is
worth; it knows no limit. A request that failed is a wait without end: quantiles move up, as they should, and only
means, which would be infinite, are of the answered requests alone.

What is subtle: dependent requests are worth fewer independent ones (`stats/dependence.py`). Where they are worth less
than `FEWEST_WORTH`, neither the dependence nor anything else can be told, and no figure has bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from seatrial.evidence.timing_records import Requests
from seatrial.gates.latency.policy import QUANTILES, Figure
from seatrial.stats.order_quantile import fewest_for_bound, quantile_bounds
from seatrial.stats.skewed_mean import Moments, hall_interval
from seatrial.stats.square_and_add import Bounds

FEWEST_WORTH = 30
"""Independent requests' worth below which nothing has bounds; found by simulation (decision 0019)."""

FEWEST_CARRYING = 20.0
"""Independent requests that carry the spread, below which a mean has no bounds: see `Moments.effective_units`."""


class Figures(Struct, frozen=True, kw_only=True):
    """A figure with its bounds, from `n` requests of which each is worth 1 / `inflation` independent ones.

    `fewest` is the number of requests like these below which there are no bounds at all.
    """

    bounds: Bounds
    n: int
    inflation: float
    fewest: int


def of_model(requests: Requests, figure: Figure, *, alpha: float) -> Figures | None:
    """A quantile or the mean of one model's waits; None where no request can tell it."""
    from seatrial.stats.dependence import inflation  # brings numpy, which no start-up may pay for

    values = _values(requests, figure)
    if not values:
        return None
    return _figures(values, figure, inflation(values, mean=figure is Figure.MEAN), alpha)


def of_both(one: Requests, other: Requests, figure: Figure, *, alpha: float) -> tuple[Figures, Figures] | None:
    """The same figure of two models that were asked in turn; None where either has no request to tell it."""
    from seatrial.stats.dependence import paired_inflation  # brings numpy

    first, second = _values(one, figure), _values(other, figure)
    if not (first and second):
        return None
    shared = paired_inflation(first, second, mean=figure is Figure.MEAN)
    return _figures(first, figure, shared, alpha), _figures(second, figure, shared, alpha)


def cost_of_answer(requests: Requests, *, alpha: float) -> Figures | None:
    """The milliseconds that a caller waits for one answer, those of failed requests included; None without an answer.

    A ratio of two sums, by the delta method: its bounds are those of the mean of each request's part in it.
    """
    from seatrial.stats.dependence import inflation  # brings numpy

    answered = requests.ok.count(True)
    if not answered:
        return None
    ratio = math.fsum(requests.ms) / answered
    share = answered / requests.n
    parts = [(ms - ratio * ok) / share + ratio for ms, ok in zip(requests.ms, requests.ok, strict=True)]
    return _figures(parts, Figure.MEAN, inflation(parts, mean=True), alpha)


def of_starts(requests: Requests, *, alpha: float) -> Figures | None:
    """The median time of a first answer; None without a start. Starts are taken to be independent."""
    if not requests.cold_ms:
        return None
    return Figures(
        bounds=quantile_bounds(sorted(requests.cold_ms), 0.5, alpha=alpha),
        n=len(requests.cold_ms),
        inflation=1.0,
        fewest=fewest_for_bound(0.5, alpha=alpha),
    )


def _values(requests: Requests, figure: Figure) -> Sequence[float]:
    if figure is Figure.MEAN:
        return [ms for ms, ok in zip(requests.ms, requests.ok, strict=True) if ok]
    return requests.waits


def _figures(values: Sequence[float], figure: Figure, inflation: float, alpha: float) -> Figures:
    n = len(values)
    if figure is Figure.MEAN:
        bounds, fewest = _mean(values, inflation, alpha)
    else:
        bounds = quantile_bounds(sorted(values), QUANTILES[figure], alpha=alpha, inflation=inflation)
        fewest = fewest_for_bound(QUANTILES[figure], alpha=alpha, inflation=inflation)
    fewest = max(fewest, math.ceil(FEWEST_WORTH * inflation))
    if n / inflation < FEWEST_WORTH:
        bounds = Bounds(estimate=bounds.estimate, lower=None, upper=None)
    return Figures(bounds=bounds, n=n, inflation=inflation, fewest=fewest)


def _mean(values: Sequence[float], inflation: float, alpha: float) -> tuple[Bounds, int]:
    """The mean with Hall's bounds, and the number of values below which there are none.

    Dependent values enter as the independent ones that they are worth: fewer of them, with the same moments. Sums are
    exact, so that the same values give the same figures on every machine.
    """
    n = len(values)
    mean = math.fsum(values) / n
    gaps = [value - mean for value in values]
    worth = max(int(n / inflation), 2)
    moments = Moments(
        n=worth,
        mean=mean,
        squares=math.fsum(gap**2 for gap in gaps) / n * worth,
        cubes=math.fsum(gap**3 for gap in gaps) / n * worth,
        fourths=math.fsum(gap**4 for gap in gaps) / n * worth,
    )
    carrying = moments.effective_units
    if moments.squares > 0.0 and carrying < FEWEST_CARRYING:
        return Bounds(estimate=mean, lower=None, upper=None), math.ceil(n * FEWEST_CARRYING / carrying)
    interval = hall_interval(moments, alpha=alpha)
    return Bounds(estimate=mean, lower=interval.lower, upper=interval.upper), 0

"""Is the mean of bounded differences, one for each unit, above minus a margin?

Called by the preference gate (a unit is an id, its value how far the share of wins is from one half) and by the
behavioral gate for models that sample (a unit is a case, its value the difference of two pass shares). Three answers,
from one-sided bounds at `alpha`, as in `noninferiority`.

The bounds are Hall's where at least `LEAST` units carry the spread (`skewed_mean`). Below that, nothing is assumed of
the values but their size: the share of units below 0 and the share above 0 are bounded exactly (Clopper and
Pearson 1934), each at alpha / 2, and every unit counts as bad as it could be. That is wide, and never too short.

Subtle: units that come in clusters are handed in as one value for each cluster (`per_cluster`), whose size has no
bound of its own, so for them there is no exact way; too few clusters then say INCONCLUSIVE.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from enum import StrEnum

from msgspec import Struct

from seatrial.stats.interval import Interval
from seatrial.stats.normal import upper_quantile
from seatrial.stats.proportion import clopper_pearson, wilson
from seatrial.stats.rows import MOST, Assuming, Rows
from seatrial.stats.skewed_mean import Moments, hall_interval
from seatrial.verdict import Verdict

LEAST = 20.0
"""Effective units below which the exact bounds decide."""


class MeanMethod(StrEnum):
    """How a mean was decided."""

    HALL = "Student's interval with Hall's correction for skewness"
    EXACT = "exact bounds on the shares of losses and wins"


class Size(Struct, frozen=True, kw_only=True):
    """How far from 0 a difference can lie: at most `most`, and at least `least` where it is not 0."""

    least: float
    most: float


class MeanResult(Struct, frozen=True, kw_only=True):
    """The answer. `interval` is that of the mean at 1 - 2 alpha; `rows` counts units, only when INCONCLUSIVE."""

    verdict: Verdict
    mean: float
    interval: Interval
    method: MeanMethod
    rows: Rows | None = None


def not_below(values: Sequence[float], *, size: Size | None, margin: float, alpha: float, power: float) -> MeanResult:
    """Judge the mean of `values` against -margin. `size` is None for values of clusters.

    0 < margin, 0 < alpha < 0.5, 0.5 < power < 1. Raises ValueError without values.
    """
    if not values:
        raise ValueError("there is nothing to take a mean of")
    n = len(values)
    mean = math.fsum(values) / n
    moments = _moments(values, mean)
    if moments is not None and moments.effective_units >= LEAST:
        interval, method = hall_interval(moments, alpha=alpha), MeanMethod.HALL
    elif size is not None:
        interval, method = _exact(values, size, alpha), MeanMethod.EXACT
    else:
        interval, method = Interval(lower=-math.inf, upper=math.inf), MeanMethod.HALL
    verdict = Verdict.INCONCLUSIVE
    if interval.lower > -margin:
        verdict = Verdict.PASS
    elif interval.upper < -margin:
        verdict = Verdict.FAIL
    rows = None
    if verdict is Verdict.INCONCLUSIVE:
        rows = _needed(values, mean, size, margin, alpha, power)
    return MeanResult(verdict=verdict, mean=mean, interval=interval, method=method, rows=rows)


def per_cluster(clusters: Collection[Sequence[float]]) -> tuple[float, ...]:
    """One value for each cluster, whose mean is the mean over all units and whose spread is that of clusters.

    The mean of all units is a ratio, sum over count, and a cluster's part in its error is the sum of its distances
    from it (Cochran 1977, Sampling Techniques, section 9A.1, single-stage clusters of unequal size).
    """
    n = sum(map(len, clusters))
    mean = math.fsum(value for cluster in clusters for value in cluster) / n
    scale = len(clusters) / n
    return tuple(mean + scale * math.fsum(value - mean for value in cluster) for cluster in clusters)


def _moments(values: Sequence[float], mean: float) -> Moments | None:
    if len(values) < 2:
        return None
    away = [value - mean for value in values]
    return Moments(
        n=len(values),
        mean=mean,
        squares=math.fsum(d * d for d in away),
        cubes=math.fsum(d**3 for d in away),
        fourths=math.fsum(d**4 for d in away),
    )


def _exact(values: Sequence[float], size: Size, alpha: float) -> Interval:
    n = len(values)
    below = clopper_pearson(sum(value < 0 for value in values), n, alpha=alpha / 2)
    above = clopper_pearson(sum(value > 0 for value in values), n, alpha=alpha / 2)
    return Interval(
        lower=size.least * above.lower - size.most * below.upper,
        upper=size.most * above.upper - size.least * below.lower,
    )


def _needed(values: Sequence[float], mean: float, size: Size | None, margin: float, alpha: float, power: float) -> Rows:
    """Units that would decide if both models are equally good; where that many are there, if all stays as seen.

    The share of units that differ from 0 enters at its upper bound, never at its estimate.
    """
    n = len(values)
    apart = sum(value != 0 for value in values)
    most = size.most if size is not None else max(map(abs, values), default=0.0) or 1.0
    seen = math.fsum(value * value for value in values) / n
    upper = wilson(apart, n, alpha=alpha).upper
    spread = seen * upper * n / apart if apart else most * most * upper
    factor = upper_quantile(alpha) + upper_quantile(1 - power)
    planned = math.ceil(factor * factor * spread / (margin * margin))
    if size is not None and margin < most:
        planned = max(planned, math.ceil(math.log(alpha / 2) / math.log1p(-margin / most)))
    if planned > n:
        return Rows(needed=planned if planned <= MOST else None, assuming=Assuming.EQUAL)
    gap = abs(mean + margin)
    variance = max(spread - mean * mean, 0.0)
    if gap * math.sqrt(MOST) <= factor * math.sqrt(variance):
        return Rows(needed=None, assuming=Assuming.AS_SEEN)
    return Rows(needed=max(math.ceil(factor * factor * variance / (gap * gap)), n + 1), assuming=Assuming.AS_SEEN)

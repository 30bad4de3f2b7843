"""How often a calibrated model passes the calibration gate, and with how many rows it mostly would.

Called by the gate for `n_needed` and by `gate --power`, so that both name the same rows. All groups must pass, each by
its own bound, so that chances multiply. A gap is planned by its normal law, in which it may err to either side; an
error by the law of what chance adds to its bins (`stats/calibration.py`), of which there are more with more rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seatrial.gates.calibration.seen import Seen
from seatrial.metrics.reliability import FEWEST
from seatrial.stats import normal
from seatrial.stats.calibration import Noise, chance_within
from seatrial.stats.power import fewest, tightest


def chance(seen: Sequence[Seen], limit: float, alpha: float, *, times: float = 1.0) -> float:
    """That a calibrated model with these scores passes, with `times` the rows in every group."""
    return math.prod(_alone(each, limit, alpha, times) for each in seen)


def rows_needed(seen: Sequence[Seen], limit: float, alpha: float, power: float) -> int | None:
    """Rows in all at which it passes with probability `power`; None where a group says nothing to plan with."""
    if limit <= 0.0 or not can_be_planned(seen):
        return None
    n = sum(each.n for each in seen)
    return fewest(lambda rows: chance(seen, limit, alpha, times=rows / n), n, power=power)


def smallest(seen: Sequence[Seen], alpha: float, power: float) -> float | None:
    """The tightest limit that it passes with probability `power`; None where these rows show none."""
    return tightest(lambda limit: chance(seen, limit, alpha), 1.0, power=power) if can_be_planned(seen) else None


def can_be_planned(seen: Sequence[Seen]) -> bool:
    """Whether every group shows what chance does to it."""
    return all(each.noise is not None for each in seen)


def _alone(seen: Seen, limit: float, alpha: float, times: float) -> float:
    if seen.noise is None or times <= 0.0:
        return 0.0
    if isinstance(seen.noise, Noise):
        bins = max(1.0, min(seen.most_bins, seen.n * times / FEWEST))
        return chance_within(seen.noise, limit, alpha=alpha, times=times, more=bins / seen.bins)
    reach = limit * math.sqrt(times) / seen.noise - normal.upper_quantile(alpha)
    return 1.0 - normal.two_sided(reach) if reach > 0.0 else 0.0

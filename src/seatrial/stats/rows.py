"""How many rows would decide: the planning formulas behind every `n_needed`.

An INCONCLUSIVE without a number leaves a reviewer with nothing to do; an optimistic number
sends them to label rows in vain. So the disagreement enters at its upper confidence bound, never
at its estimate, and no plan falls below the rows that two models which never disagree would need.
The formulas are those of `power.py`; here they meet what was seen.
"""

from __future__ import annotations

import math
from enum import Enum

from msgspec import Struct

from seatrial.stats.exact_paired import beta_for
from seatrial.stats.normal import upper_quantile
from seatrial.stats.power import mean_rows, share_rows
from seatrial.stats.proportion import wilson
from seatrial.stats.skewed_mean import Moments
from seatrial.stats.tango import PairedCounts

FEW_ROWS = 500
"""Below this many rows, with fewer than FEW_DISAGREEMENTS, an exact test decides."""

FEW_DISAGREEMENTS = 10
"""See FEW_ROWS."""

MOST = 10**9
"""A plan beyond this many rows is no plan."""


class Assuming(Enum):
    """What a number of rows takes for true."""

    EQUAL = "equal"
    AS_SEEN = "as seen"


class Rows(Struct, frozen=True, kw_only=True):
    """How many rows would decide, and on what assumption. `needed` is None when no number can be named."""

    needed: int | None
    assuming: Assuming


def fewest_rows(margin: float, alpha: float) -> int:
    """The rows at which two models that never disagree pass Tango's test: z^2 (1 - m) / m."""
    z = upper_quantile(alpha)
    return math.ceil(z * z * (1 - margin) / margin)


def fewest_deciding(margin: float, alpha: float) -> int:
    """The same as the gate decides: below FEW_ROWS it asks the exact test, which wants some more at 5 %."""
    exact = math.ceil(math.log(alpha - beta_for(alpha)) / math.log1p(-margin))
    return exact if exact < FEW_ROWS else max(fewest_rows(margin, alpha), FEW_ROWS)


def paired_rows(disagreement: float, *, margin: float, alpha: float, power: float) -> int:
    """Rows for a paired non-inferiority test to pass with probability `power` when the models are equally good.

    `disagreement` is the share of rows where exactly one of them is right. The normal-theory
    formula (z_{1-alpha} + z_power)^2 p / m^2, as in Nam (1997), Biometrics 53:1422, with the
    variance under equality; never below `fewest_rows`.
    """
    planned = mean_rows(disagreement, margin=margin, alpha=alpha, power=power)
    return max(planned, fewest_rows(margin, alpha))


def paired_rows_needed(counts: PairedCounts, *, margin: float, alpha: float, power: float) -> Rows:
    """Rows that would decide where `counts` could not.

    Planned for equally good models. Where that many are there already, equality is no longer a
    plausible plan; then for the difference that was seen, which needs more than are there.
    """
    disagreement = wilson(counts.disagreements, counts.n, alpha=alpha).upper
    planned = paired_rows(disagreement, margin=margin, alpha=alpha, power=power)
    if planned < FEW_ROWS:
        exact_floor = math.log(alpha - beta_for(alpha)) / math.log1p(-margin)  # where no disagreement passes it
        planned = max(planned, math.ceil(exact_floor))
    if planned > counts.n:
        return Rows(needed=planned, assuming=Assuming.EQUAL)
    gap = counts.difference + margin
    variance = disagreement - counts.difference**2
    return Rows(needed=_to_cross(gap, variance, counts.n, alpha, power), assuming=Assuming.AS_SEEN)


def mean_rows_needed(difference: Moments, *, least: float, margin: float, alpha: float, power: float) -> Rows:
    """Rows that would decide where the moments of a difference could not, in units of `difference.n`.

    Planned for equally good models, then for the difference that was seen. The variance enters at its
    upper bound, by its own standard error; as many rows are needed as give `least` effective units.
    """
    n, effective = difference.n, difference.effective_units
    if effective == 0.0:
        return Rows(needed=None, assuming=Assuming.EQUAL)
    unsure = upper_quantile(alpha) * math.sqrt(max(1 / effective - 1 / n, 0.0))
    variance = difference.standard_error**2 * n * (1 + unsure)
    planned = max(mean_rows(variance, margin=margin, alpha=alpha, power=power), math.ceil(n * least / effective))
    if planned > n:
        return Rows(needed=planned if planned <= MOST else None, assuming=Assuming.EQUAL)
    return Rows(needed=_to_cross(difference.mean + margin, variance, n, alpha, power), assuming=Assuming.AS_SEEN)


def _to_cross(gap: float, variance: float, n: int, alpha: float, power: float) -> int | None:
    """Rows at which a bound at `alpha` crosses a limit `gap` away, with probability `power`."""
    if gap == 0.0:
        return None
    planned = mean_rows(variance, margin=abs(gap), alpha=alpha, power=power)
    return max(planned, n + 1) if planned <= MOST else None


def limit_rows_needed(seen: Moments, *, limit: float, alpha: float, power: float = 0.8) -> Rows:
    """Rows that would show on which side of `limit` a mean lies, if it and its variance stay as seen."""
    variance = seen.standard_error**2 * seen.n
    return Rows(needed=_to_cross(seen.mean - limit, variance, seen.n, alpha, power), assuming=Assuming.AS_SEEN)


def share_rows_needed(right: int, n: int, *, limit: float, alpha: float, power: float = 0.8) -> Rows:
    """Rows that would show on which side of `limit` a share lies, if it stays as seen.

    As in `power.share_rows`; None where that is beyond any plan.
    """
    seen = right / n
    planned = share_rows(seen, limit=limit, alpha=alpha, power=power) if seen != limit else MOST + 1
    return Rows(needed=max(planned, n + 1) if planned <= MOST else None, assuming=Assuming.AS_SEEN)

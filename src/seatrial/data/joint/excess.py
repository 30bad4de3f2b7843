"""A share of rows beyond what is to be expected, where what was seen comes in few events.

Shared by the checks for repeated rows. Two questions are asked of the same counts, and the less certain answer is
taken: a normal approximation over distinct rows, right where many rows coincide by chance, and an exact one for few
events (given how many there were on both sides, the current ones are binomial: Przyborowski and Wilenski 1940,
Biometrika 31:313), right where nearly none do.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.policy import Drift
from seatrial.stats import normal
from seatrial.stats.beta import binomial_tail
from seatrial.stats.effects.newcomers import share_high, share_low
from seatrial.stats.effects.record import rows_needed


class Excess(Struct, frozen=True, kw_only=True):
    """How much larger a share is than expected, its bounds, and p of none at all."""

    value: float
    low: float
    high: float
    p: float


def excess(
    events: float,
    rows: int,
    expected: float,
    expected_rows: int,
    *,
    variance: float,
    times: float,
    confidence: float,
    clumps: tuple[float, float] | None = None,
    deff: float = 1.0,
) -> Excess:
    """The share events / rows less `times` the share expected / expected_rows.

    `variance` is that of this difference, over distinct rows; the bounds rest on it. `clumps`: how many events come
    together, on either side. With them p rests on the variance that the difference has where there is no excess (a
    score test): one that the excess itself has widened would need ten rows that cannot be chance to believe in three.
    `deff`: by how much rows that come in clusters say less than as many independent ones. It widens what an alarm rests
    on; that hardly any were found of rows that were all looked up is not less true for it.
    """
    share, usual = events / rows, times * expected / expected_rows
    error = math.sqrt(max(variance, 1.0 / rows**2))
    wide = math.sqrt(deff) * error
    z = normal.upper_quantile(1.0 - confidence)
    own = rows / (rows + expected_rows / times)
    null = None
    if clumps is not None:
        rate = (events + times * expected) / (rows + expected_rows)
        spread = clumps[0] / rows + times**2 * clumps[1] / expected_rows
        null = math.sqrt(deff * max(rate * (1.0 - min(rate, 1.0)) * spread, 1.0 / rows**2))
    worth, rows_worth = events / deff, rows / deff
    few = binomial_tail(worth, worth + expected / deff, own) if events > 0 else 1.0
    return Excess(
        value=share - usual,
        low=min(share - usual - z * wide, share_low(worth, rows_worth, confidence=confidence) - usual),
        high=min(max(share - usual + z * error, share_high(events, rows, confidence=confidence) - usual), 1.0),
        p=max(normal.sf((share - usual) / (wide if null is None else null)), few),
    )


def clump(counts: NDArray[np.float64]) -> float:
    """How many events come together, on average over events."""
    total = float(counts.sum())
    return float(np.dot(counts, counts)) / total if total > 0 else 1.0


def over(events: float, rows: int, limit: float, *, variance: float, confidence: float) -> Excess:
    """The share events / rows less a limit that somebody declared, which has no error of its own."""
    value, error = events / rows - limit, math.sqrt(max(variance, 1.0 / rows**2))
    z = normal.upper_quantile(1.0 - confidence)
    exact = binomial_tail(events, rows, limit) if events > 0 and limit > 0 else float(events == 0)
    return Excess(
        value=value,
        low=min(value - z * error, share_low(events, rows, confidence=confidence) - limit),
        high=min(max(value + z * error, share_high(events, rows, confidence=confidence) - limit), 1.0),
        p=max(normal.sf(value / error), exact) if limit > 0 else exact,
    )


def needed(share: float, n_reference: int, drift: Drift, deff: float = 1.0) -> int | None:
    """Rows of current that would show `share_detect` beyond `share`."""
    planned = min(share + drift.share_detect, 1.0)
    return rows_needed(
        max(planned * (1 - planned), drift.share_detect * (1 - drift.share_detect)),
        share * (1 - share),
        max(n_reference, 1) / deff,
        confidence=drift.confidence,
        floor=drift.share_floor,
        detect=drift.share_detect,
        alpha=drift.q / 10,
        deff_current=deff,
    )

"""Rows of a kind that the reference lacks: beyond its largest value, of a value it never saw, repeated too often.

The reference is a sample too, so some of this is expected: one row in n + 1 lies beyond the largest of n others,
and a share of the rows about as large as the reference's share of values seen once is new (Good 1953, Biometrika
40:237, with Turing). Each p is one-sided and exact, or conservative, for exchangeable rows; no distribution is assumed.
"""

from __future__ import annotations

import math

from seatrial.stats import normal
from seatrial.stats.beta import beta_quantile, binomial_tail
from seatrial.stats.binomial_terms import log_hypergeometric
from seatrial.stats.effects.record import MOST_ROWS, POWER, Effect
from seatrial.stats.gamma import poisson_high, poisson_low
from seatrial.stats.hypergeometric import hypergeometric_tail
from seatrial.stats.two_shares import difference_interval


def beyond(
    k_current: float,
    n_current: float,
    n_reference: float,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> Effect:
    """The share of current rows above the reference's largest value (or below its smallest).

    If all rows came from one source, the k largest of the n + m would all be current with probability
    C(m, k) / C(n + m, k) at most; ties only lower it.
    """
    _check(k_current, n_current, n_reference)
    m, n, k = n_current / deff_current, n_reference / deff_reference, k_current / deff_current
    estimate = k_current / n_current
    p = math.exp(log_hypergeometric(k, m, k, n + m)) if k > 0 else 1.0
    return Effect(
        statistic="share_beyond",
        estimate=estimate,
        signed=estimate,
        low=share_low(k, m, confidence=confidence),
        high=share_high(k, m, confidence=confidence),
        p=min(1.0, p),
        n_needed=_rows_for_share(n, confidence, floor, detect, alpha, deff_current),
    )


def unseen(
    k_new: float,
    n_current: float,
    singletons: float,
    n_reference: float,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> Effect:
    """The share of current rows whose value the reference lacks, over what its `singletons` foretell.

    `singletons` counts values seen once. If all rows came from one source, new rows and singletons are
    the rows that stand alone in both samples together, and each lies on the current side with probability m / (n + m):
    a hypergeometric tail. Where the reference has no singleton it is that of `beyond`. Rows of one new value count one
    by one; with the number of distinct new values as `k_new`, repeats of one do not add to the evidence. The effect is
    what new rows have over the share foretold: of x rows from elsewhere, those that only replace expected newcomers are
    not in it. Where nearly every value is new anyway (an id), nothing can be told, and no number of rows would help.
    """
    _check(k_new, n_current, n_reference)
    m, n = n_current / deff_current, n_reference / deff_reference
    k, alone = k_new / deff_current, min(singletons / deff_reference, n)
    p = hypergeometric_tail(k, m, k + alone, n + m)
    if alone > 0:
        bounds = difference_interval(k, m, alone, n, alpha=1 - confidence)
        low, high = max(bounds.lower, 0.0), max(bounds.upper, 0.0)
    else:
        low, high = share_low(k, m, confidence=confidence), share_high(k, m, confidence=confidence)
    signed = k_new / n_current - singletons / n_reference
    return Effect(
        statistic="share_unseen",
        estimate=max(signed, 0.0),
        signed=signed,
        low=low,
        high=high,
        p=p,
        n_needed=_rows_for_share(n, confidence, floor, detect, alpha, deff_current, expected=alone / n),
    )


def collisions(
    pairs_current: float,
    n_current: float,
    pairs_reference: float,
    n_reference: float,
    *,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float = 1.0,
    deff_current: float = 1.0,
) -> Effect:
    """Repeated rows over what chance repeats: pairs of equal rows grow with the square of the rows.

    Equal pairs are taken as Poisson with the same rate per pair of rows on both sides; given their sum, those of the
    current side are binomial (Przyborowski and Wilenski 1940, Biometrika 31:313), which is exact also where the
    reference has none. The effect is the share of current rows that are a repetition too many. p is one-sided: fewer
    repetitions than expected are no alarm. Bounds by MOVER (Zou 2007) from Garwood's of each side.
    """
    if min(pairs_current, pairs_reference) < 0 or n_current < 1 or n_reference < 1:
        raise ValueError(f"{pairs_current} and {pairs_reference} are not numbers of pairs")
    mine, theirs = pairs_current / deff_current, pairs_reference / deff_reference
    room, room_reference = n_current * (n_current - 1) / 2, n_reference * (n_reference - 1) / 2
    if room <= 0 or room_reference <= 0:
        return Effect(statistic="share_repeated", estimate=0.0, signed=0.0, low=0.0, high=1.0, p=1.0, n_needed=None)
    share = room / (room + room_reference)
    p = binomial_tail(mine, mine + theirs, share) if mine > 0 else 1.0
    expected = theirs / room_reference * room
    excess = mine - expected
    ends = poisson_low(mine, confidence=confidence), poisson_high(mine, confidence=confidence)
    others = poisson_low(theirs, confidence=confidence), poisson_high(theirs, confidence=confidence)
    foretold = others[0] / room_reference * room, others[1] / room_reference * room
    lower = excess - math.hypot(mine - ends[0], foretold[1] - expected)
    upper = excess + math.hypot(ends[1] - mine, expected - foretold[0])
    rows = n_current / deff_current
    return Effect(
        statistic="share_repeated",
        estimate=max(excess / rows, 0.0),
        signed=excess / rows,
        low=min(max(lower / rows, 0.0), 1.0),
        high=min(max(upper / rows, 0.0), 1.0),
        p=p,
        n_needed=_rows_for_share(n_reference, confidence, floor, detect, alpha, deff_current),
    )


def share_low(k: float, n: float, *, confidence: float) -> float:
    """Clopper and Pearson's lower bound, for numbers of rows that may be fractions."""
    return beta_quantile(k, n - k + 1, 1 - confidence) if k > 0 else 0.0


def share_high(k: float, n: float, *, confidence: float) -> float:
    """The upper bound of a share by Clopper and Pearson; `k` and `n` may be rows worth, not whole."""
    return beta_quantile(k + 1, n - k, confidence) if k < n else 1.0


def _rows_for_share(
    n: float,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff: float,
    *,
    expected: float = 0.0,
) -> int | None:
    """Rows at which a share of `detect` over the expected one is significant and its lower bound exceeds `floor`."""
    if not 0 < detect <= 1 or not detect > floor:
        return None
    power, z = normal.upper_quantile(1 - POWER), normal.upper_quantile(1 - confidence)
    truth, limit = min(expected + detect, 1.0), min(expected + floor, 1.0)
    own = z * math.sqrt(limit * (1 - limit)) + power * math.sqrt(truth * (1 - truth))
    rows = max((own / (truth - limit)) ** 2, 1.0) if truth > limit else math.inf
    while rows <= MOST_ROWS:
        likely = math.floor(rows * truth - power * math.sqrt(rows * truth * (1 - truth)))
        if likely >= 1 and hypergeometric_tail(likely, rows, likely + expected * n, n + rows) <= alpha:
            return math.ceil(rows * deff)
        rows = math.ceil(rows * 1.05 + 1)
        if rows > 100 * n + 10**6:
            return None
    return None


def _check(k: float, n_current: float, n_reference: float) -> None:
    if n_current < 1 or n_reference < 1 or not 0 <= k <= n_current:
        raise ValueError(f"{k} of {n_current} rows against {n_reference} are not shares of rows")

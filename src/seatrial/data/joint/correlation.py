"""Do columns still belong together as they did? All pairs of rank correlations, over all rows.

A column that was permuted, two columns of equal distribution that were swapped, a column filled from another: each
looks the same alone and breaks its correlations. `PairSums` has them exactly, of all rows, so this looks further than
the sampled rows do.

Each pair is tested with p corrected by the number of pairs (Bonferroni), so that thousands of pairs do not
drown the claims about columns. What differs is then said once: the column with most differences is named with
its partners, its pairs are set aside, and the next is looked for; all that is left makes one claim.

The variance of a correlation depends on how its columns are spread: two flags that agree mostly vary five times as
much as two normal variables do. So it is taken from the sampled rows, by the influence function of the correlation
(Devlin, Gnanadesikan and Kettenring 1975, Biometrika 62:531), not from Fisher's formula.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.joint import tables, wording
from seatrial.data.policy import Contract, Drift
from seatrial.data.profile.records import PairSums, Profile
from seatrial.stats import normal
from seatrial.stats.effects.record import rows_needed

Floats = NDArray[np.float64]

MOST_NAMED = 8
"""Columns that are named one by one."""
HALF = 32
"""Scores of `PairSums` lie between -HALF and HALF - 1."""
LEAST_ROWS = 20  # fewer say nothing of a correlation
_ONE_THREAD = 1 << 18
"""Multiplications that BLAS does in the thread that asks for them."""


class Screen(Struct, frozen=True, kw_only=True):
    """All pairs a < b, by places in `names`: both correlations, the standard error of their difference, and the
    variance of one row of current."""

    names: tuple[str, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    before: Floats
    after: Floats
    error: Floats
    spread: Floats


def screened(reference: Profile, current: Profile, contract: Contract) -> tuple[Claim, ...]:
    """One claim for each column that stands out, and one for all the others."""
    screen = compared(reference, current, contract)
    if screen is None:
        return ()
    drift, n, m = contract.drift, current.pairs.count, reference.pairs.count
    change = screen.after - screen.before
    z = np.abs(change) / screen.error
    p = np.array([normal.two_sided(value) for value in z]) * len(z)
    low = np.abs(change) - normal.upper_quantile(1.0 - drift.confidence) * screen.error
    differs = (p <= drift.q) & (low > drift.correlation_floor)
    left = np.ones(len(z), dtype=np.bool_)
    claims: list[Claim] = []
    while len(claims) < MOST_NAMED and bool((differs & left).any()):
        column, pairs = _standing_out(screen, differs & left, np.abs(change))
        claims.append(_claim(screen, pairs, p, drift, n, m, column))
        left &= (screen.first != column) & (screen.second != column)
    if left.any():
        rest = np.flatnonzero(left)
        worst = rest[np.argsort(-z[rest], kind="stable")[:1]]
        claims.append(_claim(screen, worst, p, drift, n, m, None))
    return tuple(claims)


def _standing_out(screen: Screen, differs: NDArray[np.bool_], size: Floats) -> tuple[int, NDArray[np.int64]]:
    """The column with the most change in pairs that differ, and those pairs, the strongest first."""
    weight = np.where(differs, size, 0.0)
    total = np.zeros(len(screen.names))
    np.add.at(total, screen.first, weight)
    np.add.at(total, screen.second, weight)
    column = int(total.argmax())
    pairs = np.flatnonzero(differs & ((screen.first == column) | (screen.second == column)))
    return column, pairs[np.argsort(-size[pairs], kind="stable")]


def compared(reference: Profile, current: Profile, contract: Contract) -> Screen | None:
    """The correlations of all pairs that both profiles have, None where there are none."""
    names = tuple(
        name
        for name in tables.usable(reference, current, contract)
        if name in current.pairs.columns and name in reference.pairs.columns
    )
    if len(names) < 2 or min(reference.pairs.count, current.pairs.count) < LEAST_ROWS:
        return None
    before, before_varies = correlations(reference.pairs, names)
    after, after_varies = correlations(current.pairs, names)
    first, second = np.triu_indices(len(names), 1)
    varies = before_varies & after_varies
    kept = varies[first] & varies[second]
    first, second = first[kept], second[kept]
    if len(first) == 0:
        return None
    spread_before, spread_after = _spreads(reference, current, names, before, after)
    n, m = current.pairs.count, reference.pairs.count
    one = spread_after[first, second]
    variance = one / n + spread_before[first, second] / m + 1.0 / n**2 + 1.0 / m**2
    return Screen(
        names=names,
        first=first,
        second=second,
        before=before[first, second],
        after=after[first, second],
        error=np.sqrt(variance),
        spread=one,
    )


def correlations(sums: PairSums, names: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]]:
    """The matrix of correlations for `names`, and which of them vary at all."""
    width = len(sums.columns)
    full = np.zeros((width, width))
    full[np.triu_indices(width)] = np.array(sums.sums, dtype=np.float64)
    full = full + np.triu(full, 1).T
    mean = np.array(sums.totals, dtype=np.float64) / max(sums.count, 1)
    covariance = full / max(sums.count, 1) - np.outer(mean, mean)
    places = np.array([sums.columns.index(name) for name in names])
    covariance = covariance[np.ix_(places, places)]
    variance = np.diag(covariance)
    varies = variance > 1e-9
    scale = np.sqrt(np.where(varies, variance, 1.0))
    return np.clip(covariance / np.outer(scale, scale), -1.0, 1.0), varies


def _spreads(
    reference: Profile, current: Profile, names: tuple[str, ...], before: Floats, after: Floats
) -> tuple[Floats, Floats]:
    """The variance of one row's influence on each correlation, on both sides.

    The two samples are taken together for the moments, for those of a few hundred rows alone are unsure; the
    correlations are each side's own.
    """
    sides = [_standard(profile, names) for profile in (reference, current)]
    scores, weights = (np.concatenate(part) for part in zip(*sides, strict=True))
    weighted = scores**2 * weights[:, None] / weights.sum()
    m22, m31 = _summed(weighted, scores**2), _summed(weighted * scores, scores)
    m40 = np.diag(m22)
    return _influence(m22, m31, m40, before), _influence(m22, m31, m40, after)


def _summed(left: Floats, right: Floats) -> Floats:
    """Sums of products over rows, a few rows at once: for so small a product BLAS starts no threads, which would wait
    for each other longer than the whole sum takes."""
    width = left.shape[1]
    piece = max(1, _ONE_THREAD // width**2)
    total = np.zeros((width, width))
    for start in range(0, len(left), piece):
        total += left[start : start + piece].T @ right[start : start + piece]
    return total


def _influence(m22: Floats, m31: Floats, m40: Floats, r: Floats) -> Floats:
    fourth = m40[:, None] + m40[None, :] + 2.0 * m22
    # around r of each side: the moments are those of both sides, so what they give may fall below Fisher's value
    own = m22 - r * (m31 + m31.T) + r**2 / 4.0 * fourth
    return np.asarray(np.maximum(own, (1.0 - r**2) ** 2 / 2.0), dtype=np.float64)


def _standard(profile: Profile, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """For each sampled row the standardised ranks of its bins, null in the middle, and how often it occurs."""
    rows = tables.rows_of(profile)
    weights = rows.counts.astype(np.float64)
    result = np.zeros((len(weights), len(names)))
    for place, name in enumerate(names):
        codes = rows.codes[:, profile.sample.columns.index(name)]
        counts = np.bincount(codes, weights, minlength=256)
        counts[tables.NULL] = 0.0
        table = np.floor((np.cumsum(counts) - counts / 2) / max(float(counts.sum()), 1.0) * 2 * HALF) - HALF
        table[tables.NULL] = 0.0
        result[:, place] = table[codes]
    centred = result - np.average(result, axis=0, weights=weights)
    scale = np.sqrt(np.average(centred**2, axis=0, weights=weights))
    return np.asarray(centred / np.where(scale > 0, scale, 1.0), dtype=np.float64), weights


def _claim(
    screen: Screen, pairs: NDArray[np.int64], p: Floats, drift: Drift, n: int, m: int, column: int | None
) -> Claim:
    at = int(pairs[0])
    size = abs(float(screen.after[at] - screen.before[at]))
    z = normal.upper_quantile(1.0 - drift.confidence)
    error = float(screen.error[at])
    a, b = screen.names[int(screen.first[at])], screen.names[int(screen.second[at])]
    return Claim(
        check=Check.CORRELATION,
        column=None if column is None else screen.names[column],
        statistic="rank_correlation",
        unit=Unit.CORRELATION,
        estimate=size,
        low=max(0.0, size - z * error),
        high=size + z * error,
        floor=drift.correlation_floor,
        detect=drift.correlation_detect,
        p=min(1.0, float(p[at])),
        n=n,
        n_reference=m,
        n_needed=rows_needed(
            float(screen.spread[at]),
            float(screen.spread[at]),
            m,
            confidence=drift.confidence,
            floor=drift.correlation_floor,
            detect=drift.correlation_detect,
            alpha=drift.q / len(p),
            fewest=LEAST_ROWS,
        ),
        message=_message(screen, pairs, column, a, b),
        current=f"{screen.after[at]:.3f}",
        reference=f"{screen.before[at]:.3f}",
    )


def _message(screen: Screen, pairs: NDArray[np.int64], column: int | None, a: str, b: str) -> str:
    at = int(pairs[0])
    before, after = float(screen.before[at]), float(screen.after[at])
    moved = f"from {before:.2f} to {after:.2f}"
    if column is None:
        return f"of {len(screen.names)} columns, {a} and {b} changed most: their rank correlation went {moved}"
    name = screen.names[column]
    partner = b if name == a else a
    if abs(after) >= 0.999:
        return f"{name} now says the same as {partner}: their rank correlation went {moved}"
    others = [screen.names[int(screen.second[i] if screen.first[i] == column else screen.first[i])] for i in pairs[1:]]
    more = f"; that with {wording.listed(others)} changed too" if others else ""
    return f"{name} no longer belongs to {partner} as it did: their rank correlation went {moved}{more}"

"""Rank correlations of all pairs of columns on both sides, with the error of their difference.

Made for `correlation.py`, which says what they mean. `PairSums` has the sums of all rows, exactly, but with a null as
the middle rank: of a correlation of 0.53 between a full column and one that is half empty it shows 0.37, and another
share of nulls would look like another relation. So a pair of which either column has nulls is taken from the sampled
rows that have both (pairwise complete); of a pair without, from the sums.

The variance of a correlation depends on how its columns are spread: two flags that agree mostly vary five times as
much as two normal variables do. So it is taken from the sampled rows, by the influence function of the correlation
(Devlin, Gnanadesikan and Kettenring 1975, Biometrika 62:531), not from Fisher's formula.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.joint import tables
from seatrial.data.profile.records import PairSums, Profile

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEW_NULLS = 0.02
"""The share of nulls up to which their middle rank makes no difference: it takes one hundredth off a correlation."""
LEAST_COMPLETE = 100
"""Sampled rows with both values that a pair with nulls needs on either side."""
_ONE_THREAD = 1 << 18
"""Multiplications that BLAS does in the thread that asks for them."""


class Screen(Struct, frozen=True, kw_only=True):
    """All pairs a < b, by places in `names`: both correlations, the rows they rest on, the standard error of their
    difference, the variance of one row of current, and the share of rows that have both values, of the side that has
    fewer. `sparse`: pairs with too few rows that have both."""

    names: tuple[str, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    before: Floats
    after: Floats
    rows: Floats
    rows_reference: Floats
    error: Floats
    spread: Floats
    share: Floats
    sparse: tuple[tuple[str, str], ...]

    @property
    def size(self) -> Floats:
        """How much each correlation changed."""
        return np.asarray(np.abs(self.after - self.before), dtype=np.float64)


class _Side(Struct, frozen=True, kw_only=True):
    """Scores of sampled rows, 0 for null, which of them are `known`, and how many rows each is worth."""

    scores: Floats
    known: Floats
    worth: Floats

    def standard(self) -> Floats:
        """Mean 0 and variance 1 over the rows that are known, and 0 for null."""
        there = self.known * self.worth[:, None]
        total = np.maximum(there.sum(axis=0), 1e-300)
        centred = (self.scores - (there * self.scores).sum(axis=0) / total) * self.known
        scale = np.sqrt((there * centred**2).sum(axis=0) / total)
        return np.asarray(centred / np.where(scale > 0, scale, 1.0), dtype=np.float64)


class _Matrices(Struct, frozen=True, kw_only=True):
    """For each two columns of one side: the correlation, the rows it rests on, the share of all rows that these are,
    and whether both vary there."""

    r: Floats
    rows: Floats
    share: Floats
    varies: Flags


def compared(reference: Profile, current: Profile, names: tuple[str, ...]) -> Screen | None:
    """The correlations of all pairs of `names`, None where there are none."""
    sides = [_side(profile, reference, names) for profile in (reference, current)]
    gaps = np.zeros(len(names), dtype=np.bool_)
    for side in sides:
        gaps |= side.worth @ (1.0 - side.known) > FEW_NULLS * side.worth.sum()
    before, after = (
        _matrices(profile, side, names, gaps) for profile, side in zip((reference, current), sides, strict=True)
    )
    first, second = np.triu_indices(len(names), 1)
    varies = (before.varies & after.varies)[first, second]
    fewest = np.minimum(before.rows, after.rows)[first, second]
    enough = ~(gaps[first] | gaps[second]) | (fewest >= LEAST_COMPLETE)
    sparse = [(names[a], names[b]) for a, b in zip(first[~enough], second[~enough], strict=True)]
    first, second = first[varies & enough], second[varies & enough]
    if len(first) == 0 and not sparse:
        return None
    spread_before, spread_after = _spreads(sides, before.r, after.r)
    n, m = after.rows[first, second], before.rows[first, second]
    one = spread_after[first, second]
    return Screen(
        names=names,
        first=first,
        second=second,
        before=before.r[first, second],
        after=after.r[first, second],
        rows=n,
        rows_reference=m,
        error=np.sqrt(one / n + spread_before[first, second] / m + 1.0 / n**2 + 1.0 / m**2),
        spread=one,
        share=np.minimum(before.share, after.share)[first, second],
        sparse=tuple(sparse),
    )


def _side(profile: Profile, reference: Profile, names: tuple[str, ...]) -> _Side:
    """The sampled rows by the scores of the reference's bins. Where they are a sample of values that come in copies, a
    row is worth as much less."""
    rows = tables.rows_of(profile)
    worth = rows.counts / (1.0 if rows.complete else tables.copies_of(rows))
    codes = rows.codes[:, [profile.sample.columns.index(name) for name in names]]
    scores = np.zeros(codes.shape)
    for place, name in enumerate(names):
        table = np.zeros(256)
        known = np.array(reference.binning.columns[name].scores[: tables.NULL], dtype=np.float64)
        table[: len(known)] = known
        scores[:, place] = table[codes[:, place]]
    return _Side(scores=scores, known=(codes != tables.NULL).astype(np.float64), worth=worth.astype(np.float64))


def _matrices(profile: Profile, side: _Side, names: tuple[str, ...], gaps: Flags) -> _Matrices:
    """From the sums, and for pairs with nulls from the rows that have both."""
    r, each = correlations(profile.pairs, names)
    rows = np.full(r.shape, float(profile.pairs.count))
    varies = each[:, None] & each[None, :]
    whole = np.ones(r.shape)
    if not gaps.any():
        return _Matrices(r=r, rows=rows, share=whole, varies=varies)
    own, own_rows, own_varies = _complete(side)
    partly = gaps[:, None] | gaps[None, :]
    return _Matrices(
        r=np.where(partly, own, r),
        rows=np.where(partly, own_rows, rows),
        share=np.where(partly, own_rows / max(float(side.worth.sum()), 1.0), whole),
        varies=np.where(partly, own_varies, varies),
    )


def _complete(side: _Side) -> tuple[Floats, Floats, Flags]:
    """Correlations over the rows that have both values, how many these are, and whether both columns vary there."""
    there = side.known * side.worth[:, None]
    count = np.maximum(_summed(there, side.known), 1e-300)
    mean = _summed(there * side.scores, side.known) / count  # of the column down, over the rows that have both
    variance = np.maximum(_summed(there * side.scores**2, side.known) / count - mean**2, 0.0)
    covariance = _summed(there * side.scores, side.scores) / count - mean * mean.T
    varies = (variance > 1e-9) & (variance.T > 1e-9)
    scale = np.sqrt(np.where(varies, variance * variance.T, 1.0))
    return np.clip(covariance / scale, -1.0, 1.0), count, varies


def correlations(sums: PairSums, names: Sequence[str]) -> tuple[Floats, Flags]:
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


def _spreads(sides: Sequence[_Side], before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """The variance of one row's influence on each correlation, on both sides.

    The two samples are taken together for the moments, for those of a few hundred rows alone are unsure; the
    correlations are each side's own.
    """
    scores = np.concatenate([side.standard() for side in sides])
    known, worth = (np.concatenate(part) for part in ([side.known for side in sides], [side.worth for side in sides]))
    there = known * worth[:, None]
    count = np.maximum(_summed(there, known), 1e-300)
    weighted = scores**2 * worth[:, None]
    m22, m31 = _summed(weighted, scores**2) / count, _summed(weighted * scores, scores) / count
    m40 = _summed(weighted * scores**2, known) / count
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
    fourth = m40 + m40.T + 2.0 * m22
    # around r of each side: the moments are those of both sides, so what they give may fall below Fisher's value
    own = m22 - r * (m31 + m31.T) + r**2 / 4.0 * fourth
    return np.asarray(np.maximum(own, (1.0 - r**2) ** 2 / 2.0), dtype=np.float64)

"""How much less rows say that come in clusters (users, patients, days) than as many independent ones.

Called by `columns` for each side. A profile with a cluster column counts pooled bins by group of clusters, each
cluster in one group by its digest. Between groups, shares and means vary more than those of independent rows would;
the ratio of the two variances divides every statistic of the column (Kish 1965; Rao and Scott 1981, JASA 76:221; the
variances are those of random groups: Wolter 2007, Introduction to Variance Estimation, chapter 2).

The mean over the bins, which Rao and Scott's first-order correction takes, is not enough: what a cluster has in common
is mostly its level, so that the mean of a column can have ten times the design effect of its bins. The largest counts:
that of the bins, of the level, of the distance from the middle. A design effect below one is not believed. With few
groups the variance between them is itself uncertain, as of Student's t: the effect grows as its tail does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seatrial.data.profile.records import Profile
from seatrial.stats import normal
from seatrial.stats.interval import last_true
from seatrial.stats.student import two_sided

_FEWEST = 4
"""Groups with rows below which nothing can be estimated."""
_TAIL = 1e-4
"""Where the tails are compared: about where one column among many is judged."""

_Array = NDArray[np.float64]


def of_profile(profile: Profile) -> float:
    """The largest design effect of all columns: what is taken where a measure is not counted by group."""
    if profile.cluster is None:
        return 1.0
    others = (column for name, column in profile.columns.items() if name != profile.cluster)
    return max((design_effect(column.groups) for column in others), default=1.0)


def of_column(profile: Profile, name: str) -> float:
    """That of one column, or the largest of all where it is not counted by group."""
    column = profile.columns.get(name)
    if profile.cluster is None or column is None or not column.groups:
        return of_profile(profile)
    return design_effect(column.groups)


def design_effect(groups: Sequence[Sequence[int]]) -> float:
    """The design effect of a column, at least one; one where there are no groups. The last bin counts nulls."""
    if len(groups) < _FEWEST:
        return 1.0
    counts = np.asarray(groups, dtype=np.float64)
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) < _FEWEST:
        return 1.0
    level = np.arange(counts.shape[1] - 1, dtype=np.float64)
    there = counts[:, :-1]
    effects = [_of_bins(counts), _of_score(there, level)]
    if there.sum() > 0:
        middle = float(there.sum(axis=0) @ level / there.sum())
        effects.append(_of_score(there, (level - middle) ** 2))
    return max(1.0, max(effects) * tail_growth(len(counts) - 1))


def _of_bins(counts: _Array) -> float:
    """The mean over the bins."""
    sizes = counts.sum(axis=1)
    total = float(sizes.sum())
    shares = counts.sum(axis=0) / total
    kept = (shares > 0) & (shares < 1)
    if not kept.any():
        return 1.0
    counts, shares = counts[:, kept], shares[kept]
    residuals = counts - sizes[:, None] * shares[None, :]
    variance = (residuals**2).sum(axis=0) * len(counts) / (len(counts) - 1) / total**2
    effects = variance / (shares * (1 - shares) / total)
    weights = 1 - shares
    return float((weights * effects).sum() / weights.sum())


def _of_score(counts: _Array, scores: _Array) -> float:
    """That of the mean of a score of the bins."""
    total = float(counts.sum())
    if total <= 0:
        return 1.0
    mean = float(counts.sum(axis=0) @ scores / total)
    alone = float(counts.sum(axis=0) @ (scores - mean) ** 2)
    between = float(((counts @ (scores - mean)) ** 2).sum()) * len(counts) / (len(counts) - 1)
    return between / alone if alone > 0 else 1.0


@lru_cache(maxsize=128)
def tail_growth(freedom: int) -> float:
    """How much wider Student's tail is than the normal one, squared."""
    plain = normal.upper_quantile(_TAIL)
    t = last_true(lambda value: two_sided(value, freedom) > 2 * _TAIL, 0.0, 1e6, width=1e-6)
    return (t / plain) ** 2
